"""Golden cases: a folder of files in one text, and what the real kustomize says of it.

A line `>>> path` starts a file; `path@` is a symbolic link. The last section is `>>> build FOLDER` with
the output, or `>>> fails FOLDER` with a phrase of the error. `record.py` fills in outputs with kubectl.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "goldens"


@dataclass(frozen=True)
class Golden:
    """One case."""

    name: str
    files: dict[str, str]
    folder: str
    fails: bool
    expected: str


def read(path: Path) -> Golden:
    """The case that a file holds."""
    files: dict[str, str] = {}
    sections = path.read_text().split(">>> ")[1:]
    for section in sections[:-1]:
        name, _, content = section.partition("\n")
        files[name] = content.rstrip("\n") if name.endswith("@") else content
    head, _, expected = sections[-1].partition("\n")
    verb, folder = head.split(" ")
    return Golden(path.stem, files, folder, verb == "fails", expected)


def all_goldens() -> list[Golden]:
    """Every case, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]
