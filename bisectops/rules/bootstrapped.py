"""What nobody applies where bootstrap works: whether a hand made it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple, Protocol

from bisectops.flux.kinds import ObjectId
from bisectops.flux.out_of_band import FILE, AppliedByHand, ByHand, conventional
from bisectops.graph.model import EdgeKind, ResourceGraph
from bisectops.rules.finding import Certainty
from bisectops.rules.needs import Needs

Verdict = tuple[Certainty, str]


class Substituting(Protocol):
    """A cluster, as far as its variables go."""

    @property
    def needs(self) -> Needs:
        """What its Kustomizations must have."""
        ...

    def makes(self, target: ObjectId) -> bool:
        """Does git make an object of it, or may it?"""
        ...


class Settings(NamedTuple):
    """The ConfigMaps that a cluster substitutes from, and whether git makes any of them."""

    named: frozenset[ObjectId]
    made: bool


def settings(cluster: Substituting) -> Settings:
    """What a cluster substitutes from."""
    named = frozenset(each for each in cluster.needs.substituted() if each.kind == "ConfigMap")
    return Settings(named, any(map(cluster.makes, named)))


def handed_over(clusters: Iterable[Settings]) -> frozenset[ObjectId]:
    """The ConfigMaps that bootstrap hands to each of several clusters, by what git shows of all of them.

    Every cluster that substitutes from any needs one of the same name, and git makes none for anybody: one
    that git had lost would be missing in one place, or beside others that git still makes.
    """
    every = [each for each in clusters if each.named]
    if len(every) < 2 or any(each.made for each in every):
        return frozenset()
    return frozenset.intersection(*(each.named for each in every))


def judged(
    graph: ResourceGraph,
    root: ObjectId,
    hands: ByHand,
    target: ObjectId,
    *,
    keys: Set[ObjectId],
    handed_over: bool,
) -> Verdict:
    """How far git proves that a Secret or ConfigMap of the root's namespace is missing, and by what.

    `keys` are those that the cluster's Kustomizations decrypt with; `handed_over`: is it one of what
    bootstrap hands to each of several clusters?
    """
    if told := _told_of_another(graph, hands, target):
        note = f"{told.path} tells of {told.name}, which somebody applies there, and not of this one"
        return Certainty.LIKELY, note
    if key := _usual_key(target, keys):
        return Certainty.LIKELY, f"Others decrypt with {key}, the key that bootstrap usually makes there"
    if any(wanted.target == target and not wanted.optional for wanted in graph.references(root)):
        note = "The root itself needs it before it applies anything, so something else makes it"
        return Certainty.POSSIBLE, note
    if file := _file_of_that_name(hands, target):
        return Certainty.POSSIBLE, f"{file.path} applies a file of that name, {file.name}"
    if handed_over:
        note = f"Each cluster of this repository needs {target.name}, and git makes it for none of them"
        return Certainty.POSSIBLE, note
    if doubting := _takes_it_if_there(graph, target):
        return Certainty.LIKELY, f"{doubting} takes it only where it is there, so it may well not be"
    weak = Certainty.POSSIBLE if target.kind == "Secret" else Certainty.LIKELY
    return weak, f"Bootstrap often makes {target.kind}s in {target.namespace}"


def _told_of_another(graph: ResourceGraph, hands: ByHand, target: ObjectId) -> AppliedByHand | None:
    """Who applies another key there, or what is substituted beside these settings, but not this.

    A key that nobody of the cluster uses may be another cluster's, or of former days: that one is told of
    speaks only against a name that bootstrap would hardly use.
    """
    decrypts = target.kind == "Secret" and (
        _is_key(target.name) or bool(graph.referrers(target, EdgeKind.DECRYPTS_WITH))
    )
    odd = not conventional(target.name)
    beside = set(_variables_beside(graph, target)) if target.kind == "ConfigMap" else set()
    for each in hands.found:
        if each.namespace not in (target.namespace, "") or each.path.endswith(".md"):
            continue  # instructions age
        if (each.kind, each.name) in beside:
            return each
        key = ObjectId(each.kind, each.namespace, each.name)
        used = bool(graph.referrers(key, EdgeKind.DECRYPTS_WITH))
        if decrypts and (used or (odd and _is_key(key.name) and key.namespace)):
            return each
    return None


def _usual_key(target: ObjectId, keys: Set[ObjectId]) -> ObjectId | None:
    """The key of a usual name with which others decrypt, where one of an odd name is wanted."""
    if target not in keys or conventional(target.name):
        return None
    usual = (key for key in keys if key.namespace == target.namespace and _is_key(key.name))
    return min(usual, default=None)


def _variables_beside(graph: ResourceGraph, target: ObjectId) -> Iterator[tuple[str, str]]:
    """What else those substitute from who substitute from an object, by kind and name."""
    for user in graph.referrers(target, EdgeKind.SUBSTITUTES_FROM):
        for wanted in graph.references(user, EdgeKind.SUBSTITUTES_FROM):
            if wanted.target != target and wanted.target.namespace == target.namespace:
                yield wanted.target.kind, wanted.target.name


def _file_of_that_name(hands: ByHand, target: ObjectId) -> AppliedByHand | None:
    """Who applies a file that is called like the object, wherever it has gone since."""
    named = (each for each in hands.found if each.kind == FILE)
    return next((each for each in named if _stem(each.name) == target.name), None)


def _takes_it_if_there(graph: ResourceGraph, target: ObjectId) -> ObjectId | None:
    """Who needs an object only where it is there."""
    kind = EdgeKind.SUBSTITUTES_FROM
    wanted = (
        (user, each)
        for user in sorted(graph.referrers(target, kind))
        for each in graph.references(user, kind)
        if each.target == target
    )
    return next((user for user, each in wanted if each.optional), None)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _is_key(name: str) -> bool:
    return name.startswith("sops-") and conventional(name)
