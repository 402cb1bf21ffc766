"""Commits as they would be judged with later repairs laid over them, in memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import (
    ROOT,
    Change,
    Entry,
    EntryKind,
    Oid,
    RepoPath,
    parent,
    path_within,
)
from bisectops.git.repository import Repository
from bisectops.git.snapshot import MemorySnapshot, OverlaySnapshot, Snapshot
from bisectops.history.written import Written, written
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

Repairs: TypeAlias = tuple[Oid, ...]
"""Commits whose changes are laid over an older one, newest first."""
_WORD = re.compile(r"[^\s\"',\[\]{}]+")
_MOST_FILES = 200
"""A commit that changes more than these is more than a repair."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a commit changed."""

    changes: tuple[Change, ...]
    written: tuple[Written, ...]
    """What it took away or brought, file by file."""
    named: frozenset[RepoPath]
    """What its lines may name, as a kustomization names what it builds or a Kustomization its folder."""

    @property
    def is_small(self) -> bool:
        """Are the changes few enough to be told one from another?"""
        return len(self.changes) <= _MOST_FILES

    def touches(self, finding: Finding) -> bool:
        """Does it speak of what a failure misses, or change the folder whose build fails?"""
        folder = f"{finding.reference.name}/"
        if finding.rule == "build-failed" and any(f"{e.path}/".startswith(folder) for e in self.changes):
            return True
        return any(each.speaks_of(finding.reference.name) for each in self.written)

    def places(self, finding: Finding) -> bool:
        """Does it say what the failing object is called, or in which namespace it looks?"""
        return any(each.places(finding) for each in self.written)

    def leads_to(self, file: RepoPath) -> bool:
        """Does a line name a file, or a folder above it?"""
        while file and file not in self.named:
            file = parent(file)
        return bool(file)


class Repaired:
    """Moves a judge among commits, with repairs laid over them or without."""

    def __init__(self, repository: Repository, judge: RepositoryJudge, commit: Oid) -> None:
        """`commit` is where the judge stands."""
        self.judge = judge
        self._repository = repository
        self._edits: dict[Oid, Edit] = {}
        self._at: tuple[Oid, Snapshot, frozenset[RepoPath]] | None
        """Where the judge stands, with the paths laid over it; None where it found no cluster."""
        self._at = (commit, repository.snapshot(commit), frozenset())

    def go(self, commit: Oid, repairs: Repairs = (), *, findings_only: bool = True) -> bool:
        """Judge a commit; False where it has no cluster. Raises MissingObject."""
        snapshot: Snapshot = self._repository.snapshot(commit)
        overlay = {path: data for each in reversed(repairs) for path, data in self._files(each)}
        if overlay:
            snapshot = OverlaySnapshot(snapshot, overlay)
        changes = None
        if self._at is not None:
            before, was, laid_over = self._at
            paths = {each.path for each in self._repository.changes(before, commit)}
            changes = list(_differences(was, snapshot, sorted(paths | laid_over | overlay.keys())))
        self._at = None
        try:
            self.judge.move(snapshot, changes, findings_only=findings_only)
        except NoClusterRoot:
            return False
        self._at = (commit, snapshot, frozenset(overlay))
        return True

    def edit(self, commit: Oid) -> Edit:
        """What a commit changed; nothing written of one that is more than a repair. Raises MissingObject."""
        if commit not in self._edits:
            first = self.parent(commit)
            before = self._repository.snapshot(first) if first else MemorySnapshot({})
            changes = self._repository.changes(first, commit)
            few = changes if len(changes) <= _MOST_FILES else ()
            after = self._repository.snapshot(commit)
            sides = [(each.path, _content(before, each.path), _content(after, each.path)) for each in few]
            named = frozenset(found for side in sides for found in _named(*side))
            self._edits[commit] = Edit(changes, tuple(written(*side) for side in sides), named)
        return self._edits[commit]

    def parent(self, commit: Oid) -> Oid | None:
        """The commit before, on the line of first parents."""
        return next(iter(self._repository.parents(commit)), None)

    def _files(self, commit: Oid) -> Iterator[tuple[RepoPath, bytes | None]]:
        """The files that a commit changed, as it left them."""
        after = self._repository.snapshot(commit)
        for change in self.edit(commit).changes:
            if change.new is None or change.new.kind is EntryKind.BLOB:
                yield change.path, after.read(change.path) if change.new else None


def _named(path: RepoPath, old: bytes, new: bytes) -> Iterator[RepoPath]:
    """The paths that the words of the lines that differ may be, but for the folders that hold the file."""
    for line in set(old.splitlines()) ^ set(new.splitlines()):
        for word in _WORD.findall(line.decode("utf-8", "replace")):
            for base in (parent(path), ROOT):
                if (found := path_within(word, base)) and not f"{path}/".startswith(f"{found}/"):
                    yield found


def _content(snapshot: Snapshot, path: RepoPath) -> bytes:
    entry = snapshot.entry(path)
    return snapshot.read(path) if entry is not None and entry.kind is EntryKind.BLOB else b""


def _differences(was: Snapshot, now: Snapshot, paths: Iterable[RepoPath]) -> Iterator[Change]:
    for path in paths:
        old, new = _no_folder(was.entry(path)), _no_folder(now.entry(path))
        if old != new:
            yield Change(path, old, new)


def _no_folder(entry: Entry | None) -> Entry | None:
    return None if entry is None or entry.kind is EntryKind.TREE else entry
