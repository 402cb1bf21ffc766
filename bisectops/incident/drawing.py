"""The resource graph of one commit, whole or around some objects: what `graph` answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bisectops.errors import RepositoryError
from bisectops.flux.holdings import ROOT_OWNER
from bisectops.flux.kinds import ObjectId, is_meant
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.graph.export import GraphEdge, GraphNode, neighbourhood
from bisectops.graph.model import ResourceGraph
from bisectops.history.request import Request
from bisectops.incident.counterfactual import content
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.whole import whole
from bisectops.yaml.positions import locate


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The answer of `graph`."""

    commit: Oid
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


def draw(request: Request, depth: int) -> Drawing:
    """The graph at `request.bad`; of what is within `depth` edges of `request.objects`, where some are named.

    Raises UnknownRevision, NoClusterRoot, or RepositoryError where no such object is there.
    """
    repository = Repository(request.directory)
    commit = repository.resolve(request.bad)
    snapshot = repository.snapshot(commit)
    judge = RepositoryJudge(request.clusters)
    judge.move(snapshot, None)
    nodes: list[GraphNode] = []
    edges: list[GraphEdge] = []
    for cluster in judge.clusters.values():
        graph = whole(cluster.scene, snapshot)
        kept = _kept(graph, request.objects, depth)
        label = f"{cluster.scene.label}:" if cluster.scene.label else ""
        lines = _Lines(snapshot) if request.objects else None
        nodes += [_node(graph, each, label, lines) for each in sorted(kept)]
        edges += sorted(_edges(graph, kept, label), key=lambda e: (e.source, e.target, e.kind, e.field))
    if request.objects and not nodes:
        raise RepositoryError(
            f"nothing at {commit[:10]} is called {', '.join(sorted(request.objects))}",
            hint="`bisectops graph` without --object lists every object",
        )
    return Drawing(commit=commit, nodes=tuple(nodes), edges=tuple(edges))


def _kept(graph: ResourceGraph, wanted: frozenset[str], depth: int) -> set[ObjectId]:
    if not wanted:
        return set(graph)
    meant = [each for each in graph if any(is_meant(str(each), name) for name in wanted)]
    return neighbourhood(graph, meant, depth)


class _Lines:
    """The lines on which objects begin; only told of a few, since finding one means to parse its file."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def of(self, graph: ResourceGraph, object_id: ObjectId) -> int | None:
        applied = graph.applied(object_id)
        data = content(self._snapshot, applied.origin.path) if applied else None
        return locate(data, applied.origin.document, ()) if applied and data is not None else None


def _node(graph: ResourceGraph, object_id: ObjectId, label: str, lines: _Lines | None) -> GraphNode:
    applied = graph.applied(object_id)
    by = applied.applied_by if applied and applied.applied_by != ROOT_OWNER else None
    return GraphNode(
        key=f"{label}{object_id}",
        kind=object_id.kind,
        namespace=object_id.namespace,
        name=object_id.name,
        present=applied is not None or object_id.kind == "Component",
        path=applied.origin.path if applied else "",
        line=lines.of(graph, object_id) if lines else None,
        applied_by=f"{label}{by}" if by else "",
        shaped_by=tuple(f"{s.what}[{s.position}] of {s.path}" for s in applied.shaped_by) if applied else (),
    )


def _edges(graph: ResourceGraph, kept: set[ObjectId], label: str) -> Iterator[GraphEdge]:
    for source in kept:
        for reference in graph.references(source):
            if reference.target in kept:
                yield GraphEdge(
                    source=f"{label}{source}",
                    target=f"{label}{reference.target}",
                    kind=reference.kind.value,
                    field=reference.field,
                    optional=reference.optional,
                )
