"""Values that a HelmRelease takes from a key which its ConfigMap or Secret does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
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
        source = scene.graph.applied(reference.target)
        if reference.optional or source is None or scene.makers.may_make(reference.target, None):
            continue
        key, held = values_key(applied, reference), _keys(source)
        if not held or key in held or may_hold_more(source.content) or symbols_in(list(held)):
            continue
        yield Finding(
            rule="values-source-missing",
            certainty=Certainty.CERTAIN,
            subject=applied.id,
            reference=missing(reference.target, f"{reference.field}.valuesKey"),
            message=unresolved_values(reference.target, key, "key not found"),
            origin=applied.origin,
            because=(f"{reference.target} holds {', '.join(sorted(held))}, and no {key}",),
            cluster=scene.label,
        )


def _keys(source: Applied) -> frozenset[str]:
    """The keys of data; of a ConfigMap's binaryData helm-controller takes none."""
    fields = ("data", "stringData") if source.id.kind == "Secret" else ("data",)
    return frozenset(key for field in fields for key in mapping(source.content, field))
