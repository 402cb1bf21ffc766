"""The resource graph: every object of a cluster, and typed edges to what it refers to.

A node without an object is something that is referred to and not there. The graph follows a
cluster from commit to commit: `update` costs what the object's references cost, nothing more, and
a search does so a hundred thousand times. Whoever wants an algorithm asks for it `as_networkx`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import Enum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId

if TYPE_CHECKING:
    import networkx as nx


class EdgeKind(Enum):
    """What one object wants of another."""

    APPLIES = "applies"
    SOURCE = "source"
    CHART = "chart"
    DEPENDS_ON = "depends-on"
    CHECKS_HEALTH = "checks-health"
    DECRYPTS_WITH = "decrypts-with"
    SUBSTITUTES_FROM = "substitutes-from"
    VALUES_FROM = "values-from"
    INCLUDES_COMPONENT = "includes-component"
    PROVIDES = "provides"


class Reference(NamedTuple):
    """A field of one object that names another."""

    kind: EdgeKind
    target: ObjectId
    field: str
    """The field's path in the object, as `kubectl explain` writes it."""
    optional: bool = False


class ResourceGraph:
    """Objects and references; iterating over it gives the nodes, in no particular order."""

    def __init__(self) -> None:
        self._nodes: dict[ObjectId, Applied | None] = {}
        self._references: dict[ObjectId, tuple[Reference, ...]] = {}
        self._referrers: dict[ObjectId, set[ObjectId]] = {}
        self._absent: dict[tuple[str, str], set[ObjectId]] = {}

    def __iter__(self) -> Iterator[ObjectId]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def number_of_edges(self) -> int:
        """How many references there are: an object may refer to another in several fields."""
        return sum(map(len, self._references.values()))

    def update(self, object_id: ObjectId, applied: Applied | None, references: tuple[Reference, ...]) -> None:
        """Put an object, or its absence, in the place of what was known of it."""
        before = {reference.target for reference in self._references.pop(object_id, ())}
        after = {reference.target for reference in references}
        if references:
            self._references[object_id] = references
        self._put(object_id, applied)
        for target in after - before:
            if target not in self._nodes:
                self._put(target, None)
            self._referrers.setdefault(target, set()).add(object_id)
        for target in before - after:
            self._referrers[target].discard(object_id)
            self._drop_if_unknown(target)
        self._drop_if_unknown(object_id)

    def _drop_if_unknown(self, object_id: ObjectId) -> None:
        if self._referrers.get(object_id):
            return
        self._referrers.pop(object_id, None)
        if object_id in self._nodes and self._nodes[object_id] is None:
            del self._nodes[object_id]
            self._note_absence(object_id, absent=False)

    def _put(self, object_id: ObjectId, applied: Applied | None) -> None:
        self._nodes[object_id] = applied
        self._note_absence(object_id, absent=applied is None)

    def _note_absence(self, object_id: ObjectId, *, absent: bool) -> None:
        named = (object_id.kind, object_id.name)
        if absent:
            self._absent.setdefault(named, set()).add(object_id)
        elif namesakes := self._absent.get(named):
            namesakes.discard(object_id)
            if not namesakes:
                del self._absent[named]

    def absences(self) -> Iterable[tuple[str, str]]:
        """The kinds and names of all that is referred to and not there."""
        return self._absent.keys()

    def absent(self, kind: str, name: str) -> frozenset[ObjectId]:
        """What is referred to by this kind and name, in any namespace, and is not there."""
        return frozenset(self._absent.get((kind, name), ()))

    def applied(self, object_id: ObjectId) -> Applied | None:
        """The object itself; None where nothing is, referred to or not."""
        return self._nodes.get(object_id)

    def objects(self) -> Iterator[Applied]:
        """Every object that is there, in no particular order."""
        return (applied for applied in self._nodes.values() if applied is not None)

    def references(self, object_id: ObjectId, *kinds: EdgeKind) -> Sequence[Reference]:
        """What an object refers to, in the order of its fields; all kinds of edges unless some are named."""
        found = self._references.get(object_id, ())
        return [reference for reference in found if reference.kind in kinds] if kinds else found

    def referrers(self, object_id: ObjectId, *kinds: EdgeKind) -> frozenset[ObjectId]:
        """The objects that refer to this one, there or not."""
        found = self._referrers.get(object_id, ())
        if not kinds:
            return frozenset(found)
        return frozenset(
            source
            for source in found
            if any(r.target == object_id and r.kind in kinds for r in self._references[source])
        )

    def cycles(self, kind: EdgeKind, among: Iterable[ObjectId]) -> list[frozenset[ObjectId]]:
        """The sets of objects that reach one another along edges of one kind, and are reached from some."""
        wanted: dict[ObjectId, set[ObjectId]] = {}
        waiting = list(among)
        while waiting:
            here = waiting.pop()
            if here not in wanted:
                wanted[here] = {reference.target for reference in self.references(here, kind)}
                waiting.extend(wanted[here])
        return _rings(wanted) if _leads_back(wanted) else []

    def as_networkx(self) -> nx.MultiDiGraph[ObjectId]:
        """The same for networkx: nodes with `applied`, edges with their `reference`."""
        import networkx as nx  # takes longer to load than most commits to judge

        graph: nx.MultiDiGraph[ObjectId] = nx.MultiDiGraph()
        graph.add_nodes_from((node, {"applied": applied}) for node, applied in self._nodes.items())
        for source, references in self._references.items():
            for each in references:
                graph.add_edge(source, each.target, key=(each.kind, each.field), reference=each)
        return graph


def _leads_back(edges: Mapping[ObjectId, Set[ObjectId]]) -> bool:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        return True
    return False


def _rings(edges: Mapping[ObjectId, Set[ObjectId]]) -> list[frozenset[ObjectId]]:
    import networkx as nx  # as above: hardly any commit has a ring

    graph: nx.DiGraph[ObjectId] = nx.DiGraph(edges)
    found = nx.strongly_connected_components(graph)
    return [frozenset(ring) for ring in found if len(ring) > 1 or any(node in edges[node] for node in ring)]
