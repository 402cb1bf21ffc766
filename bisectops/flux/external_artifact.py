"""The ExternalArtifacts that an ArtifactGenerator puts together of this repository's files.

Only what is copied exists in one. Source: fluxcd/source-watcher internal/builder/builder.go.
Copies that this module does not understand make an artifact opaque.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from bisectops.flux.kinds import ObjectId, reference
from bisectops.git.objects import ROOT, Entry, EntryKind, Oid, RepoPath, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mappings, sequence, text

GENERATOR_GROUP = "source.extensions.fluxcd.io"
_GLOB = frozenset("*?[{")


class Copy(NamedTuple):
    """A file, or all that a folder holds, under another path."""

    source: RepoPath
    target: RepoPath
    into: bool
    """The source's own name is added to the target, as `cp` does with a folder that is there."""
    failure: str = ""
    """What the generator says where the source is not there."""


Layout: TypeAlias = tuple[Copy, ...]


def is_generator(object_id: ObjectId) -> bool:
    """Is it an ArtifactGenerator?"""
    return object_id.kind == "ArtifactGenerator" and object_id.group == GENERATOR_GROUP


def layout(
    tree: Mapping[str, Node], artifact: str, is_home: Callable[[ObjectId], bool], base: RepoPath
) -> Layout | None:
    """What an artifact copies, from the repository's root; None where git does not tell."""
    wanted = [entry for entry in mappings(tree, "spec", "artifacts") if text(entry, "name") == artifact]
    homes = set(_homes(tree, is_home))
    if not wanted or any(
        "{" in (text(source, "alias") or "") for source in mappings(tree, "spec", "sources")
    ):
        return None
    copies = [_copy(artifact, operation, homes, base) for operation in mappings(wanted[0], "copy")]
    known = tuple(copy for copy in copies if copy is not None)
    return known if known and len(known) == len(copies) else None


def _homes(tree: Mapping[str, Node], is_home: Callable[[ObjectId], bool]) -> Iterator[str]:
    """The aliases of this repository."""
    namespace = text(tree, "metadata", "namespace") or ""
    for source in mappings(tree, "spec", "sources"):
        named = reference(source, namespace)
        if named is not None and is_home(named):
            yield text(source, "alias") or ""


def _copy(artifact: str, operation: Mapping[str, Node], homes: Iterable[str], base: RepoPath) -> Copy | None:
    """A copy of a whole folder or of one file; patterns, exclusions and archives are None."""
    if sequence(operation, "exclude") or text(operation, "strategy") in ("Extract", "Merge"):
        return None
    origin = (text(operation, "from") or "").removeprefix("@")
    target = text(operation, "to") or ""
    alias, _, path = origin.partition("/")
    root, _, below = target.removeprefix("@").partition("/")
    if alias not in homes or root != "artifact" or ".." in (*path.split("/"), *below.split("/")):
        return None
    contents = path == "**" or path.endswith("/**")
    failure = _failure(artifact, origin, target, f"no files match pattern '{path}' in source '{alias}'")
    path = path.removesuffix("**")
    if _GLOB & set(path) or _GLOB & set(below):
        return None
    into = not contents and (not below or below.endswith("/"))
    if not contents:
        failure = _failure(artifact, origin, target, f"source '{path.rstrip('/')}' does not exist")
    return Copy(repo_path(path.lstrip("/"), base=base), repo_path(below), into and bool(path), failure)


def _failure(artifact: str, origin: str, target: str, why: str) -> str:
    """The generator's words: source-watcher internal/builder/builder.go (applyCopyOperation)."""
    copying = f"failed to apply copy operation from '@{origin}' to '{target}'"
    return f"{artifact} build failed: failed to apply copy operations: {copying}: {why}"


class Assembled:
    """A Snapshot of an artifact's files: each copy's, later ones over earlier ones."""

    def __init__(self, snapshot: Snapshot, copies: Layout) -> None:
        self._snapshot = snapshot
        self._copies = tuple((copy.source, placed(copy)) for copy in copies)

    def entry(self, path: RepoPath) -> Entry | None:
        found = [entry for at in self._sources(path) if (entry := self._snapshot.entry(at)) is not None]
        if found and found[0].kind is not EntryKind.TREE:
            return Entry(path, found[0].kind, found[0].oid)
        beneath = [(rest, entry.oid) for rest, entry in self._beneath(path)]
        if not found and not beneath and path != ROOT:
            return None
        text = repr(([entry.oid for entry in found], beneath))
        oid = Oid(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
        return Entry(path, EntryKind.TREE, oid)

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        names = {
            child.path.rpartition("/")[2]
            for at in self._sources(tree)
            for child in self._snapshot.children(at)
        }
        names.update(rest.partition("/")[0] for rest, _ in self._beneath(tree))
        paths = (repo_path(name, base=tree) for name in sorted(names))
        return tuple(entry for path in paths if (entry := self.entry(path)) is not None)

    def read(self, blob: RepoPath) -> bytes:
        for at in self._sources(blob):
            if (entry := self._snapshot.entry(at)) is not None and entry.kind is EntryKind.BLOB:
                return self._snapshot.read(at)
        raise KeyError(blob)

    def _beneath(self, folder: RepoPath) -> Iterator[tuple[str, Entry]]:
        """The copies that lie beneath a folder, with the way there."""
        for source, target in self._copies:
            rest = _within(target, folder)
            if rest and (entry := self._snapshot.entry(source)) is not None:
                yield rest, entry

    def _sources(self, path: RepoPath) -> Iterator[RepoPath]:
        for source, target in reversed(self._copies):
            if (rest := _within(path, target)) is not None:
                yield repo_path(rest, base=source)


def placed(copy: Copy) -> RepoPath:
    """Where a copy's contents come to lie."""
    return repo_path(copy.source.rpartition("/")[2], base=copy.target) if copy.into else copy.target


def at_home(copies: Layout, path: RepoPath) -> RepoPath:
    """Where a path of an artifact is written in the repository; itself where there are no copies."""
    return next((origin for origin, inside in sources(copies, path) if inside), path)


def sources(copies: Layout, path: RepoPath) -> Iterator[tuple[RepoPath, bool]]:
    """The repository's paths that decide what stands under a path of the artifact, the latest copy's first.

    False goes with the source of a copy that lies beneath: whether it is there is all that counts.
    """
    for copy in reversed(copies):
        target = placed(copy)
        if (rest := _within(path, target)) is not None:
            yield repo_path(rest, base=copy.source), True
        elif _within(target, path) is not None:
            yield copy.source, False


def _within(path: RepoPath, folder: RepoPath) -> str | None:
    """The rest of a path below a folder, empty for the folder itself; None outside of it."""
    if not folder or path == folder:
        return path if not folder else ""
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None
