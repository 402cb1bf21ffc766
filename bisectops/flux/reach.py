"""Which files a folder's build would read, told from names alone: quick, and never too few.

Finding roots needs to know whether a Kustomization's file is part of its own path's build, at every
commit. A real build answers the same and more, at a hundred times the price.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from bisectops.git.objects import EntryKind, Oid, RepoPath, parent, path_within, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Bounded

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_COMMENT = re.compile(rb"(?:^|\s)#[^\n]*")
_TOKEN = re.compile(rb"[^\s\[\]{},\"']+")

_REMEMBERED = 20_000
_FOLLOWED = 20_000

_Named: TypeAlias = tuple[RepoPath, EntryKind]
"""What a folder names, from the repository's root, and what is there."""


class Reached(NamedTuple):
    """The files that a folder's build may read, and what that rests on."""

    grounds: Mapping[RepoPath, Oid | None]
    """The folder and what it leads to elsewhere, each standing for all beneath; None where nothing is."""
    files: frozenset[RepoPath]


class _Visit:
    """A folder that is being followed."""

    __slots__ = ("files", "folder", "grounds", "named", "whole")

    def __init__(
        self, folder: RepoPath, named: Iterator[_Named], grounds: dict[RepoPath, Oid | None]
    ) -> None:
        self.folder = folder
        self.named = named
        """What is not looked at yet of all that it names."""
        self.grounds = grounds
        self.files: set[RepoPath] = set()
        self.whole = True
        """False where it leads to a folder that was entered before: only who began has all of it then."""

    def take(self, below: Reached) -> None:
        self.files |= below.files
        self.grounds.update(below.grounds)


class Reach:
    """Answers what builds read; an unchanged folder is never followed again."""

    def __init__(self) -> None:
        self._named: Bounded[Oid, tuple[str, ...]] = Bounded(_REMEMBERED)
        self._beneath: Bounded[Oid, tuple[tuple[str, EntryKind], ...]] = Bounded(_REMEMBERED)
        self._reached: Bounded[RepoPath, Reached] = Bounded(_REMEMBERED)

    def files(self, snapshot: Snapshot, folder: RepoPath) -> frozenset[RepoPath]:
        """Every file that the build of a folder may read."""
        return self.reached(snapshot, folder).files

    def reached(self, snapshot: Snapshot, folder: RepoPath) -> Reached:
        """Every file that the build of a folder may read, and what the answer rests on."""
        known = self._known(snapshot, folder)
        if known is not None:
            return known
        entered = {folder}
        way = [self._visit(snapshot, folder)]
        while True:
            visit = way[-1]
            for path, kind in visit.named:
                if kind is not EntryKind.TREE:
                    visit.files.add(path)
                elif known := self._known(snapshot, path):
                    visit.take(known)
                elif path in entered or len(entered) == _FOLLOWED:
                    visit.whole = False
                else:
                    entered.add(path)
                    way.append(self._visit(snapshot, path))
                    break
            else:
                way.pop()
                found = Reached(visit.grounds, frozenset(visit.files))
                if visit.whole or not way:
                    self._reached[visit.folder] = found
                if not way:
                    return found
                way[-1].take(found)
                way[-1].whole &= visit.whole

    def _known(self, snapshot: Snapshot, folder: RepoPath) -> Reached | None:
        known = self._reached.get(folder)
        if known is None or any(_oid(snapshot, path) != oid for path, oid in known.grounds.items()):
            return None
        return known

    def _visit(self, snapshot: Snapshot, folder: RepoPath) -> _Visit:
        rests_on = (folder, *self._elsewhere(snapshot, folder))
        grounds = {path: _oid(snapshot, path) for path in rests_on}
        return _Visit(folder, self._direct(snapshot, folder), grounds)

    def _direct(self, snapshot: Snapshot, folder: RepoPath) -> Iterator[_Named]:
        """What a folder names; where that lies beneath it, it is remembered by the folder's Oid."""
        entry = snapshot.entry(folder)
        if entry is None:
            return iter(())
        if (known := self._beneath.get(entry.oid)) is None:
            found = tuple(self._look(snapshot, folder))
            if self._elsewhere(snapshot, folder):
                return iter(found)
            known = tuple((path[len(folder) :].lstrip("/"), kind) for path, kind in found)
            self._beneath[entry.oid] = known
        prefix = f"{folder}/" if folder else ""
        return ((RepoPath(prefix + name), kind) for name, kind in known)

    def _elsewhere(self, snapshot: Snapshot, folder: RepoPath) -> list[RepoPath]:
        """What a folder's kustomization names by a path that may lead out of the folder."""
        for name in KUSTOMIZATION_FILES:
            path = repo_path(name, base=folder)
            entry = snapshot.entry(path)
            if entry is not None and entry.kind is EntryKind.BLOB:
                tokens = self._tokens(snapshot, path, entry.oid)
                leading = (token for token in tokens if token.startswith("/") or ".." in token)
                return [found for token in leading if (found := _resolved(token, folder)) is not None]
        return []

    def _look(self, snapshot: Snapshot, folder: RepoPath) -> Iterator[_Named]:
        for name in KUSTOMIZATION_FILES:
            path = repo_path(name, base=folder)
            entry = snapshot.entry(path)
            if entry is not None and entry.kind is EntryKind.BLOB:
                return self._listed(snapshot, folder, path, entry.oid)
        return _generated(snapshot, folder)

    def _listed(self, snapshot: Snapshot, folder: RepoPath, file: RepoPath, oid: Oid) -> Iterator[_Named]:
        for token in self._tokens(snapshot, file, oid):
            path = _resolved(token, folder)
            entry = None if path is None else snapshot.entry(path)
            if path is not None and entry is not None and path != folder:
                yield path, entry.kind

    def named(self, snapshot: Snapshot, file: RepoPath, oid: Oid) -> frozenset[RepoPath]:
        """The paths of all that a kustomization file may name."""
        resolved = (_resolved(token, parent(file)) for token in self._tokens(snapshot, file, oid))
        return frozenset(path for path in resolved if path is not None)

    def _tokens(self, snapshot: Snapshot, file: RepoPath, oid: Oid) -> tuple[str, ...]:
        known = self._named.get(oid)
        if known is None:
            words = _TOKEN.findall(_COMMENT.sub(b"", snapshot.read(file)))
            known = tuple({word.decode("utf-8", "replace") for word in words if not word.endswith(b":")})
            self._named[oid] = known
        return known


@lru_cache(maxsize=8192)
def _resolved(token: str, folder: RepoPath) -> RepoPath | None:
    """As `path_within`: the same is asked commit after commit."""
    return path_within(token, folder)


def _oid(snapshot: Snapshot, path: RepoPath) -> Oid | None:
    entry = snapshot.entry(path)
    return entry.oid if entry else None


def _generated(snapshot: Snapshot, folder: RepoPath) -> Iterator[_Named]:
    """What Flux would list for a folder without a kustomization file."""
    for child in snapshot.children(folder):
        if child.kind is EntryKind.TREE or child.path.endswith((".yaml", ".yml")):
            yield child.path, child.kind
