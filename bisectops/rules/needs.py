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

        Returns who else needs what it needs otherwise now, and whether other keys are used than before.
        """
        needed, needs = _needs(before), _needs(after)
        if needed == needs:
            return set(), False
        self._substituted.subtract(_targets(needed, EdgeKind.SUBSTITUTES_FROM))
        self._substituted.update(_targets(needs, EdgeKind.SUBSTITUTES_FROM))
        self._keys.subtract(_targets(needed, EdgeKind.DECRYPTS_WITH))
        self._keys.update(_targets(needs, EdgeKind.DECRYPTS_WITH))
        touched = {each.target for each in (*needed, *needs)}
        others = {other for target in touched for other in self._graph.referrers(target)}
        keys = _targets(needed, EdgeKind.DECRYPTS_WITH) ^ _targets(needs, EdgeKind.DECRYPTS_WITH)
        return others, any(self._graph.referrers(key, EdgeKind.DECRYPTS_WITH) <= {user} for key in keys)

    def substituted(self) -> frozenset[ObjectId]:
        """What is substituted from."""
        return frozenset(target for target, users in self._substituted.items() if users > 0)

    def keys(self) -> frozenset[ObjectId]:
        """What is decrypted with."""
        return frozenset(target for target, users in self._keys.items() if users > 0)


def _needs(references: Iterable[Reference]) -> list[Reference]:
    return [each for each in references if each.kind in (EdgeKind.SUBSTITUTES_FROM, EdgeKind.DECRYPTS_WITH)]


def _targets(references: Iterable[Reference], kind: EdgeKind) -> set[ObjectId]:
    return {each.target for each in references if each.kind is kind}
