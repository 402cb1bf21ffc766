"""What is refused before anything is looked up: by the API server, or by a flag of the controllers.

Facts: the CRDs of kustomize-controller and helm-controller, and their --no-cross-namespace-refs.
"""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.flux.external_artifact import is_generator
from bisectops.flux.kinds import HELM_GROUP, is_ks
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.finding import Certainty, Finding, Missing, missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping

_OF_CHARTS = ("HelmRepository", "GitRepository", "Bucket")
_SUPPORTED = {
    ("Kustomization", "spec.sourceRef"): ("OCIRepository", "GitRepository", "Bucket", "ExternalArtifact"),
    ("HelmRelease", "spec.chart.spec.sourceRef"): _OF_CHARTS,
    ("HelmRelease", "spec.chartRef"): ("OCIRepository", "HelmChart", "ExternalArtifact"),
    ("HelmChart", "spec.sourceRef"): _OF_CHARTS,
}
"""The kinds that a field may name."""


def check_charts(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """A HelmRelease that names no chart, or one in both ways."""
    if (applied.id.kind, applied.id.group) != ("HelmRelease", HELM_GROUP):
        return
    spec = mapping(applied.content, "spec")
    named = [field for field in ("chart", "chartRef") if spec.get(field) is not None]
    if len(named) != 1:
        lacking = Missing("HelmChart", applied.id.namespace, applied.id.name, "spec")
        why = f"spec of {applied.id} has {' and '.join(named) or 'neither chart nor chartRef'}"
        yield _invalid(scene, applied, lacking, "either chart or chartRef must be set", why)


def check_sources(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """A ks that names no source, whoever was to patch one in."""
    ks = scene.cluster.ks(applied.id)
    if ks is None or ks.source is not None or not is_ks(applied.applied_by) or not applied.id.namespace:
        return
    lacking = Missing("Source", applied.id.namespace, applied.id.name, "spec.sourceRef")
    why = f"spec.sourceRef of {applied.id} names no source, and no patch of its parents adds one"
    yield _invalid(scene, applied, lacking, "spec.sourceRef: Required value", why)


def refusal(scene: Scene, applied: Applied, reference: Reference) -> Finding | None:
    """Why a source would never be looked up; None where it is."""
    if _crosses_namespaces(scene, applied, reference):
        return _blocked(scene, applied, reference)
    target = reference.target
    supported = _SUPPORTED.get((applied.id.kind, reference.field), ())
    if not supported or target.kind in supported or not target.kind.isalnum():
        return None
    values = ", ".join(f'"{kind}"' for kind in supported)
    told = f'{reference.field}.kind: Unsupported value: "{target.kind}": supported values: {values}'
    why = f"{reference.field} of {applied.id} cannot name a {target.kind}"
    return _invalid(scene, applied, missing(target, reference.field), told, why)


def _invalid(scene: Scene, applied: Applied, lacking: Missing, told: str, why: str) -> Finding:
    """An object that the API server does not take."""
    return Finding(
        rule="source-not-found",
        certainty=Certainty.CERTAIN,
        subject=applied.id,
        reference=lacking,
        message=f"{applied.id} dry-run failed (Invalid): {told}",
        origin=applied.origin,
        because=(why,),
        cluster=scene.label,
    )


def _crosses_namespaces(scene: Scene, applied: Applied, reference: Reference) -> bool:
    """Does --no-cross-namespace-refs forbid this source?"""
    root = scene.cluster.root
    return (
        root is not None
        and reference.kind in (EdgeKind.SOURCE, EdgeKind.CHART)
        and not is_generator(applied.id)
        and reference.target.namespace != applied.id.namespace
        and root.controller.refuses_other_namespaces
    )


def _blocked(scene: Scene, applied: Applied, reference: Reference) -> Finding:
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
