"""References of ks and HelmReleases that name an object which is not there.

Error strings: kustomize-controller's, helm-controller's and source-watcher's reconcilers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bisectops.flux.applied import Applied
from bisectops.flux.external_artifact import is_generator
from bisectops.flux.kinds import ObjectId, is_ks
from bisectops.flux.substitute import post_build_failure, substitutes
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.absence import absence_of, only_by_itself
from bisectops.rules.finding import Absence, Finding, missing
from bisectops.rules.refusals import refusal
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mappings, text


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a kind of reference is called when it fails, and how the controller words it."""

    rule: str
    message: Callable[[Scene, Applied, Reference], str | None]
    """None where the controller never comes to the reference."""


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """Every reference of an object that Flux would not resolve."""
    for reference in scene.graph.references(applied.id):
        kind = _KINDS.get(reference.kind)
        if kind is None or reference.optional:
            continue
        if refused := refusal(scene, applied, reference):
            yield refused
            continue
        absence = absence_of(scene, reference.target) or _feeds_on_itself(scene, applied, reference)
        message = kind.message(scene, applied, reference) if absence else None
        if absence is not None and message is not None:
            yield Finding(
                rule=kind.rule,
                certainty=absence.certainty,
                subject=applied.id,
                reference=missing(reference.target, reference.field),
                message=message,
                origin=applied.origin,
                because=(*absence.because, *_kept(applied, reference)),
                cluster=scene.label,
            )


def _kept(applied: Applied, reference: Reference) -> tuple[str, ...]:
    """What a release lives on whose source goes: its HelmChart keeps the artifact that it has."""
    if reference.field != "spec.chart.spec.sourceRef":
        return ()
    chart = _chart_of(applied, reference)
    return (f"{chart} says so; the release itself stays Ready if that had fetched its chart before",)


def _feeds_on_itself(scene: Scene, applied: Applied, reference: Reference) -> Absence | None:
    """A ks cannot start from what only it would apply: its variables come before its objects do."""
    if reference.kind not in (EdgeKind.SUBSTITUTES_FROM, EdgeKind.DECRYPTS_WITH) or not is_ks(applied.id):
        return None
    if set(scene.cluster.copies(reference.target)) != {applied.id}:
        return None
    return only_by_itself(scene, applied, reference.target)


def _plural(kind: str) -> str:
    return {"Secret": "secrets", "ConfigMap": "configmaps"}.get(kind, f"{kind.lower()}s")


def _not_found(target: ObjectId) -> str:
    return f'{_plural(target.kind)} "{target.name}" not found'


def _source(target: ObjectId) -> str:
    return f'{target.kind}.source.toolkit.fluxcd.io "{target.name}" not found'


def _decryption(_: Scene, __: Applied, reference: Reference) -> str:
    return _not_found(reference.target)


def _substitute(scene: Scene, applied: Applied, reference: Reference) -> str | None:
    """The variables are loaded for the first object that wants substitution, if any does.

    What another repository holds is not seen, and may do so.
    """
    reconciled = scene.cluster.reconciled(applied.id)
    if reconciled is None:
        return None
    target = reference.target
    reason = f"substitute from '{target.kind}/{target.name}' error: {_not_found(target)}"
    first = next(filter(substitutes, (found.content for found in reconciled.objects)), None)
    if first is None:
        return f"post build failed: {reason}" if reconciled.unseen else None
    return post_build_failure(first, reason).message


def _values(_: Scene, applied: Applied, reference: Reference) -> str:
    return unresolved_values(reference.target, values_key(applied, reference), _not_found(reference.target))


def values_key(applied: Applied, reference: Reference) -> str:
    """The key of a ConfigMap or Secret that an entry of valuesFrom takes."""
    entries = mappings(applied.content, "spec", "valuesFrom")
    index = int(reference.field.partition("[")[2].rstrip("]") or 0)
    return (text(entries[index], "valuesKey") if index < len(entries) else None) or "values.yaml"


def unresolved_values(target: ObjectId, key: str, reason: str) -> str:
    """What helm-controller says of values that it cannot take (fluxcd/pkg chartutil/values.go)."""
    place = f"{target.namespace}/{target.name}"
    return f"could not resolve {target.kind} chart values reference '{place}' with key '{key}': {reason}"


def _chart(_: Scene, __: Applied, reference: Reference) -> str:
    return f"could not get Source object: {_source(reference.target)}"


def _source_of(_: Scene, applied: Applied, reference: Reference) -> str:
    if is_generator(applied.id):
        return f"get sources failed: {_source(reference.target)}"
    if applied.id.kind != "HelmRelease":
        return _source(reference.target)
    chart = _chart_of(applied, reference)
    return f"{chart} is not ready: failed to get source: {_source(reference.target)}"


def _chart_of(applied: Applied, reference: Reference) -> str:
    """The HelmChart that helm-controller makes of spec.chart, beside the source."""
    return f"HelmChart '{reference.target.namespace}/{applied.id.namespace}-{applied.id.name}'"


def _health(scene: Scene, applied: Applied, reference: Reference) -> str | None:
    """Health is checked once all is applied, so not where that fails."""
    reconciled = scene.cluster.reconciled(applied.id)
    if reconciled is None or reconciled.failure is not None:
        return None
    return f"health check failed: timeout waiting for: [{reference.target} status: 'NotFound']"


def _dependency(_: Scene, applied: Applied, reference: Reference) -> str:
    target = reference.target
    place = f"{target.namespace}/{target.name}"
    tail = f'{target.kind.lower()}s.{target.group} "{target.name}" not found'
    if is_ks(applied.id):
        return f"dependency '{place}' not found: {tail}"
    return f"unable to get '{place}' dependency: {tail}"


_KINDS = {
    EdgeKind.DECRYPTS_WITH: _Kind("decryption-secret-missing", _decryption),
    EdgeKind.SOURCE: _Kind("source-not-found", _source_of),
    EdgeKind.CHART: _Kind("source-not-found", _chart),
    EdgeKind.SUBSTITUTES_FROM: _Kind("substitute-source-missing", _substitute),
    EdgeKind.VALUES_FROM: _Kind("values-source-missing", _values),
    EdgeKind.DEPENDS_ON: _Kind("dependency-not-found", _dependency),
    EdgeKind.CHECKS_HEALTH: _Kind("dependency-not-found", _health),
}
