"""The resource graph: every object of a cluster, and typed edges to what it refers to.

A node without an object is something that is referred to and not there. The graph follows a
cluster from commit to commit: `update` costs what the object's references cost, nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

import networkx as nx

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId


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
    """Objects and references, as a networkx MultiDiGraph whose nodes are ObjectIds."""

    def __init__(self) -> None:
        self.nx: nx.MultiDiGraph[ObjectId] = nx.MultiDiGraph()
        self._absent: dict[tuple[str, str], set[ObjectId]] = {}

    def update(self, object_id: ObjectId, applied: Applied | None, references: tuple[Reference, ...]) -> None:
        """Put an object, or its absence, in the place of what was known of it."""
        outgoing = list(self.nx.out_edges(object_id, keys=True)) if object_id in self.nx else []
        self._put(object_id, applied)
        self.nx.remove_edges_from(outgoing)
        for reference in references:
            if reference.target not in self.nx:
                self._put(reference.target, None)
            self.nx.add_edge(
                object_id, reference.target, key=(reference.kind, reference.field), reference=reference
            )
        for _, target, _ in outgoing:
            self._drop_if_unknown(target)
        self._drop_if_unknown(object_id)

    def _drop_if_unknown(self, object_id: ObjectId) -> None:
        if object_id in self.nx and self.applied(object_id) is None and not self.nx.in_degree(object_id):
            self.nx.remove_node(object_id)
            self._note_absence(object_id, absent=False)

    def _put(self, object_id: ObjectId, applied: Applied | None) -> None:
        self.nx.add_node(object_id, applied=applied)
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
        node = self.nx.nodes.get(object_id)
        return node["applied"] if node else None

    def objects(self) -> Iterator[Applied]:
        """Every object that is there, in no particular order."""
        return (node["applied"] for _, node in self.nx.nodes(data=True) if node["applied"] is not None)

    def references(self, object_id: ObjectId, *kinds: EdgeKind) -> list[Reference]:
        """What an object refers to, in the order of its fields; all kinds of edges unless some are named."""
        if object_id not in self.nx:
            return []
        found = (data["reference"] for _, _, data in self.nx.out_edges(object_id, data=True))
        return [reference for reference in found if not kinds or reference.kind in kinds]

    def referrers(self, object_id: ObjectId, *kinds: EdgeKind) -> set[ObjectId]:
        """The objects that refer to this one, there or not."""
        if object_id not in self.nx:
            return set()
        found = ((source, data["reference"]) for source, _, data in self.nx.in_edges(object_id, data=True))
        return {source for source, reference in found if not kinds or reference.kind in kinds}

    def cycles(self, kind: EdgeKind, among: Iterable[ObjectId]) -> list[frozenset[ObjectId]]:
        """The sets of objects that reach one another along edges of one kind, and are reached from some."""
        wanted: nx.DiGraph[ObjectId] = nx.DiGraph()
        waiting = list(among)
        seen = set(waiting)
        while waiting:
            here = waiting.pop()
            targets = {reference.target for reference in self.references(here, kind)}
            wanted.add_edges_from((here, target) for target in targets)
            waiting.extend(targets - seen)
            seen |= targets
        return [
            frozenset(members)
            for members in nx.strongly_connected_components(wanted)
            if len(members) > 1 or any(wanted.has_edge(member, member) for member in members)
        ]
