"""Git's nouns as values: Oid, RepoPath, Entry, Commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import NewType

from bisectops.errors import BuildError

Oid = NewType("Oid", str)
"""An object's name: 40 (or 64) hex digits, as git prints them."""

RepoPath = NewType("RepoPath", str)
"""A posix path from the repository's root, normalised; "" is the root. Made only by `repo_path()`."""

ROOT = RepoPath("")


class PathEscapes(BuildError):
    """A path that leads out of the repository's root, where a commit has no files."""


def repo_path(text: str, *, base: RepoPath = ROOT) -> RepoPath:
    """Resolve a path, as a kustomization writes it, to one from the repository's root.

    Every RepoPath is made here, so two that name one file are equal strings. An absolute path is
    read from the root, as Flux reads `spec.path`. Raises PathEscapes above the root: kustomize
    would look on the host's disk there, and a commit has none.

    >>> repo_path("../base", base=RepoPath("apps/prod"))
    'apps/base'
    """
    parts = [] if text.startswith("/") or not base else base.split("/")
    for part in text.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise PathEscapes(f"path '{text}' in '{base or '.'}' leads out of the repository")
    return RepoPath("/".join(parts))


def path_within(text: str, base: RepoPath) -> RepoPath | None:
    """As `repo_path`; None for a path that leads out of the repository."""
    try:
        return repo_path(text, base=base)
    except PathEscapes:
        return None


def parent(path: RepoPath) -> RepoPath:
    """The folder that holds a path; the root holds itself."""
    return RepoPath(path.rpartition("/")[0])


class EntryKind(Enum):
    """What a name in a tree stands for."""

    BLOB = "blob"
    TREE = "tree"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree; its Oid is the fingerprint of everything beneath it."""

    path: RepoPath
    kind: EntryKind
    oid: Oid


@dataclass(frozen=True, slots=True)
class Change:
    """One path whose blob differs between two trees; `None` on the side where it is absent."""

    path: RepoPath
    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit's own data; times are the author's, with the author's UTC offset."""

    oid: Oid
    tree: Oid
    parents: tuple[Oid, ...]
    author: str
    email: str
    time: int
    """Seconds since the epoch, author time."""
    offset: int
    """Minutes east of UTC."""
    message: str

    @property
    def date(self) -> datetime:
        """The author's local time, timezone-aware."""
        return datetime.fromtimestamp(self.time, timezone(timedelta(minutes=self.offset)))

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.strip().partition("\n")[0]

    @property
    def short(self) -> str:
        """The first seven digits of the Oid, for people."""
        return self.oid[:7]
