"""How a build's error gains context as it rises, in kustomize's order of words."""

from __future__ import annotations

import json
import re
from copy import copy
from typing import TypeVar

from bisectops.errors import BuildError, Unsupported

E = TypeVar("E", bound=BuildError)

_PASSWORD = re.compile(r"(//(?:[^/@]*:)?)[^/@:]*@(?<!//git@)")
_READABLE = 4096
"""Characters: each component around an error doubles its backslashes."""


class Remote(Unsupported):
    """A URL where a file or folder is wanted: bisectops never fetches."""

    url: str = ""


class Cycle(BuildError):
    """A folder that leads back to itself, or too deep; which folders were entered before decides it."""


class SecretInput(BuildError):
    """What a secretGenerator is to read cannot be read."""


class NotAFolder(BuildError):
    """What a kustomization enters is no folder."""


def remote(url: str) -> Remote:
    """The error for what only a network could give; a password in the URL is not repeated."""
    shown = _PASSWORD.sub(r"\1***@", url)
    error = Remote(f"'{shown}' is remote, and bisectops fetches nothing from the network")
    error.url = shown
    return error


def within(error: E, context: str) -> E:
    """A copy of an error that first says what was being done; memoised errors stay as they were."""
    return saying(error, f"{context}: {error.message}")


def saying(error: E, message: str) -> E:
    """A copy of an error that says something else."""
    other = afresh(error)
    other.message = message
    other.args = (message,)
    return other


def afresh(error: E) -> E:
    """A copy of an error to keep or to raise again, without the frames that it passed and all they hold."""
    return copy(error)


def quoted(message: str) -> str:
    """A message in quotes, as kustomize puts errors within components; beyond reading it is left alone."""
    return json.dumps(message, ensure_ascii=False) if len(message) < _READABLE else message
