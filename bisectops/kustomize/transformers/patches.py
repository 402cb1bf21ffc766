"""`patches`, `patchesStrategicMerge` and `patchesJson6902`.

Facts: kustomize api/internal/builtins/Patch*Transformer.go, api/resource/resource.go (ApplySmPatch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator, labels_of
from bisectops.kustomize.failure import within
from bisectops.kustomize.growth import bounded
from bisectops.kustomize.jsonpatch import apply, parse
from bisectops.kustomize.merge import strategic_merge
from bisectops.kustomize.reading import contents
from bisectops.kustomize.resource import Node, PatchUse, Resource, Shaping, describe, gvk_of, id_of
from bisectops.kustomize.scalars import refuse_odd_keys, strings
from bisectops.kustomize.schema import Schema
from bisectops.kustomize.touching import fields_of, fields_of_operations
from bisectops.kustomize.twins import follow, parted
from bisectops.memo import Identified

Content = Mapping[str, Node]
Operations = list[dict[str, Node]]

_edited: Identified[Content] = Identified(2_000)
"""What came of operations on an object."""
_laid: Identified[dict[str, Node] | None] = Identified(4_000)
"""What came of a patch on an object."""
_patched: Identified[Resource | None] = Identified(2_000)
"""What came of a patch on a resource."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TargetedPatch:
    """One strategic merge patch laid over everything that a selector selects."""

    patches: Sequence[Content]
    source: str
    target: Mapping[str, Node]
    options: Mapping[str, bool]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        if len(self.patches) > 1:
            raise BuildError(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set "
                f"`patches.target` field: {self.source}"
            )
        try:
            places = accumulator.select(self.target)
        except BuildError as error:
            raise within(error, "unable to find patch target in `resources`") from None
        accumulator.patches.append(PatchUse(self.by, len(places), self.target))
        accumulator.touched |= fields_of(self.patches[0])
        patch_everywhere(accumulator, places, self.patches[0], self.options, self.by)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NamedPatches:
    """Strategic merge patches that each name the one resource they change."""

    patches: Sequence[Content]
    options: Mapping[str, bool]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        for patch in self.patches:
            place = find(accumulator, patch, self.by, explain=True)
            if place is not None:
                accumulator.touched |= fields_of(patch)
                target = accumulator.resources[place]
                new = merged(accumulator, target, patch, self.options, self.by, patch)
                accumulator.resources[place] = new or replace(target, content={})
        accumulator.become(accumulator.resources)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StrategicPatches:
    """`patchesStrategicMerge`: as NamedPatches, but a colliding rename is refused at once."""

    patches: Sequence[tuple[Content, Shaping]]

    def __call__(self, accumulator: Accumulator) -> None:
        for patch, by in self.patches:
            place = find(accumulator, patch, by, explain=False)
            if place is not None:
                accumulator.touched |= fields_of(patch)
                patch_everywhere(accumulator, [place], patch, {}, by)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class JsonPatch:
    """JSON 6902 operations run on everything that a selector selects."""

    operations: Operations
    target: Mapping[str, Node] | None
    by: Shaping
    remembers: bool
    """Whether a resource's id is kept as a previous one: `patches` do, `patchesJson6902` do not."""

    def _applied(self, content: Content) -> Content:
        """The content after all operations; each is weighed where copies may double what was there."""
        if not any(operation.get("op") == "copy" for operation in self.operations):
            return apply(content, self.operations)
        for operation in self.operations:
            content = bounded(apply(content, (operation,)))
        return content

    def _content(self, resource: Resource, *, annotated: bool) -> Content:
        content = _annotated(resource) if annotated else resource.content
        return self._applied(parted(content) if resource.twinned else content)

    def __call__(self, accumulator: Accumulator) -> None:
        if self.target is None:
            raise BuildError("must specify a target for JSON patch")
        places = accumulator.select(self.target)
        accumulator.patches.append(PatchUse(self.by, len(places), self.target))
        accumulator.touched |= fields_of_operations(self.operations)
        resources = list(accumulator.resources)
        for place in places:
            resource = resources[place]
            annotated = self.remembers or _is_bookkept(resource)
            content = _edited.get(
                (resource.content, self.operations),
                (annotated, resource.twinned),
                partial(self._content, resource, annotated=annotated),
            )
            if self.remembers:
                resource = resource.moved(content, accumulator.key(resource.id).namespace, self.by)
            else:
                resource = resource.holding(content, self.by)
            resources[place] = replace(resource, twinned=False) if resource.twinned else resource
        accumulator.become(resources)


def _annotated(resource: Resource) -> Content:
    """Kustomize keeps previous ids in annotations, so an operation finds the mapping it may add to."""
    metadata = resource.content.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("annotations") is not None:
        return resource.content
    return {**resource.content, "metadata": {**metadata, "annotations": {}}}


