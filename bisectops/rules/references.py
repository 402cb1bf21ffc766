"""References of ks and HelmReleases that name an object which is not there.

Error strings: kustomize-controller's, helm-controller's and source-watcher's reconcilers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bisectops.flux.applied import Applied
from bisectops.flux.external_artifact import is_generator
from bisectops.flux.kinds import HELM_GROUP, ObjectId, is_ks
from bisectops.flux.substitute import post_build_failure, substitutes
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.absence import absence_of, only_by_itself
from bisectops.rules.finding import Absence, Certainty, Finding, Missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping, mappings, text


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
        if _is_refused(scene, applied, reference):
            yield _refused(scene, applied, reference)
            continue
        if supported := _unsupported(applied, reference):
            yield _invalid(scene, applied, reference, supported)
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


def _is_refused(scene: Scene, applied: Applied, reference: Reference) -> bool:
    """Does --no-cross-namespace-refs forbid this source before anything is looked up?"""
    root = scene.cluster.root
    return (
        root is not None
        and reference.kind in (EdgeKind.SOURCE, EdgeKind.CHART)
        and not is_generator(applied.id)
        and reference.target.namespace != applied.id.namespace
        and root.controller.refuses_other_namespaces
    )


def _unsupported(applied: Applied, reference: Reference) -> tuple[str, ...]:
    """The kinds that the field of a source could name, where the one it names is none of them."""
    supported = _SUPPORTED.get((applied.id.kind, reference.field), ())
    known = reference.target.kind in supported or not reference.target.kind.isalnum()
    return () if known else supported


def _invalid(scene: Scene, applied: Applied, reference: Reference, supported: tuple[str, ...]) -> Finding:
    """A source of a kind that the API server refuses."""
    target = reference.target
    values = ", ".join(f'"{kind}"' for kind in supported)
    place = f"{applied.id.kind}/{applied.id.namespace}/{applied.id.name}"
    return Finding(
        rule="source-not-found",
        certainty=Certainty.CERTAIN,
        subject=applied.id,
        reference=missing(target, reference.field),
        message=f"{place} dry-run failed (Invalid): {reference.field}.kind: "
        f'Unsupported value: "{target.kind}": supported values: {values}',
        origin=applied.origin,
        because=(f"{reference.field} of {applied.id} cannot name a {target.kind}",),
        cluster=scene.label,
    )


def _refused(scene: Scene, applied: Applied, reference: Reference) -> Finding:
    target = reference.target
    place = f"{target.namespace}/{target.name}"
    ks = f"can't access '{target.kind}/{place}', cross-namespace references have been blocked"
    release = f"cross-namespace references are not allowed: cannot access {target.kind} {place}"
    return Finding(
        rule="source-not-found",
        certainty=Certainty.LIKELY,
        subject=applied.id,
        reference=missing(target, reference.field),
        message=ks if is_ks(applied.id) else release,
        origin=applied.origin,
        because=(
            f"The controllers run with --no-cross-namespace-refs, and {target} is in another namespace",
        ),
        cluster=scene.label,
    )


def check_charts(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """A HelmRelease that names no chart, or one in both ways: the API server refuses it."""
    if (applied.id.kind, applied.id.group) != ("HelmRelease", HELM_GROUP):
        return
    spec = mapping(applied.content, "spec")
    named = [field for field in ("chart", "chartRef") if spec.get(field) is not None]
    if len(named) == 1:
        return
    place = f"{applied.id.namespace}/{applied.id.name}"
    yield Finding(
        rule="source-not-found",
        certainty=Certainty.CERTAIN,
        subject=applied.id,
        reference=Missing("HelmChart", applied.id.namespace, applied.id.name, "spec"),
        message=f"HelmRelease/{place} dry-run failed (Invalid): either chart or chartRef must be set",
        origin=applied.origin,
        because=(f"spec of {applied.id} has {' and '.join(named) or 'neither chart nor chartRef'}",),
        cluster=scene.label,
    )


def check_sources(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """A ks that names no source: the API server refuses it, whoever was to patch one in."""
    ks = scene.cluster.ks(applied.id)
    if ks is None or ks.source is not None or not is_ks(applied.applied_by) or not applied.id.namespace:
        return
    yield Finding(
        rule="source-not-found",
        certainty=Certainty.CERTAIN,
        subject=applied.id,
        reference=Missing("Source", applied.id.namespace, applied.id.name, "spec.sourceRef"),
        message=f"{applied.id} dry-run failed (Invalid): spec.sourceRef: Required value",
        origin=applied.origin,
        because=(f"spec.sourceRef of {applied.id} names no source, and no patch of its parents adds one",),
        cluster=scene.label,
    )


def missing(target: ObjectId, field: str) -> Missing:
    """What a finding says of an object that is not there."""
    return Missing(target.kind, target.namespace, target.name, field)


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
    """The variables are loaded for the first object that wants substitution, if any does."""
    reconciled = scene.cluster.reconciled(applied.id)
    objects = (found.content for found in reconciled.objects) if reconciled else iter(())
    first = next(filter(substitutes, objects), None)
    if first is None:
        return None
    target = reference.target
    reason = f"substitute from '{target.kind}/{target.name}' error: {_not_found(target)}"
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


_OF_CHARTS = ("HelmRepository", "GitRepository", "Bucket")
_SUPPORTED = {
    ("Kustomization", "spec.sourceRef"): ("OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"),
    ("HelmRelease", "spec.chart.spec.sourceRef"): _OF_CHARTS,
    ("HelmRelease", "spec.chartRef"): ("OCIRepository", "HelmChart", "ExternalArtifact"),
    ("HelmChart", "spec.sourceRef"): _OF_CHARTS,
}
_KINDS = {
    EdgeKind.DECRYPTS_WITH: _Kind("decryption-secret-missing", _decryption),
    EdgeKind.SOURCE: _Kind("source-not-found", _source_of),
    EdgeKind.CHART: _Kind("source-not-found", _chart),
    EdgeKind.SUBSTITUTES_FROM: _Kind("substitute-source-missing", _substitute),
    EdgeKind.VALUES_FROM: _Kind("values-source-missing", _values),
    EdgeKind.DEPENDS_ON: _Kind("dependency-not-found", _dependency),
    EdgeKind.CHECKS_HEALTH: _Kind("dependency-not-found", _health),
}
