"""The references of an object, read off its fields with the namespaces that the controllers default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bisectops.flux.applied import Applied
from bisectops.flux.external_artifact import GENERATOR_GROUP
from bisectops.flux.kinds import (
    HELM_GROUP,
    KUSTOMIZE_GROUP,
    SOURCE_GROUP,
    ObjectId,
    depends_on,
    flux_kustomization,
    reference,
)
from bisectops.graph.model import EdgeKind, Reference
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import boolean, mapping, mappings, text


def references(applied: Applied) -> tuple[Reference, ...]:
    """Everything that an object names and Flux would look up."""
    extract = _EXTRACTORS.get((applied.id.group, applied.id.kind))
    return tuple(extract(applied.id, applied.content)) if extract else ()


def _of_ks(owner: ObjectId, tree: Mapping[str, Node]) -> Iterator[Reference]:
    ks = flux_kustomization(tree)
    if ks.source:
        yield Reference(EdgeKind.SOURCE, ks.source, "spec.sourceRef")
    for index, target in enumerate(ks.depends_on):
        yield Reference(EdgeKind.DEPENDS_ON, target, f"spec.dependsOn[{index}]")
    if not boolean(ks.spec, "wait"):
        yield from _health_checks(owner, ks.spec)
    if ks.decrypts and ks.key_secret:
        secret = ObjectId("Secret", owner.namespace, ks.key_secret)
        yield Reference(EdgeKind.DECRYPTS_WITH, secret, "spec.decryption.secretRef")
    for index, entry in enumerate(ks.substitute_from):
        target = ObjectId(entry.kind, owner.namespace, entry.name)
        field = f"spec.postBuild.substituteFrom[{index}]"
        yield Reference(EdgeKind.SUBSTITUTES_FROM, target, field, entry.optional)


def _health_checks(owner: ObjectId, spec: Mapping[str, Node]) -> Iterator[Reference]:
    """The objects of Flux's own kinds whose health a ks checks: others may be any chart's."""
    for index, check in enumerate(mappings(spec, "healthChecks")):
        group = (text(check, "apiVersion") or "").rpartition("/")[0]
        kind, namespace, name = (text(check, field) or "" for field in ("kind", "namespace", "name"))
        target = ObjectId(kind, namespace, name, group)
        if kind and namespace and name and group in _OF_FLUX and target != owner:
            yield Reference(EdgeKind.CHECKS_HEALTH, target, f"spec.healthChecks[{index}]")


def _of_helm_release(owner: ObjectId, tree: Mapping[str, Node]) -> Iterator[Reference]:
    spec = mapping(tree, "spec")
    for kind, field, ref in (
        (EdgeKind.CHART, "spec.chartRef", mapping(spec, "chartRef")),
        (EdgeKind.SOURCE, "spec.chart.spec.sourceRef", mapping(spec, "chart", "spec", "sourceRef")),
    ):
        if target := reference(ref, owner.namespace):
            yield Reference(kind, target, field)
    for index, target in enumerate(depends_on(spec, owner)):
        yield Reference(EdgeKind.DEPENDS_ON, target, f"spec.dependsOn[{index}]")
    for index, entry in enumerate(mappings(spec, "valuesFrom")):
        target = ObjectId(text(entry, "kind") or "", owner.namespace, text(entry, "name") or "")
        field = f"spec.valuesFrom[{index}]"
        yield Reference(EdgeKind.VALUES_FROM, target, field, boolean(entry, "optional"))


def _of_helm_chart(owner: ObjectId, tree: Mapping[str, Node]) -> Iterator[Reference]:
    ref = mapping(tree, "spec", "sourceRef")
    if target := reference({**ref, "namespace": owner.namespace}, owner.namespace):
        yield Reference(EdgeKind.SOURCE, target, "spec.sourceRef")


def _of_generator(owner: ObjectId, tree: Mapping[str, Node]) -> Iterator[Reference]:
    for index, source in enumerate(mappings(tree, "spec", "sources")):
        if target := reference(source, owner.namespace):
            yield Reference(EdgeKind.SOURCE, target, f"spec.sources[{index}]")


_OF_FLUX = frozenset((HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP))
_EXTRACTORS: dict[tuple[str, str], Callable[[ObjectId, Mapping[str, Node]], Iterator[Reference]]] = {
    (KUSTOMIZE_GROUP, "Kustomization"): _of_ks,
    (HELM_GROUP, "HelmRelease"): _of_helm_release,
    (SOURCE_GROUP, "HelmChart"): _of_helm_chart,
    (GENERATOR_GROUP, "ArtifactGenerator"): _of_generator,
}