def _is_bookkept(resource: Resource) -> bool:
    return bool(resource.previous or resource.needs_hash or resource.behavior)


@lru_cache(maxsize=512)
def strategic(text: str, source: str) -> tuple[list[Content], Operations | None]:
    """A patch's text as strategic merge patches or else as JSON 6902 operations, whichever it is."""
    patches: list[Content] | None
    operations: Operations | None
    try:
        patches = [content for _, content in contents(text.encode("utf-8", "surrogateescape"))]
    except BuildError:
        patches = None
    try:
        operations = parse(text)
    except BuildError:
        operations = None
    if patches is None and operations is None:
        raise BuildError(f"unable to parse SM or JSON patch from {source}")
    if patches is not None and operations is not None:
        raise BuildError(f"illegally qualifies as both an SM and JSON patch: {source}")
    return patches or [], operations


def find(accumulator: Accumulator, patch: Content, by: Shaping, *, explain: bool) -> int | None:
    """The place of the resource that a patch names; None where only an opaque input may hold it."""
    id = id_of(patch)
    try:
        place = accumulator.only(id)
    except BuildError as error:
        if accumulator.lacks and error.message.startswith("no matches"):
            return None
        if explain:
            raise within(error, f'no resource matches strategic merge patch "{describe(id)}"') from None
        raise
    accumulator.patches.append(PatchUse(by, 1, None))
    return place


def patch_everywhere(
    accumulator: Accumulator,
    places: Sequence[int],
    patch: Content,
    options: Mapping[str, bool],
    by: Shaping,
) -> None:
    """Lay one patch over several resources, whatever version and group each has."""
    resources: list[Resource | None] = list(accumulator.resources)
    copied = _copied(patch)
    how = (tuple(sorted(options.items())), by, accumulator.schema)

    def patched(resource: Resource) -> Resource | None:
        refuse_odd_keys(labels_of(copied).keys() - labels_of(resource.content).keys())
        versioned = {**copied, "apiVersion": resource.content.get("apiVersion")}
        return merged(accumulator, resource, versioned, options, by, patch)

    for place in places:
        resource = accumulator.resources[place]
        resources[place] = _patched.get((resource, patch), how, partial(patched, resource))
    accumulator.become(resources)
    accumulator.refuse_duplicates()


def _copied(patch: Content) -> Content:
    """A patch as CopyMergeMetaDataFieldsFrom copies it: labels and annotations are text, even null."""
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return patch
    mappings = {name: dict(strings(metadata[name])) for name in ("labels", "annotations") if name in metadata}
    rest = {name: value for name, value in metadata.items() if name not in mappings}
    return {**patch, "metadata": {**rest, **{name: texts for name, texts in mappings.items() if texts}}}


def merged(
    accumulator: Accumulator,
    resource: Resource,
    patch: Content,
    options: Mapping[str, bool],
    by: Shaping,
    written: Content,
) -> Resource | None:
    """A resource with a patch merged in, its name, namespace and kind kept unless the options let them go.

    `written` is the patch as it was read, the same from build to build.
    """
    renames, retypes = options.get("allowNameChange", False), options.get("allowKindChange", False)
    if renames or retypes:
        resource = accumulator.remember(resource)
    schema = accumulator.schema
    content = _laid.get(
        (resource.content, written), schema, partial(_merged, resource.content, patch, schema)
    )
    if not content:
        return None
    if resource.twinned:
        content = dict(follow(resource.content, content))
    if _forgets(patch):
        resource = replace(resource, previous=(), prefixes=(), suffixes=(), needs_hash=False, behavior="")
    kept = resource.id
    if not retypes and gvk_of(content).kind != kept.gvk.kind:
        content = {**content, "kind": kept.gvk.kind}
    return resource.holding(
        _named(content, None if renames else kept.name, kept.namespace, resource.content), by
    )


def _merged(content: Content, patch: Content, schema: Schema) -> dict[str, Node] | None:
    return strategic_merge(dict(content), dict(patch), schema)


def _named(content: dict[str, Node], name: str | None, namespace: str, before: Content) -> Content:
    id = id_of(content)
    if name in (None, id.name) and namespace == id.namespace and "metadata" in content:
        return content
    metadata = dict(content.get("metadata") or {})
    if name is not None and name != id.name:
        metadata["name"] = name
    metadata.pop("namespace", None)
    if namespace:
        metadata["namespace"] = before["metadata"]["namespace"]
    return {**content, "metadata": metadata}


def _forgets(patch: Content) -> bool:
    """Does a patch throw away the annotations, and with them what kustomize noted of earlier names?"""
    metadata = patch.get("metadata")
    if not isinstance(metadata, dict):
        return False
    return ("annotations" in metadata and metadata["annotations"] is None) or "$patch" in metadata
