"""What a build that fails may have made before: told from what is written, not from what is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bisectops.errors import YamlError
from bisectops.flux.applied import NamedKind
from bisectops.flux.kinds import is_ks, object_id
from bisectops.flux.overlay import secure_path
from bisectops.flux.reach import Reach
from bisectops.git.objects import Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Bounded, beneath
from bisectops.yaml.fields import text
from bisectops.yaml.reader import documents

_REMEMBERED = 6_000
_DEEPEST = 100


class _Told(NamedTuple):
    """What is written in a file, or in all files beneath a folder."""

    named: frozenset[NamedKind] = frozenset()
    applied: frozenset[RepoPath] = frozenset()
    """The folders that Kustomizations among it build."""


_NOTHING = _Told()


class Remnants:
    """Tells what builds may have made; an unchanged folder or file is never looked at again."""

    def __init__(self) -> None:
        self._reach = Reach()
        self._files: Bounded[Oid, _Told] = Bounded(_REMEMBERED)
        self._folders: Bounded[Oid, _Told] = Bounded(_REMEMBERED)

    def of(self, snapshot: Snapshot, folder: RepoPath) -> frozenset[NamedKind]:
        """The objects written beneath a folder and in what its build may read, whatever is said of them.

        A Kustomization among them would have been reconciled in turn, so what its path holds counts too.
        """
        named: set[NamedKind] = set()
        folders, waiting = {folder}, [folder]
        while waiting:
            for told in self._told(snapshot, waiting.pop()):
                named |= told.named
                fresh = told.applied - folders
                folders |= fresh
                waiting += fresh
        return frozenset(named)

    def _told(self, snapshot: Snapshot, folder: RepoPath) -> list[_Told]:
        """What a folder tells, and each file elsewhere that its build may read."""
        here = beneath(snapshot, folder)
        reached = self._reach.reached(here, folder)
        for path in reached.grounds:
            beneath(snapshot, path)
        inside = f"{folder}/" if folder else ""
        paths = (folder, *(path for path in reached.files if not path.startswith(inside)))
        return [self._of(here, entry) for path in paths if (entry := here.entry(path)) is not None]

    def _of(self, snapshot: Snapshot, entry: Entry, depth: int = 0) -> _Told:
        """What a file tells, or all files beneath a folder."""
        if entry.kind is EntryKind.TREE and depth < _DEEPEST:
            if entry.oid not in self._folders:
                told = [self._of(snapshot, child, depth + 1) for child in snapshot.children(entry.path)]
                self._folders[entry.oid] = _together(told)
            return self._folders[entry.oid]
        if entry.kind is EntryKind.BLOB and entry.path.endswith((".yaml", ".yml")):
            if entry.oid not in self._files:
                self._files[entry.oid] = _written(snapshot.read(entry.path))
            return self._files[entry.oid]
        return _NOTHING


def _together(told: list[_Told]) -> _Told:
    telling = [each for each in told if each is not _NOTHING]
    if len(telling) == 1:
        return telling[0]
    return _Told(
        frozenset[NamedKind]().union(*(each.named for each in telling)),
        frozenset[RepoPath]().union(*(each.applied for each in telling)),
    )


def _written(data: bytes) -> _Told:
    """What a file tells; nothing where it cannot be read: the broken build says that already."""
    try:
        trees = [tree for tree in documents(data) if isinstance(tree, Mapping)]
    except YamlError:
        return _NOTHING
    found = [(object_id(tree), tree) for tree in trees]
    paths = [text(tree, "spec", "path") or "" for each, tree in found if is_ks(each)]
    return _Told(
        frozenset(NamedKind(each.kind, each.name) for each, _ in found if each.name),
        frozenset(secure_path(path) for path in paths if path.strip("./")),
    )
