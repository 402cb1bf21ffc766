"""Values that a HelmRelease takes from a key which its ConfigMap or Secret does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId
from bisectops.flux.not_gits_own import may_hold_more
from bisectops.flux.substitute import symbols_in
from bisectops.graph.model import EdgeKind
from bisectops.rules.finding import Certainty, Finding, missing
from bisectops.rules.references import unresolved_values, values_key
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """Each key of a release's valuesFrom that git shows not to be there."""
    for reference in scene.graph.references(applied.id, EdgeKind.VALUES_FROM):
        told = None if reference.optional else _held(scene, reference.target)
        key = values_key(applied, reference)
        if told is None or key in told.keys or symbols_in(list(told.keys)):
            continue
        yield Finding(
            rule="values-source-missing",
            certainty=told.certainty,
            subject=applied.id,
            reference=missing(reference.target, f"{reference.field}.valuesKey"),
            message=unresolved_values(reference.target, key, "key not found"),
            origin=applied.origin,
            because=(f"{told.by} {', '.join(sorted(told.keys))}, and no {key}",),
            cluster=scene.label,
        )


class _Held(NamedTuple):
    """The keys of a ConfigMap or Secret, as far as git proves that there are no others."""

    keys: frozenset[str]
    certainty: Certainty
    by: str


def _held(scene: Scene, target: ObjectId) -> _Held | None:
    """What somebody who takes values finds in an object; None where git does not show all of it."""
    source = scene.graph.applied(target)
    if source is None:
        made = None if scene.knows(target) else scene.makers.keys(target)
        return made and _Held(made.keys, Certainty.LIKELY, f"{made.maker} makes it, with")
    keys = _keys(source)
    if not keys or may_hold_more(source.content) or scene.makers.may_fill(target):
        return None
    return _Held(keys, Certainty.CERTAIN, f"{target} holds")


def _keys(source: Applied) -> frozenset[str]:
    """The keys of data; of a ConfigMap's binaryData helm-controller takes none."""
    fields = ("data", "stringData") if source.id.kind == "Secret" else ("data",)
    return frozenset(key for field in fields for key in mapping(source.content, field))
