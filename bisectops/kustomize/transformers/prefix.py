"""`namePrefix` and `nameSuffix`.

Facts: kustomize api/internal/builtins/PrefixTransformer.go and SuffixTransformer.go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.fieldspec import edit_fields
from bisectops.kustomize.nodes import wrong_kind
from bisectops.kustomize.resource import Gvk, Node, Resource, Shaping, selected_by
from bisectops.kustomize.scalars import text, untagged
from bisectops.yaml.spelling import spelt

_NEVER_RENAMED = (
    Gvk("", "", "CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk("", "", "Namespace"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTransformer:
    """Puts text before and after resources' names; remembers it even where it is empty."""

    specs: tuple[FieldSpec, ...]
    by: Shaping
    prefix: str = ""
    suffix: str = ""

    def __call__(self, accumulator: Accumulator) -> None:
        accumulator.each(lambda resource: self._renamed(resource, accumulator))

    def _renamed(self, resource: Resource, accumulator: Accumulator) -> Resource:
        original = resource.original.gvk
        if any(selected_by(original, kind) for kind in _NEVER_RENAMED):
            return resource
        for spec in self.specs:
            if not selected_by(original, spec.gvk):
                continue
            if spec.path == "metadata/name" and (self.prefix or self.suffix):
                resource = self._marked(accumulator.remember(resource))
            content = edit_fields(resource.content, resource.id.gvk, (spec,), self._set, str)
            resource = resource.holding(content, self.by)
        return resource

    def _marked(self, resource: Resource) -> Resource:
        prefixes = (*resource.prefixes, self.prefix) if self.prefix else resource.prefixes
        suffixes = (*resource.suffixes, self.suffix) if self.suffix else resource.suffixes
        return replace(resource, prefixes=prefixes, suffixes=suffixes)

    def _set(self, node: Node) -> Node:
        if isinstance(node, dict | list):
            raise wrong_kind("ScalarNode", node)
        name = f"{self.prefix}{text(node)}{self.suffix}"
        return spelt(name, untagged(node, name))
