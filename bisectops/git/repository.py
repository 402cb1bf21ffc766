"""Revisions, snapshots and changes of a real repository: the one door to pygit2.

Nothing here writes: not the index, not a ref, not the object store, not the configuration.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pygit2
from pygit2.enums import DeltaStatus, FileMode, ObjectType, Option, SortMode

from bisectops.errors import MissingObject, RepositoryError, UnknownRevision
from bisectops.git.objects import ROOT, Change, Commit, Entry, EntryKind, Oid, RepoPath

pygit2.option(Option.SET_OWNER_VALIDATION, False)
# Reading another user's repository is safe here: no hook, no filter and no configured command ever runs.

_KINDS = {
    FileMode.TREE: EntryKind.TREE,
    FileMode.BLOB: EntryKind.BLOB,
    FileMode.BLOB_EXECUTABLE: EntryKind.BLOB,
    FileMode.LINK: EntryKind.SYMLINK,
    FileMode.COMMIT: EntryKind.SUBMODULE,
}
_LISTINGS_KEPT = 50_000
_Listing = dict[str, tuple[EntryKind, Oid]]


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

    @property
    def name(self) -> str:
        """What people call the repository: its folder's name."""
        git_dir = Path(self._repo.path).resolve()
        folder = Path(self._repo.workdir).resolve() if self._repo.workdir else git_dir
        return folder.name.removesuffix(".git") or git_dir.name

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

    def _commit(self, oid: Oid) -> pygit2.Commit:
        try:
            found = self._repo[oid]
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"commit {oid[:12]} is not in the object store",
                hint="`git fetch --unshallow` completes a shallow clone; `git fsck` tells what is lost",
            ) from error
        return cast(pygit2.Commit, found)

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

    def snapshot(self, oid: Oid) -> TreeSnapshot:
        """The files of a commit."""
        return TreeSnapshot(self, Oid(str(self._commit(oid).tree_id)))

    def changes(self, old: Oid | None, new: Oid) -> tuple[Change, ...]:
        """The paths whose entries differ between two commits (None: the empty tree), sorted by path.

        Equal subtrees are never opened, so the work follows the change and not the repository.
        """
        new_tree = self._commit(new).tree
        try:
            if old is None:
                diff = new_tree.diff_to_tree(swap=True)
            else:
                diff = self._commit(old).tree.diff_to_tree(new_tree)
            deltas = list(diff.deltas)
        except (KeyError, pygit2.GitError) as error:
            raise MissingObject(
                f"a tree of commit {new[:12]} is not in the object store",
                hint="`git fsck` tells what is lost",
            ) from error
        merged: dict[RepoPath, Change] = {}
        for delta in deltas:
            change = _change(delta)
            before = merged.get(change.path)
            if before is not None:  # a type change comes as a deletion and an addition of one path
                change = Change(change.path, before.old or change.old, before.new or change.new)
            merged[change.path] = change
        return tuple(merged[path] for path in sorted(merged))

    def listing(self, tree: Oid) -> _Listing:
        """A tree's names, remembered by Oid; raises MissingObject."""
        if (known := self._listings.get(tree)) is not None:
            self._listings.move_to_end(tree)
            return known
        try:
            entries = cast(pygit2.Tree, self._repo[tree])
            listing = {
                entry.name or "": (_KINDS[FileMode(entry.filemode)], Oid(str(entry.id))) for entry in entries
            }
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"tree {tree[:12]} is not in the object store", hint="`git fsck` tells what is lost"
            ) from error
        self._listings[tree] = listing
        if len(self._listings) > _LISTINGS_KEPT:
            self._listings.popitem(last=False)
        return listing

    def blob(self, oid: Oid) -> bytes:
        """A blob's bytes; raises MissingObject."""
        try:
            kind, data = self._repo.read(oid)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise MissingObject(
                f"blob {oid[:12]} is not in the object store",
                hint="a partial clone needs `git fetch --refetch`; else `git fsck` tells what is lost",
            ) from error
        assert kind == ObjectType.BLOB, f"{oid} is a {kind}"
        return data


def _change(delta: pygit2.DiffDelta) -> Change:
    old, new = delta.old_file, delta.new_file
    path = RepoPath(new.path or old.path)
    was = None if delta.status == DeltaStatus.ADDED else _entry(path, old)
    now = None if delta.status == DeltaStatus.DELETED else _entry(path, new)
    return Change(path, was, now)


def _entry(path: RepoPath, file: pygit2.DiffFile) -> Entry:
    return Entry(path, _KINDS[FileMode(file.mode)], Oid(str(file.id)))


class TreeSnapshot:
    """A commit's files, found by walking its trees; equal folders of two commits are read once."""

    def __init__(self, repository: Repository, tree: Oid) -> None:
        self._repository = repository
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
        return self._repository.blob(entry.oid)
