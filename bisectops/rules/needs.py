"""What Kustomizations must have before they apply anything: variables and keys, and who else needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bisectops.flux.kinds import ObjectId
from bisectops.graph.model import EdgeKind, Reference, ResourceGraph


class Needs:
    """Follows a graph from commit to commit: how surely one thing is missing, all who need it tell."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self._substituted: Counter[ObjectId] = Counter()
        self._keys: Counter[ObjectId] = Counter()

    def update(
        self, user: ObjectId, before: Sequence[Reference], after: Sequence[Reference]
    ) -> tuple[set[ObjectId], bool]:
        """Take over what an object refers to, before the graph does.

        Returns who else misses the variables that it takes otherwise now, and whether other keys are used
        than before: how surely one is missing, all who take it tell, and what they take beside it.
        """
        took, takes = _of_kind(before, EdgeKind.SUBSTITUTES_FROM), _of_kind(after, EdgeKind.SUBSTITUTES_FROM)
        others: set[ObjectId] = set()
        if took != takes:
            self._substituted.subtract(_targets(took))
            self._substituted.update(_targets(takes))
            missing = (each for each in _targets(took) | _targets(takes) if self._graph.applied(each) is None)
            others.update(*map(self._graph.referrers, missing))
        used, uses = _of_kind(before, EdgeKind.DECRYPTS_WITH), _of_kind(after, EdgeKind.DECRYPTS_WITH)
        self._keys.subtract(_targets(used))
        self._keys.update(_targets(uses))
        keys = _targets(used) ^ _targets(uses)
        return others, any(self._graph.referrers(key, EdgeKind.DECRYPTS_WITH) <= {user} for key in keys)

    def substituted(self) -> frozenset[ObjectId]:
        """What is substituted from."""
        return frozenset(target for target, users in self._substituted.items() if users > 0)

    def keys(self) -> frozenset[ObjectId]:
        """What is decrypted with."""
        return frozenset(target for target, users in self._keys.items() if users > 0)


def _of_kind(references: Iterable[Reference], kind: EdgeKind) -> list[Reference]:
    return [each for each in references if each.kind is kind]


def _targets(references: Iterable[Reference]) -> set[ObjectId]:
    return {each.target for each in references}
