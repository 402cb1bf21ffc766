"""Who else may make an object: what git shows of operators, copies and hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from bisectops.flux.kinds import HELM_GROUP, ObjectId
from bisectops.flux.namespace_selector import selected
from bisectops.flux.out_of_band import ByHand, HandFinder
from bisectops.flux.provided import Provided
from bisectops.flux.providers import Providers, provided_by
from bisectops.git.snapshot import MemorySnapshot, Snapshot
from bisectops.kustomize.resource import Node

Labels: TypeAlias = Mapping[str, str] | None


class Keys(NamedTuple):
    """Who makes a Secret or ConfigMap, and the keys of its data."""

    maker: ObjectId
    keys: frozenset[str]


class Makers:
    """The objects that others than Flux make, as far as git tells.

    Operators are followed object by object. Bootstrap folders and scripts are looked through only once
    an absence hangs on them, and from then on wherever they change.
    """

    def __init__(self, hands: HandFinder | None = None) -> None:
        self._providers = Providers()
        self._surely: dict[ObjectId, tuple[ObjectId, ...]] = {}
        self._namespaces: dict[tuple[str, str], Counter[str]] = {}
        self._hands = hands or HandFinder()
        self._snapshot: Snapshot = MemorySnapshot({})
        self._by_hand: ByHand | None = None

    def look_at(self, snapshot: Snapshot, *, moved: bool) -> bool:
        """Move to another commit's files; whether that changes what was said of hands.

        `moved`: may what is applied by hand have changed?
        """
        self._snapshot = snapshot
        if self._by_hand is None or not moved:
            return False
        before, self._by_hand = self._by_hand, self._hands.find(snapshot)
        return before is not self._by_hand

    def update(self, maker: ObjectId, tree: Mapping[str, Node] | None) -> tuple[Provided, ...]:
        """Take over what an applied object makes; answers what it began or ceased to make."""
        changed = self._providers.update(maker, tree)
        if changed:
            self._count(maker, tree)
        return changed

    def _count(self, maker: ObjectId, tree: Mapping[str, Node] | None) -> None:
        for made in self._surely.pop(maker, ()):
            self._namespaces[made.kind, made.name][made.namespace] -= 1
        surely = tuple(_made(each) for each in (provided_by(tree) if tree else ()) if _is_one(each))
        for made in surely:
            self._namespaces.setdefault((made.kind, made.name), Counter())[made.namespace] += 1
        if surely:
            self._surely[maker] = surely

    def makes(self, target: ObjectId, labels: Labels) -> bool:
        """Does an operator surely make an object? `labels` are those of its namespace, None if not shown."""
        return any(_makes(each, target, labels) for _, each in self._providers.of(target))

    def may_make(self, target: ObjectId, labels: Labels) -> str:
        """Who may make an object, empty where git shows nobody."""
        found = (m for m, each in self._providers.of(target) if _makes(each, target, labels) is not False)
        return str(next(found, ""))

    def may_fill(self, target: ObjectId) -> bool:
        """May somebody put more into an object that git applies? No chart: Helm takes over no object."""
        return any(maker.group != HELM_GROUP for maker, _ in self._providers.of(target))

    def keys(self, target: ObjectId) -> Keys | None:
        """What an operator surely makes an object of; None where git does not show that."""
        found = self._providers.of(target)
        written = [each.keys for _, each in found if each.sure and each.keys and not each.selectors]
        if not found or len(written) < len(found):
            return None
        return Keys(found[0][0], frozenset().union(*written))

    def passes_over(self, target: ObjectId) -> str:
        """Who makes objects of this name, in the namespaces that its selectors choose."""
        return str(next((maker for maker, each in self._providers.of(target) if each.selectors), ""))

    @property
    def chooses_namespaces(self) -> bool:
        """Does any operator go by the labels of namespaces?"""
        return self._providers.chooses_namespaces

    def namespaces(self, kind: str, name: str) -> set[str]:
        """The namespaces in which an operator surely makes an object of this kind and name."""
        counted = self._namespaces.get((kind, name), Counter())
        return {namespace for namespace, makers in counted.items() if makers > 0}

    def made(self) -> Iterator[tuple[ObjectId, ObjectId]]:
        """Each operator's object with what it surely makes."""
        return ((maker, made) for maker in sorted(self._surely) for made in self._surely[maker])

    @property
    def hands(self) -> ByHand:
        """What is applied by hand."""
        if self._by_hand is None:
            self._by_hand = self._hands.find(self._snapshot)
        return self._by_hand


def _makes(provided: Provided, target: ObjectId, labels: Labels) -> bool | None:
    """Whether an operator makes an object; None where it may."""
    if provided.selectors:
        return selected(provided.selectors, target.namespace, labels)
    return provided.sure or None


def _is_one(provided: Provided) -> bool:
    return provided.sure and not provided.pattern and provided.namespace != "*"


def _made(provided: Provided) -> ObjectId:
    return ObjectId(provided.kind, provided.namespace, provided.name)
