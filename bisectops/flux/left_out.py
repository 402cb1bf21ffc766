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


class Held(NamedTuple):
    """What a cluster holds and reads, as far as others are told from it."""

    root: ObjectId | None
    places: frozenset[tuple[RepoPath, int]]
    """Where its Kustomizations are written, by file and document."""
    read: frozenset[RepoPath]
    failing: tuple[tuple[ObjectId, frozenset[str]], ...]
    """Its Kustomizations that fail, with the names of those that they would make."""
    elsewhere: tuple[tuple[ObjectId, RepoPath], ...]
    """Its Kustomizations that apply a folder to another cluster."""


def held(cluster: Cluster) -> Held:
    """What a cluster holds."""
    own = list(filter(is_ks, cluster.objects))
    copies = (applied for ks_id in own for applied in cluster.copies(ks_id).values())
    specs = ((ks_id, cluster.ks(ks_id)) for ks_id in cluster.kustomizations)
    return Held(
        root=cluster.root.id if cluster.root else None,
        places=frozenset((applied.origin.path, applied.origin.document) for applied in copies),
        read=frozenset(path for ks_id in own for path in cluster.files_of(ks_id)),
        failing=tuple(
            (ks_id, frozenset(each.name for each in answer.would_make if each.kind == "Kustomization"))
            for ks_id, answer in cluster.kustomizations.items()
            if answer.failure is not None
        ),
        elsewhere=tuple((ks_id, secure_path(ks.path)) for ks_id, ks in specs if ks and ks.remote),
    )


def left_out(snapshot: Snapshot, clues: Clues, clusters: Iterable[Held]) -> tuple[LeftOut, ...]:
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
    """What all clusters hold and read."""

    def __init__(self, clusters: Iterable[Held]) -> None:
        each = tuple(clusters)
        self._places = {place for held in each for place in held.places}
        self._roots = {held.root for held in each}
        self._read = {path for held in each for path in held.read}
        self._failing = [failing for held in each for failing in held.failing]
        self._elsewhere = [sent for held in each for sent in held.elsewhere]

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
