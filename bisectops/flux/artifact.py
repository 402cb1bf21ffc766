"""The files of a commit as Flux's artifact holds them: no links, no submodules, nothing ignored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from bisectops.flux.sourceignore import IgnoreFiles
from bisectops.git.objects import ROOT, Change, Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import Snapshot


class ArtifactSnapshot:
    """A Snapshot of what source-controller archives of another one.

    Pass the same IgnoreFiles for every commit of a repository: what is unchanged is then not looked
    for again. `ignore` is the source's spec.ignore, counted from `root`; `changes` is what differs from
    the commit before.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        ignore: str | None = None,
        *,
        ignore_files: IgnoreFiles | None = None,
        changes: Sequence[Change] | None = None,
        root: RepoPath = ROOT,
    ) -> None:
        self._base = snapshot
        self._entries: dict[RepoPath, Entry | None] = {}
        self._rules = (ignore_files or IgnoreFiles()).rules(snapshot, ignore, changes, root)

    def entry(self, path: RepoPath) -> Entry | None:
        try:
            return self._entries[path]
        except KeyError:
            entry = self._entries[path] = self._kept(self._base.entry(path))
            return entry

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        if self.entry(tree) is None:
            return ()
        return tuple(kept for child in self._base.children(tree) if (kept := self._kept(child)))

    def read(self, blob: RepoPath) -> bytes:
        entry = self.entry(blob)
        if entry is None or entry.kind is not EntryKind.BLOB:
            raise KeyError(blob)
        return self._base.read(blob)

    def _kept(self, entry: Entry | None) -> Entry | None:
        if entry is None:
            return None
        if entry.kind is EntryKind.BLOB:
            return None if self._rules.excludes(entry.path, folder=False) else entry
        if entry.kind is not EntryKind.TREE or not self._stands(entry):
            return None
        return self._fingerprinted(entry) if self._rules.custom else entry

    def _stands(self, tree: Entry) -> bool:
        """Is a folder in the artifact: by itself, or because a file beneath it is?"""
        if tree.path == ROOT or not self._rules.excludes(tree.path, folder=True):
            return True
        return self._rules.reincludes and self._keeps_beneath(tree)

    def _keeps_beneath(self, tree: Entry) -> bool:
        known = self._rules.kept_beneath
        key = (tree.path, tree.oid)
        if key not in known:
            known[key] = any(self._kept_files(tree.path))
        return known[key]

    def _kept_files(self, tree: RepoPath) -> Iterator[Entry]:
        folders = [tree]
        while folders:
            for child in self._base.children(folders.pop()):
                if child.kind is EntryKind.TREE:
                    if not self._rules.excludes(child.path, folder=True):
                        yield child
                    folders.append(child.path)
                elif child.kind is EntryKind.BLOB and not self._rules.excludes(child.path, folder=False):
                    yield child

    def _fingerprinted(self, tree: Entry) -> Entry:
        """With patterns of the repository's own, equal folders hold equal files only under equal rules."""
        text = f"{tree.oid} {tree.path} {self._rules.fingerprint}"
        return Entry(
            tree.path, tree.kind, Oid(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
        )
