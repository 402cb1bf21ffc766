"""Revisions, snapshots and changes of a real repository: the one door to pygit2.

Nothing here writes: not the index, not a ref, not the object store, not the configuration.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pygit2
from pygit2.enums import ObjectType, Option, SortMode

from bisectops.errors import MissingObject, RepositoryError, UnknownRevision
from bisectops.git.objects import ROOT, Change, Commit, Entry, EntryKind, Oid, RepoPath

pygit2.option(Option.SET_OWNER_VALIDATION, False)
# Reading another user's repository is safe here: no hook, no filter and no configured command ever runs.
pygit2.option(Option.SET_CACHE_MAX_SIZE, 24 << 20)
# A walk asks for each object about once: libgit2's own 256 MiB would only fill up.

_KINDS = {b"40000": EntryKind.TREE, b"120000": EntryKind.SYMLINK, b"160000": EntryKind.SUBMODULE}
_USUAL = {**_KINDS, b"100644": EntryKind.BLOB, b"100755": EntryKind.BLOB}
_ENTRY_OF_SHA1 = re.compile(rb"(\d+) ([^\0]+)\0(.{20})", re.DOTALL)
_ENTRY_OF_SHA256 = re.compile(rb"(\d+) ([^\0]+)\0(.{32})", re.DOTALL)
_LISTINGS_KEPT = 5_000
_SMALL, _BYTES_KEPT = 64 << 10, 8 << 20
"""Bytes of the blobs that are remembered, and of all of them: several ask for the same within a commit."""
_Named = tuple[EntryKind, Oid]
_Listing = dict[str, _Named]


class Repository:
    """A git repository, work tree or bare, as a source of commits and snapshots."""

    def __init__(self, directory: str | Path = ".") -> None:
        """Find the repository that holds a directory, as git does; raises RepositoryError."""
        start = Path(directory)
        if not start.is_dir():
            raise RepositoryError(f"cannot change to '{directory}': no such directory")
        try:
            found = pygit2.discover_repository(str(start))
            self._repo = pygit2.Repository(found or str(start))
        except (KeyError, pygit2.GitError) as error:
            raise RepositoryError(
                f"'{directory}' is not a git repository, nor is any folder above it",
                hint="name one with -C DIR; a work tree or a bare repository will do",
            ) from error
        self._listings: OrderedDict[Oid, _Listing] = OrderedDict()
        self._blobs: dict[Oid, bytes] = {}
        self._bytes = 0

    @property
    def name(self) -> str:
        """What people call the repository: its folder's name."""
        git_dir = Path(self._repo.path).resolve()
        folder = Path(self._repo.workdir).resolve() if self._repo.workdir else git_dir
        return folder.name.removesuffix(".git") or git_dir.name

    @property
    def location(self) -> str:
        """Where its objects are: another process opens the same repository there."""
        return str(self._repo.path)

    @property
    def head_name(self) -> str:
        """The branch HEAD stands on, or HEAD itself when it is detached."""
        if self._repo.head_is_detached or self._repo.head_is_unborn:
            return "HEAD"
        return self._repo.head.shorthand

    def resolve(self, rev: str) -> Oid:
        """The commit that a revision names, in any of git's spellings; raises UnknownRevision."""
        if rev in ("HEAD", "@") and self._repo.head_is_unborn:
            raise UnknownRevision(
                "HEAD has no commit yet: the branch is unborn", hint="commit something, or name a revision"
            )
        try:
            return Oid(str(self._repo.revparse_single(rev).peel(pygit2.Commit).id))
        except (KeyError, ValueError, TypeError, pygit2.GitError) as error:
            raise UnknownRevision(
                f"unknown revision '{rev}'",
                hint="any spelling of `git rev-parse` will do: a branch, a tag, HEAD~3, a commit id",
            ) from error

    def commit(self, oid: Oid) -> Commit:
        """A commit's own data; raises MissingObject where the object store lacks it."""
        found = self._commit(oid)
        author = found.author
        return Commit(
            oid=oid,
            tree=Oid(str(found.tree_id)),
            parents=tuple(Oid(str(parent)) for parent in found.parent_ids),
            author=author.name,
            email=author.email,
            time=author.time,
            offset=author.offset,
            message=found.message,
        )

    def committed(self, oid: Oid) -> int:
        """When a commit was committed, in seconds since the epoch: what `git log --since` goes by."""
        return int(self._commit(oid).commit_time)

    def _commit(self, oid: Oid) -> pygit2.Commit:
        try:
            found = self._repo[oid]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"commit {oid[:12]} is not in the object store",
                hint="`git fetch --unshallow` completes a shallow clone; `git fsck` tells what is lost",
            ) from error
        return cast(pygit2.Commit, found)

    @property
    def is_shallow(self) -> bool:
        """Is part of the history not in this clone?"""
        return bool(self._repo.is_shallow)

    @property
    def replaced(self) -> int:
        """How many objects `git replace` has git show otherwise; here they are as they were written."""
        return sum(name.startswith("refs/replace/") for name in self._repo.references)

    def ends_shallow(self, oid: Oid) -> bool:
        """Is the commit a shallow clone's boundary: it names parents that were never fetched?"""
        _, raw = self._repo.read(oid)
        named = sum(line.startswith(b"parent ") for line in raw.partition(b"\n\n")[0].splitlines())
        return named > len(self.parents(oid))

    def parents(self, oid: Oid) -> tuple[Oid, ...]:
        """The parents that are here: none at a root or where a shallow clone ends."""
        ids = self._commit(oid).parent_ids
        return tuple(Oid(str(parent)) for parent in ids if parent in self._repo)

    def is_ancestor(self, older: Oid, newer: Oid) -> bool:
        """Is a commit the other or one of its ancestors?"""
        return older == newer or self._repo.descendant_of(newer, older)

    def since(self, bad: Oid, good: Oid | None) -> Iterator[Oid]:
        """What `git rev-list --first-parent good..bad` prints: newest first."""
        walker = self._repo.walk(pygit2.Oid(hex=bad), SortMode.NONE)
        walker.simplify_first_parent()
        if good:
            walker.hide(pygit2.Oid(hex=good))
        try:
            for commit in walker:
                yield Oid(str(commit.id))
        except (KeyError, pygit2.GitError):
            return  # a shallow clone ends here: `ends_shallow` tells

    def brought(self, parent: Oid, line: Oid | None) -> Iterator[Oid]:
        """What `git rev-list --topo-order --reverse line..parent` prints: no commit before an ancestor."""
        order = SortMode.TOPOLOGICAL | SortMode.REVERSE
        walker = self._repo.walk(pygit2.Oid(hex=parent), order)
        if line:
            walker.hide(pygit2.Oid(hex=line))
        try:
            for commit in walker:
                yield Oid(str(commit.id))
        except (KeyError, pygit2.GitError):
            return  # a shallow clone ends here

    def merge_base(self, one: Oid, other: Oid) -> Oid | None:
        """The best common ancestor of two commits; None for unrelated histories."""
        found = self._repo.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        return Oid(str(found)) if found else None

    def snapshot(self, oid: Oid) -> TreeSnapshot:
        """The files of a commit."""
        return TreeSnapshot(self, oid, Oid(str(self._commit(oid).tree_id)))

    def changes(self, old: Oid | None, new: Oid) -> tuple[Change, ...]:
        """The paths whose entries differ between two commits (None: the empty tree), sorted by path.

        Equal subtrees are never opened, so the work follows the change and not the repository.
        """
        was = Oid(str(self._commit(old).tree_id)) if old else None
        found: list[Change] = []
        self._compare(ROOT, was, Oid(str(self._commit(new).tree_id)), found)
        return tuple(sorted(found, key=_path_of))

    def _compare(self, folder: RepoPath, old: Oid | None, new: Oid | None, found: list[Change]) -> None:
        if old == new:
            return
        was = self.listing(old) if old else {}
        now = self.listing(new) if new else {}
        prefix = f"{folder}/" if folder else ""
        for name, after in now.items():
            before = was.get(name)
            if before != after:
                self._differ(RepoPath(prefix + name), before, after, found)
        for name, before in was.items():
            if name not in now:
                self._differ(RepoPath(prefix + name), before, None, found)

    def _differ(self, path: RepoPath, old: _Named | None, new: _Named | None, found: list[Change]) -> None:
        """One name that differs: blobs are told, folders are gone down into."""
        tree_before = old[1] if old and old[0] is EntryKind.TREE else None
        tree_after = new[1] if new and new[0] is EntryKind.TREE else None
        if tree_before or tree_after:
            self._compare(path, tree_before, tree_after, found)
        before = Entry(path, *old) if old and not tree_before else None
        after = Entry(path, *new) if new and not tree_after else None
        if before or after:
            found.append(Change(path, before, after))

    def listing(self, tree: Oid) -> _Listing:
        """A tree's names, remembered by Oid; raises MissingObject."""
        if (known := self._listings.get(tree)) is not None:
            self._listings.move_to_end(tree)
            return known
        try:
            kind, data = self._repo.read(tree)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"tree {tree[:12]} is not in the object store", hint="`git fsck` tells what is lost"
            ) from error
        assert kind == ObjectType.TREE, f"{tree} is a {kind}"
        entry = _ENTRY_OF_SHA1 if len(tree) == 40 else _ENTRY_OF_SHA256
        listing = {
            name.decode("utf-8", "surrogateescape"): (_USUAL.get(mode) or _kind(mode), Oid(oid.hex()))
            for mode, name, oid in entry.findall(data)
        }
        self._listings[tree] = listing
        if len(self._listings) > _LISTINGS_KEPT:
            self._listings.popitem(last=False)
        return listing

    def blob(self, oid: Oid) -> bytes:
        """A blob's bytes, remembered for who asks next; raises MissingObject."""
        if (known := self._blobs.get(oid)) is not None:
            return known
        try:
            kind, data = self._repo.read(oid)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"blob {oid[:12]} is not in the object store",
                hint="a partial clone needs `git fetch --refetch`; else `git fsck` tells what is lost",
            ) from error
        assert kind == ObjectType.BLOB, f"{oid} is a {kind}"
        if len(data) <= _SMALL:
            self._blobs[oid] = data
            self._bytes += len(data)
            while self._bytes > _BYTES_KEPT:
                self._bytes -= len(self._blobs.pop(next(iter(self._blobs))))
        return data


