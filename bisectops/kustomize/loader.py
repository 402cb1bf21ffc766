"""A kustomization's way to files: relative paths, symbolic links, folders entered and not entered twice.

Facts: kustomize api/internal/loader/fileloader.go. Load restrictions are off, as Flux builds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from bisectops.errors import BuildError
from bisectops.git.objects import Entry, EntryKind, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.failure import Cycle, NotAFolder, remote
from bisectops.kustomize.reading import Blobs
from bisectops.kustomize.remote import is_remote_file, is_repository

_LINK_LIMIT = 40
_NESTING_LIMIT = 50
"""Of folders within folders: kustomize has none, and a stack that ends."""

T = TypeVar("T")


class FileMissing(BuildError):
    """What a kustomization names is not there, or is a folder where a file is wanted."""


@dataclass(frozen=True, slots=True)
class Loader:
    """Reads what is named relative to one folder, and opens loaders on others."""

    snapshot: Snapshot
    blobs: Blobs
    root: RepoPath
    entered: tuple[RepoPath, ...] = ()
    """The folders entered on the way here, outermost first, this one last."""
    may_be_empty: bool = False
    """Is a kustomization that says nothing taken, as before kustomize's api 0.14?"""

    def file(self, path: str) -> Entry:
        """The blob that a path names, links followed. Raises FileMissing or Remote."""
        if is_remote_file(path):
            raise remote(path)
        entry = None if path.startswith("/") else self._find(path)
        if entry is None:
            raise FileMissing(f"open {self._spelt(path)}: no such file or directory")
        if entry.kind is not EntryKind.BLOB:
            raise FileMissing(f"read {self._spelt(path)}: is a directory")
        return entry

    def folder(self, path: str) -> Entry | None:
        """What a path names where that is plainly a folder, so that no file can be meant; None elsewhere."""
        if path.startswith("/") or is_remote_file(path):
            return None
        try:
            entry = self._find(path)
        except FileMissing:
            return None
        return entry if entry is not None and entry.kind is EntryKind.TREE else None

    def _spelt(self, path: str) -> str:
        """A path from the repository's root, for messages; as written where it leads out."""
        try:
            return path if path.startswith("/") else _resolved(path, self.root) or "."
        except PathEscapes:
            return path

    def load(self, path: str) -> bytes:
        """A file's bytes."""
        return self.snapshot.read(self.file(path).path)

    def parsed(self, path: str, how: Hashable, parse: Callable[[bytes], T]) -> T:
        """What a parser makes of a file, remembered by the blob and by the name of the parser."""
        return self.blobs.parsed(self.snapshot, self.file(path), how, parse)

    def has_file(self, name: str) -> Entry | None:
        """The blob of a name in this folder, None where there is none to read."""
        entry = self._find(name)
        return entry if entry is not None and entry.kind is EntryKind.BLOB else None

    def enter(self, path: str, folder: Entry | None = None) -> Loader:
        """A loader on another folder, which may be found already. Raises Remote, Cycle, NotAFolder."""
        if not path:
            raise BuildError("new root cannot be empty")
        if is_repository(path):
            raise remote(path)
        if path.startswith("/"):
            raise BuildError(f"new root '{path}' cannot be absolute")
        entry = folder or self._find(path)
        if entry is None:
            raise _no_folder(self._spelt(path))
        if entry.kind is EntryKind.BLOB:
            raise NotAFolder(f"must build at directory: '{self._spelt(path)}': file is not directory")
        self.refuse_cycle(entry.path)
        if len(self.entered) >= _NESTING_LIMIT:
            raise Cycle(f"kustomizations are nested more than {_NESTING_LIMIT} deep")
        entered = (*self.entered, entry.path)
        return Loader(self.snapshot, self.blobs, entry.path, entered, self.may_be_empty)

    def reading(self, snapshot: Snapshot) -> Loader:
        """The same loader on another snapshot."""
        return Loader(snapshot, self.blobs, self.root, self.entered, self.may_be_empty)

    def refuse_cycle(self, root: RepoPath) -> None:
        """Raise Cycle for a folder that is or holds one that is being built."""
        beneath = f"{root}/"
        for visited in reversed(self.entered):
            if not root or visited == root or visited.startswith(beneath):
                raise Cycle(
                    f"cycle detected: candidate root '{root or '.'}' contains visited root '{visited or '.'}'"
                )

    def allows(self, roots: Iterable[RepoPath]) -> bool:
        """May all these folders be entered below this one without a cycle?"""
        try:
            for root in roots:
                if root != self.root:
                    self.refuse_cycle(root)
        except Cycle:
            return False
        return True

    def _find(self, path: str) -> Entry | None:
        try:
            return follow(self.snapshot, _resolved(path, self.root))
        except PathEscapes:
            return None


@lru_cache(maxsize=4096)
def _resolved(path: str, root: RepoPath) -> RepoPath:
    """As `repo_path`: the same paths are followed in build after build."""
    return repo_path(path, base=root)


def open_folder(snapshot: Snapshot, blobs: Blobs, folder: RepoPath, *, may_be_empty: bool = False) -> Loader:
    """The loader a build starts with. Raises NotAFolder."""
    entry = follow(snapshot, folder)
    if entry is None:
        raise _no_folder(folder)
    if entry.kind is EntryKind.BLOB:
        raise NotAFolder(f"must build at directory: '{folder}': file is not directory")
    return Loader(snapshot, blobs, entry.path, (entry.path,), may_be_empty)


def _no_folder(path: str) -> NotAFolder:
    return NotAFolder(
        f"must build at directory: not a valid directory: evalsymlink failure on '{path}' : "
        f"lstat {path}: no such file or directory"
    )


def follow(snapshot: Snapshot, path: RepoPath) -> Entry | None:
    """What a path names once every symbolic link on it is followed; None where nothing is.

    Raises PathEscapes for a link that leaves the tree, and FileMissing for links without end.
    """
    for _ in range(_LINK_LIMIT):
        entry = snapshot.entry(path)
        if entry is not None and entry.kind is not EntryKind.SYMLINK:
            return entry
        link = entry or _link_above(snapshot, path)
        if link is None:
            return None
        target = snapshot.read(link.path).decode(errors="surrogateescape")
        if target.startswith("/"):
            raise PathEscapes(f"symbolic link '{link.path}' leads out of the repository")
        path = repo_path(f"{target}/{path[len(link.path) :]}", base=parent(link.path))
    raise FileMissing(f"open {path}: too many levels of symbolic links")


def _link_above(snapshot: Snapshot, path: RepoPath) -> Entry | None:
    while path := parent(path):
        entry = snapshot.entry(path)
        if entry is not None:
            return entry if entry.kind is EntryKind.SYMLINK else None
    return None
