"""`buildMetadata`: annotations that tell where a resource comes from and what changed it.

Facts: kustomize api/resource/origin.go, api/resmap/reswrangler.go (AddTransformerAnnotation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import join, normpath

from bisectops.kustomize.resource import Resource
from bisectops.yaml.fields import mapping, text

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
MANAGED_BY = {"app.kubernetes.io/managed-by": "kustomize-(devel)"}


@dataclass(frozen=True, slots=True)
class Configurer:
    """The plugin configuration that made or changed a resource."""

    path: str
    version: str
    kind: str
    name: str = ""
    namespace: str = ""

    def text(self) -> str:
        """The lines that kustomize writes for it."""
        lines = [f"configuredIn: {self.path}", "configuredBy:"]
        fields = (("apiVersion", self.version), ("kind", self.kind), ("name", self.name))
        lines += [f"  {key}: {value}" for key, value in (*fields, ("namespace", self.namespace)) if value]
        return "".join(f"{line}\n" for line in lines)


def below(folder: str, path: str) -> str:
    """A path as an origin prints it: from the folder that is built, as kustomizations spell the way."""
    return normpath(join(folder, path.lstrip("/"))) if folder or path else ""


def builtin(folder: str, file: str, kind: str) -> Configurer:
    """The configurer that a field of a kustomization file stands for."""
    return Configurer(below(folder, file), "builtin", kind)


def from_file(resource: Resource, path: str) -> Resource:
    """A resource with the file that it was read from."""
    return _annotated(resource, ORIGIN, f"path: {path}\n")


def generated(resource: Resource, by: Configurer | None) -> Resource:
    """A resource with its generator."""
    return (
        resource if by is None or _annotation(resource, ORIGIN) else _annotated(resource, ORIGIN, by.text())
    )


def transformed(resources: Iterable[Resource], by: Configurer) -> list[Resource]:
    """The resources, each with one more transformer; what has no origin yet was made by it."""
    return [_transformed(resource, by) for resource in resources]


def _transformed(resource: Resource, by: Configurer) -> Resource:
    if not _annotation(resource, ORIGIN):
        return _annotated(resource, ORIGIN, by.text())
    item = "- " + by.text().replace("\n", "\n  ").removesuffix("  ")
    return _annotated(resource, TRANSFORMATIONS, _annotation(resource, TRANSFORMATIONS) + item)


def _annotation(resource: Resource, key: str) -> str:
    return text(resource.content, "metadata", "annotations", key) or ""


def _annotated(resource: Resource, key: str, value: str) -> Resource:
    annotations = {**mapping(resource.content, "metadata", "annotations"), key: value}
    metadata = {**mapping(resource.content, "metadata"), "annotations": annotations}
    return resource.holding({**resource.content, "metadata": metadata})


def without(resource: Resource, keys: Iterable[str]) -> Resource:
    """A resource without some annotations."""
    annotations = mapping(resource.content, "metadata", "annotations")
    kept = {key: value for key, value in annotations.items() if key not in keys}
    if len(kept) == len(annotations):
        return resource
    metadata = {**mapping(resource.content, "metadata"), "annotations": kept}
    return resource.holding({**resource.content, "metadata": metadata})


def wanted(options: Iterable[str]) -> bool:
    """Do `buildMetadata` options ask for any annotation?"""
    return not {"originAnnotations", "transformerAnnotations"}.isdisjoint(options)


def configurer_of(config: Resource) -> Configurer | None:
    """The configurer that a plugin's configuration stands for; None where origins are not told."""
    origin = _annotation(config, ORIGIN)
    if not origin:
        return None
    gvk, name, namespace = config.id
    version = f"{gvk.group}/{gvk.version}" if gvk.group else gvk.version
    path = origin.removeprefix("path: ").rstrip("\n")
    return Configurer(path, version, gvk.kind, name, namespace)
