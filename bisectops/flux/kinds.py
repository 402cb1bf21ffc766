"""Flux's kinds as typed views of a built object; any field may hold anything, and nothing raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import boolean, mapping, mappings, text

KUSTOMIZE_GROUP = "kustomize.toolkit.fluxcd.io"
HELM_GROUP = "helm.toolkit.fluxcd.io"
SOURCE_GROUP = "source.toolkit.fluxcd.io"
OPERATOR_GROUP = "fluxcd.controlplane.io"
SOURCE_KINDS = frozenset(
    ("GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart", "ExternalArtifact")
)


class ObjectId(NamedTuple):
    """What the API server tells objects apart by; versions do not count."""

    kind: str
    namespace: str
    name: str
    group: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"


def is_meant(called: str, name: str) -> bool:
    """May a typed name mean what is called KIND/NAMESPACE/NAME? KIND/NAME means it in any namespace."""
    if called == name:
        return True
    kind, _, last = name.partition("/")
    parts = called.split("/")
    return len(parts) == 3 and (parts[0], parts[2]) == (kind, last)


def object_id(tree: Mapping[str, Node]) -> ObjectId:
    """The identity of an object as written."""
    metadata = mapping(tree, "metadata")
    kind, namespace, name = tree.get("kind"), metadata.get("namespace"), metadata.get("name")
    api_version = tree.get("apiVersion")
    return ObjectId(
        kind if isinstance(kind, str) else "",
        namespace if isinstance(namespace, str) else "",
        name if isinstance(name, str) else "",
        api_version.rpartition("/")[0] if isinstance(api_version, str) else "",
    )


def ks_id(namespace: str, name: str) -> ObjectId:
    """The identity of a Flux Kustomization."""
    return ObjectId("Kustomization", namespace, name, KUSTOMIZE_GROUP)


def source_id(kind: str, namespace: str, name: str) -> ObjectId:
    """The identity of a source."""
    return ObjectId(kind, namespace, name, SOURCE_GROUP)


def is_ks(object_id: ObjectId) -> bool:
    """Is it a Flux Kustomization, and not a kustomization file of the same name?"""
    return object_id.kind == "Kustomization" and object_id.group == KUSTOMIZE_GROUP


def is_resource_set(object_id: ObjectId) -> bool:
    """Is it flux-operator's template for objects?"""
    return object_id.kind == "ResourceSet" and object_id.group == OPERATOR_GROUP


def is_input_provider(object_id: ObjectId) -> bool:
    """Is it what a ResourceSet takes inputs from?"""
    return object_id.kind == "ResourceSetInputProvider" and object_id.group == OPERATOR_GROUP


class SubstituteFrom(NamedTuple):
    """One entry of postBuild.substituteFrom."""

    kind: str
    name: str
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxKustomization:
    """A Flux Kustomization (ks) as the API server holds it, after every patch of its parents.

    Fields as in kustomize-controller's api/v1/kustomization_types.go; `spec` keeps what the build
    overlay needs as written.
    """

    id: ObjectId
    path: str
    source: ObjectId | None
    """None where sourceRef has no kind or no name."""
    decrypts: bool
    key_secret: str | None
    """decryption.secretRef.name; None leaves the key to the controller's flag or a cloud identity."""
    substitute: Mapping[str, Node]
    substitute_from: tuple[SubstituteFrom, ...]
    post_build: bool
    substitute_always: bool
    depends_on: tuple[ObjectId, ...]
    suspended: bool
    remote: bool
    """kubeConfig is set: what it applies lives in another cluster."""
    api_version: str
    spec: Mapping[str, Node]


def flux_kustomization(tree: Mapping[str, Node]) -> FluxKustomization:
    """Read a built object of group kustomize.toolkit.fluxcd.io and kind Kustomization."""
    here = object_id(tree)
    spec = mapping(tree, "spec")
    post_build = mapping(spec, "postBuild")
    return FluxKustomization(
        id=here,
        path=text(spec, "path") or "",
        source=reference(mapping(spec, "sourceRef"), here.namespace),
        decrypts=text(spec, "decryption", "provider") is not None,
        key_secret=text(spec, "decryption", "secretRef", "name"),
        substitute=mapping(post_build, "substitute"),
        substitute_from=tuple(_substitute_from(post_build)),
        post_build="postBuild" in spec,
        substitute_always=text(post_build, "substituteStrategy") == "Always",
        depends_on=depends_on(spec, here),
        suspended=boolean(spec, "suspend"),
        remote=bool(mapping(spec, "kubeConfig")),
        api_version=text(tree, "apiVersion") or "",
        spec=spec,
    )


def _substitute_from(post_build: Mapping[str, Node]) -> list[SubstituteFrom]:
    entries = mappings(post_build, "substituteFrom")
    return [
        SubstituteFrom(text(entry, "kind") or "", text(entry, "name") or "", boolean(entry, "optional"))
        for entry in entries
    ]


def depends_on(spec: Mapping[str, Node], owner: ObjectId) -> tuple[ObjectId, ...]:
    """dependsOn of a ks or a HelmRelease: always its own kind, by default its own namespace."""
    return tuple(
        ObjectId(owner.kind, text(entry, "namespace") or owner.namespace, name, owner.group)
        for entry in mappings(spec, "dependsOn")
        if (name := text(entry, "name"))
    )


def reference(ref: Mapping[str, Node], namespace: str) -> ObjectId | None:
    """The source that a sourceRef or chartRef names, in its own namespace or the given one."""
    kind, name = text(ref, "kind"), text(ref, "name")
    if not kind or not name:
        return None
    return source_id(kind, text(ref, "namespace") or namespace, name)
