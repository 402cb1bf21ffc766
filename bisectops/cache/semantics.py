"""Which bisectops gave an answer: another release, or another parser, never reads it as its own."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_LAYERS = ("errors.py", "git", "memo.py", "yaml", "kustomize", "flux", "graph", "rules", "search", "history")
"""All that an answer about a commit is made by."""
_PARSERS = ("PyYAML", "google-re2")


@cache
def semantics() -> str:
    """A fingerprint of everything that decides what a commit's findings are, besides the commit."""
    digest = hashlib.sha256(repr((sys.version_info[:2], *map(version, _PARSERS))).encode())
    for layer in _LAYERS:
        for file in sorted(_files(_PACKAGE / layer)):
            digest.update(f"{file.relative_to(_PACKAGE)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [file for file in place.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
