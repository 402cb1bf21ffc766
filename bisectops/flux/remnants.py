"""What a build that fails may have made before: told from what is written, not from what is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain

from bisectops.errors import YamlError
from bisectops.flux.applied import NamedKind
from bisectops.flux.kinds import is_ks, object_id
from bisectops.flux.overlay import secure_path
from bisectops.flux.reach import Listing, Reach
from bisectops.git.objects import EntryKind, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Question, read_for
from bisectops.yaml.fields import text
from bisectops.yaml.reader import documents

_SCAN_LIMIT = 2_000
"""Files read, at most."""


def may_have_made(snapshot: Snapshot, folder: RepoPath) -> Iterator[NamedKind]:
    """The objects written beneath a folder and in what its build may read, whatever is said of them there.

    A Kustomization among them would have been reconciled in turn, so what its path holds counts too.
    """
    reach = Reach()
    listed: dict[RepoPath, Listing] = {}
    seen: set[RepoPath] = set()
    folders, waiting = {folder}, [folder]
    while waiting:
        here = waiting.pop()
        for path in chain(_beneath(snapshot, here), reach.files(snapshot, here, listed)):
            if path in seen or not path.endswith((".yaml", ".yml")):
                continue
            if len(seen) == _SCAN_LIMIT:
                return
            seen.add(path)
            named, applied = _written(read_for(Question.NAMED, snapshot, path))
            yield from named
            fresh = {each for each in applied if snapshot.entry(each)} - folders
            folders |= fresh
            waiting.extend(sorted(fresh))


def _beneath(snapshot: Snapshot, folder: RepoPath) -> Iterator[RepoPath]:
    for child in snapshot.children(folder):
        if child.kind is EntryKind.TREE:
            yield from _beneath(snapshot, child.path)
        elif child.kind is EntryKind.BLOB:
            yield child.path


@lru_cache(maxsize=4096)
def _written(data: bytes) -> tuple[tuple[NamedKind, ...], tuple[RepoPath, ...]]:
    """The objects of a file, and the folders that Kustomizations among them build.

    None where it cannot be read: the broken build tells that already.
    """
    try:
        trees = [tree for tree in documents(data) if isinstance(tree, Mapping)]
    except YamlError:
        return (), ()
    named = [(object_id(tree), tree) for tree in trees]
    paths = [text(tree, "spec", "path") or "" for found, tree in named if is_ks(found)]
    return (
        tuple(NamedKind(found.kind, found.name) for found, _ in named if found.name),
        tuple(secure_path(path) for path in paths if path.strip("./")),
    )
