"""The files of one commit as three questions: what is here, what is beneath, what does it say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Protocol

from bisectops.git.objects import ROOT, Entry, EntryKind, Oid, RepoPath, parent, repo_path


class Snapshot(Protocol):
    """The files of one commit, read from git's objects and never from a checkout.

    Absence is an answer, not an error: kustomize looks for three file names in each directory,
    and a later commit may add the one that was missed. Symbolic links are entries of their own
    kind and are not followed here.
    """

    def entry(self, path: RepoPath) -> Entry | None:
        """What a path names, or None where nothing is."""
        ...

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        """The entries of a folder, sorted by name; empty for what is not a folder."""
        ...

    def read(self, blob: RepoPath) -> bytes:
        """A blob's bytes (a symbolic link's: its target). Raises KeyError where no blob is."""
        ...


def _oid(data: bytes) -> Oid:
    return Oid(hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest())


class MemorySnapshot:
    """A snapshot of files in memory, for tests and for callers without a repository.

    A name that ends in "@" is a symbolic link whose content is its target.
    """

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._blobs: dict[RepoPath, bytes] = {}
        self._entries: dict[RepoPath, Entry] = {}
        self._children: dict[RepoPath, list[RepoPath]] = {ROOT: []}
        for name, content in files.items():
            kind = EntryKind.SYMLINK if name.endswith("@") else EntryKind.BLOB
            path = repo_path(name.removesuffix("@"))
            self._blobs[path] = content.encode() if isinstance(content, str) else content
            self._entries[path] = Entry(path, kind, _oid(self._blobs[path]))
            self._link(path)
        for tree in sorted(self._children, key=lambda path: -path.count("/") if path else 1):
            fingerprint = repr([self._entries[child] for child in sorted(self._children[tree])])
            self._entries[tree] = Entry(tree, EntryKind.TREE, _oid(fingerprint.encode()))

    def _link(self, path: RepoPath) -> None:
        while path:
            siblings = self._children.setdefault(parent(path), [])
            if path in siblings:
                return
            siblings.append(path)
            path = parent(path)

    def entry(self, path: RepoPath) -> Entry | None:
        return self._entries.get(path)

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        return tuple(self._entries[path] for path in sorted(self._children.get(tree, ())))

    def read(self, blob: RepoPath) -> bytes:
        return self._blobs[blob]


class OverlaySnapshot:
    """A snapshot with some files replaced (bytes) or taken away (None): what-if, nothing written."""

    def __init__(self, base: Snapshot, changes: Mapping[RepoPath, bytes | None]) -> None:
        self._base = base
        self._changes = changes
        self._touched: dict[RepoPath, set[RepoPath]] = {}
        for path in changes:
            for folder in _folders(path):
                self._touched.setdefault(folder, set()).add(path)
                path = folder
        self._folders: dict[RepoPath, tuple[Entry, ...]] = {}

    def entry(self, path: RepoPath) -> Entry | None:
        if path in self._changes:
            data = self._changes[path]
            return None if data is None else Entry(path, EntryKind.BLOB, _oid(data))
        if path not in self._touched:
            return self._base.entry(path)
        children = self.children(path)
        if not children and path:
            return None
        return Entry(path, EntryKind.TREE, _oid(repr(children).encode()))

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        if tree not in self._touched:
            return self._base.children(tree)
        if tree not in self._folders:
            here = {entry.path for entry in self._base.children(tree)} | self._touched[tree]
            self._folders[tree] = tuple(e for path in sorted(here) if (e := self.entry(path)) is not None)
        return self._folders[tree]

    def read(self, blob: RepoPath) -> bytes:
        if blob not in self._changes:
            return self._base.read(blob)
        data = self._changes[blob]
        if data is None:
            raise KeyError(blob)
        return data


def _folders(path: RepoPath) -> Iterator[RepoPath]:
    while path:
        path = parent(path)
        yield path