def _kind(mode: bytes) -> EntryKind:
    """What a tree's entry is, by its mode; modes of old gits, 100664, are files."""
    return _KINDS.get(mode.lstrip(b"0"), EntryKind.BLOB)


def _path_of(change: Change) -> RepoPath:
    return change.path


class TreeSnapshot:
    """A commit's files, found by walking its trees; equal folders of two commits are read once."""

    def __init__(self, repository: Repository, commit: Oid, tree: Oid) -> None:
        self._repository = repository
        self._commit = commit
        self._root = Entry(ROOT, EntryKind.TREE, tree)
        self._entries: dict[RepoPath, Entry | None] = {ROOT: self._root}

    @property
    def tree(self) -> Oid:
        """The root tree's Oid: equal trees are equal snapshots."""
        return self._root.oid

    def entry(self, path: RepoPath) -> Entry | None:
        if path in self._entries:
            return self._entries[path]
        folder, _, name = path.rpartition("/")
        above = self.entry(RepoPath(folder))
        found = None
        if above is not None and above.kind is EntryKind.TREE:
            kind_and_oid = self._repository.listing(above.oid).get(name)
            found = Entry(path, *kind_and_oid) if kind_and_oid else None
        self._entries[path] = found
        return found

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        entry = self.entry(tree)
        if entry is None or entry.kind is not EntryKind.TREE:
            return ()
        prefix = f"{tree}/" if tree else ""
        listing = self._repository.listing(entry.oid)
        return tuple(Entry(RepoPath(prefix + name), *listing[name]) for name in sorted(listing))

    def read(self, blob: RepoPath) -> bytes:
        entry = self.entry(blob)
        if entry is None or entry.kind not in (EntryKind.BLOB, EntryKind.SYMLINK):
            raise KeyError(blob)
        try:
            return self._repository.blob(entry.oid)
        except MissingObject as error:
            where = f"commit {self._commit[:7]}, {blob}"
            raise MissingObject(f"{where}: {error.message}", hint=error.hint) from error
