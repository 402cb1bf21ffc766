"""What is done once, when everything is gathered: hashes, references, vars, order, and the sweeping up.

Facts: kustomize api/internal/target/kusttarget.go (makeCustomizedResMap), api/krusty/kustomizer.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.git.objects import ROOT
from bisectops.kustomize import provenance
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.kustomization import Kustomization
from bisectops.kustomize.name_hash import name_hash
from bisectops.kustomize.namereference import fix_references
from bisectops.kustomize.ordering import in_order
from bisectops.kustomize.resource import Gvk, Resource, Shaping
from bisectops.kustomize.scalars import entry_text, refuse_odd_keys, text
from bisectops.kustomize.transformers.labels import EntriesTransformer
from bisectops.kustomize.variables import resolve_variables
from bisectops.memo import Identified

_LOCAL = "config.kubernetes.io/local-config"
MANAGED = "managedByLabel"
_NOTED = (("originAnnotations", provenance.ORIGIN), ("transformerAnnotations", provenance.TRANSFORMATIONS))
_LABELS = (FieldSpec(Gvk("", "", ""), "metadata/labels", create=True),)

_left: Identified[Resource] = Identified(4_000)
"""What is left of a resource at the end."""


class Finished(NamedTuple):
    """What a build ends with, and where each resource came to be."""

    hashed: tuple[Resource, ...]
    """As it was gathered, but for hashes in names."""
    places: tuple[int | None, ...]
    """Where it is in the end; None where it is left out."""
    resources: tuple[Resource, ...]


def finish(gathered: Accumulator, asked: Kustomization) -> Finished:
    """The end of a root's build: final names, in final order."""
    add_hashes(gathered)
    hashed = tuple(gathered.resources)
    fix_references(gathered)
    fixed = tuple(gathered.resources)
    resolve_variables(gathered)
    for resource in gathered.resources:
        require_identity(resource)
    gathered.become(resource for resource in gathered.resources if not is_local(resource))
    gathered.resources = in_order(gathered.resources, asked.sort_options)
    gathered.refuse_duplicates()
    last = {id(resource): place for place, resource in enumerate(gathered.resources)}
    places = tuple(last.get(id(resource)) for resource in fixed)
    if MANAGED in asked.metadata:
        by = Shaping("buildMetadata", ROOT, 0)
        EntriesTransformer(entries=provenance.MANAGED_BY, specs=_LABELS, by=by)(gathered)
    dropped = dropped_annotations(asked)
    return Finished(hashed, places, tuple(swept(resource, dropped) for resource in gathered.resources))


def dropped_annotations(asked: Kustomization) -> tuple[str, ...]:
    """What kustomize itself noted, and nobody asked for."""
    return tuple(annotation for option, annotation in _NOTED if option not in asked.metadata)


def add_hashes(gathered: Accumulator) -> None:
    """Put the hash of its content behind the name of every generated resource that wants one."""
    gathered.each(lambda resource: _hashed(resource, gathered) if resource.needs_hash else resource)


def _hashed(resource: Resource, gathered: Accumulator) -> Resource:
    name = f"{resource.id.name}-{name_hash(resource.content)}"
    content = {**resource.content, "metadata": {**resource.content["metadata"], "name": name}}
    return gathered.remember(resource).holding(content)


def require_identity(resource: Resource) -> None:
    """A patch may have taken away what a resource is told by (GetValidatedMetadata, kyaml/yaml/rnode.go)."""
    kind = resource.id.gvk.kind
    if resource.content and not kind:
        raise BuildError("missing kind in object")
    if resource.content and not resource.id.name and not kind.endswith("List"):
        raise BuildError("missing metadata.name in object")


def is_local(resource: Resource) -> bool:
    """Is it left out of what is built?"""
    metadata = resource.content.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or _LOCAL not in annotations:
        return False
    return text(annotations[_LOCAL]) != "false"


def swept(resource: Resource, dropped: tuple[str, ...]) -> Resource:
    """A resource as kustomize leaves it after taking its own annotations away: all are strings, or none."""
    return _left.get((resource,), dropped, partial(_swept, resource, dropped))


def _swept(resource: Resource, dropped: Sequence[str]) -> Resource:
    resource = provenance.without(resource, dropped)
    metadata = resource.content.get("metadata")
    if not isinstance(metadata, dict):
        if metadata is None and "metadata" in resource.content:
            return resource.holding({**resource.content, "metadata": {}})
        return resource
    if "annotations" not in metadata:
        return resource
    annotations = metadata["annotations"]
    if isinstance(annotations, dict) and annotations:
        refuse_odd_keys(annotations)
        if all(isinstance(value, str) for value in annotations.values()):
            return resource
        swept = {str(key): entry_text(key, value) for key, value in annotations.items()}
        return resource.holding({**resource.content, "metadata": {**metadata, "annotations": swept}})
    kept = {key: value for key, value in metadata.items() if key != "annotations"}
    return resource.holding({**resource.content, "metadata": kept})
