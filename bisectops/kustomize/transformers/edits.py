"""`replicas`, `images` and `replacements`, run over what was gathered.

Facts: kustomize api/internal/builtins/{ReplicaCount,ImageTag,Replacement}Transformer.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.fieldspec import edit_fields
from bisectops.kustomize.growth import bounded
from bisectops.kustomize.images import set_images
from bisectops.kustomize.replacements import Candidate, replace_all
from bisectops.kustomize.replicas import counted, unmatched
from bisectops.kustomize.resource import Node, Resource, Shaping, selected_by
from bisectops.kustomize.twins import follow


@dataclass(frozen=True, slots=True)
class ReplicaTransformer:
    """Sets the replicas of the workloads of one name."""

    replica: Mapping[str, Node]
    specs: tuple[FieldSpec, ...]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        matched = [self._matches(resource) for resource in accumulator.resources]
        if not any(matched) and not accumulator.lacks:
            raise unmatched(self.replica.get("name", ""), self.specs)
        accumulator.become(
            self._set(resource, specs) for resource, specs in zip(accumulator.resources, matched, strict=True)
        )

    def _matches(self, resource: Resource) -> list[FieldSpec]:
        name = self.replica.get("name", "")
        kinds = [id.gvk for id in resource.ids if id.name == name]
        return [spec for spec in self.specs if any(selected_by(kind, spec.gvk) for kind in kinds)]

    def _set(self, resource: Resource, specs: Sequence[FieldSpec]) -> Resource:
        count = self.replica.get("count", 0)
        content = edit_fields(
            resource.content, resource.id.gvk, specs, lambda node: counted(node, count), lambda: None
        )
        return resource.holding(content, self.by)


@dataclass(frozen=True, slots=True)
class ImageTransformer:
    """Changes the references to one image."""

    image: Mapping[str, Node]
    specs: tuple[FieldSpec, ...]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        accumulator.each(
            lambda resource: resource.holding(set_images(resource.content, self.image, self.specs), self.by)
        )


@dataclass(frozen=True, slots=True)
class ReplacementTransformer:
    """Copies values from fields of one resource into fields of others."""

    replacements: Sequence[Mapping[str, Node]]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        for replacement in self.replacements:
            resources = accumulator.resources
            candidates = [Candidate(it.content, it.ids[:-1]) for it in resources]
            try:
                contents = replace_all(candidates, (replacement,))
            except BuildError as error:
                if accumulator.lacks and error.message.startswith("nothing selected"):
                    continue
                raise
            accumulator.become(
                resource.holding(_replaced(resource, content), self.by)
                for resource, content in zip(resources, contents, strict=True)
            )


def _replaced(resource: Resource, content: Mapping[str, Node]) -> Mapping[str, Node]:
    if content is resource.content:
        return content
    return bounded(follow(resource.content, content) if resource.twinned else content)
