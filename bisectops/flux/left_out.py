"""The Flux Kustomizations that a repository holds and no cluster of it reconciles, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bisectops.errors import YamlError
from bisectops.flux.clues import Clues, set_aside
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import ObjectId, is_ks, object_id
from bisectops.flux.overlay import secure_path
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.yaml.reader import documents

PATCH = "a patch"
"""The reason of what a build reads to change another one."""


class LeftOut(NamedTuple):
    """A Kustomization that is written and not reconciled."""

    path: RepoPath
    name: str
    """namespace/name as written; the name alone where no namespace is."""
    reason: str


def left_out(snapshot: Snapshot, clues: Clues, clusters: Iterable[Cluster]) -> tuple[LeftOut, ...]:
    """Every Kustomization of a commit's files that none of the clusters has, sorted by path.

    Files that are no YAML, as templates are, tell none.
    """
    known = _Known(clusters)
    found = [
        LeftOut(clue.path, _name(here), known.reason(clue.path, here))
        for clue in clues.found()
        if clue.ks
        for number, here in _written(snapshot.read(clue.path))
        if not known.has(clue.path, number, here)
    ]
    return tuple(sorted(found))


class _Known:
    """What the clusters hold and read."""

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        self._places: set[tuple[RepoPath, int]] = set()
        self._roots: set[ObjectId] = set()
        self._read: set[RepoPath] = set()
        self._failing: list[tuple[ObjectId, frozenset[str]]] = []
        self._elsewhere: list[tuple[str, RepoPath]] = []
        for cluster in clusters:
            self._learn(cluster)

    def _learn(self, cluster: Cluster) -> None:
        if cluster.root is not None:
            self._roots.add(cluster.root.id)
        for ks_id in filter(is_ks, cluster.objects):
            for applied in cluster.copies(ks_id).values():
                self._places.add((applied.origin.path, applied.origin.document))
            self._read.update(cluster.files_of(ks_id))
        for ks_id, answer in cluster.kustomizations.items():
            ks = cluster.ks(ks_id)
            if answer.failure is not None:
                named = (each.name for each in answer.would_make if each.kind == "Kustomization")
                self._failing.append((ks_id, frozenset(named)))
            if ks is not None and ks.remote:
                self._elsewhere.append((str(ks_id), secure_path(ks.path)))

    def has(self, path: RepoPath, document: int, here: ObjectId) -> bool:
        """Is a Kustomization of this place, or the root that was found in it, part of a cluster?"""
        return (path, document) in self._places or here in self._roots

    def reason(self, path: RepoPath, here: ObjectId) -> str:
        """Why what is written here is in no cluster."""
        if aside := set_aside(path):
            return aside
        for ks_id, names in self._failing:
            if here.name in names:
                return f"behind {ks_id}, which fails"
        if path in self._read:
            return PATCH
        for sender, folder in self._elsewhere:
            if path.startswith(f"{folder}/"):
                return f"of another cluster: {sender} applies it there"
        if "$" in here.name or "{" in here.name:
            return "its name is given by a variable"
        return "nothing applies it"


def _written(data: bytes) -> Iterator[tuple[int, ObjectId]]:
    """The Kustomizations of a file, with the numbers of their documents."""
    try:
        trees: tuple[Node, ...] = documents(data)
    except YamlError:
        return
    for number, tree in enumerate(trees):
        if isinstance(tree, Mapping) and is_ks(here := object_id(tree)):
            yield number, here


def _name(here: ObjectId) -> str:
    return f"{here.namespace}/{here.name}" if here.namespace else here.name
