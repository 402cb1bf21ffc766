"""Changes that are put into a history, and stay in every later commit.

An alteration is asked of each snapshot anew, and leaves alone what it no longer finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from bisectops.git.objects import EntryKind, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot

Files = Mapping[RepoPath, bytes | None]
Edit = Callable[[Snapshot, RepoPath, bytes], bytes | None]
"""What becomes of a file of a snapshot; None where it is taken away."""

KUSTOMIZATION = re.compile(r"(^|/)kustomization\.ya?ml$")
ANY = re.compile(r"\.ya?ml$")
NAME = rb"[a-z0-9][a-z0-9-]*"


class Alteration(Protocol):
    """A change that is made to every commit from one on."""

    def files(self, snapshot: Snapshot) -> Files:
        """The files that it makes otherwise, and those that it takes away."""
        ...


Decoy = Callable[[Snapshot, frozenset[RepoPath], Random], Alteration | None]
"""An alteration of some of the files named that breaks nothing, if there is one."""


@dataclass(frozen=True)
class Plant:
    """One kind of edit: where it may go, and what it does to a file."""

    name: str
    where: re.Pattern[str]
    edit: Edit

    def at(self, path: RepoPath) -> Alteration:
        """The edit of one file."""
        return _Edited(self, path)


@dataclass(frozen=True)
class _Edited:
    plant: Plant
    path: RepoPath

    def files(self, snapshot: Snapshot) -> Files:
        data = read(snapshot, self.path)
        if data is None:
            return {}
        edited = self.plant.edit(snapshot, self.path, data)
        return {self.path: edited} if edited != data else {}


def replaced(pattern: bytes, becomes: bytes) -> Callable[[Snapshot, RepoPath, bytes], bytes]:
    """The edit of the first place that a pattern finds."""
    compiled = re.compile(pattern)
    return lambda _, __, data: compiled.sub(becomes, data, count=1)


def place(snapshot: Snapshot, plant: Plant, files: Iterable[RepoPath], random: Random) -> RepoPath | None:
    """A file of those named in which there is something to edit."""
    fitting = [path for path in sorted(files) if plant.where.search(path) and plant.at(path).files(snapshot)]
    return random.choice(fitting) if fitting else None


def read(snapshot: Snapshot, path: RepoPath) -> bytes | None:
    """A file's data; None where there is none."""
    entry = snapshot.entry(path)
    return snapshot.read(path) if entry is not None and entry.kind is EntryKind.BLOB else None


def beneath(snapshot: Snapshot, folder: RepoPath) -> Iterator[RepoPath]:
    """All that lies in a folder and in those beneath it, but the folders themselves."""
    for entry in snapshot.children(folder):
        if entry.kind is EntryKind.TREE:
            yield from beneath(snapshot, entry.path)
        else:
            yield entry.path


_ENTRY = re.compile(rb"(?m)^ *- +[\"']?([\w./-]+)[\"']? *(?:#[^\n]*)?\n")


def entries(path: RepoPath, data: bytes) -> Iterator[tuple[re.Match[bytes], RepoPath]]:
    """The lines of a kustomization that name a path, with what each names."""
    for line in _ENTRY.finditer(data):
        try:
            yield line, repo_path(line[1].decode(), base=parent(path))
        except PathEscapes:
            continue
