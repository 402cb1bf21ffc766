"""ValueAddTransformer: one value written into fields that paths name.

Facts: kustomize api/internal/builtins/ValueAddTransformer.go and api/filters/valueadd/valueadd.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.decoding import INT, STRING, Struct
from bisectops.kustomize.fieldspec import edit_field
from bisectops.kustomize.kustomization_fields import SELECTOR
from bisectops.kustomize.nodes import wrong_kind
from bisectops.kustomize.resource import Gvk, Node, Shaping
from bisectops.kustomize.scalars import text

VALUE_TARGET = Struct(
    "Target", {"selector": SELECTOR, "fieldPath": STRING, "filePathPosition": INT}, package="builtins"
)


@dataclass(frozen=True, slots=True, repr=False)
class ValueTransformer:
    """Writes a value as a field, or as one part of the path that a field holds."""

    value: str
    targets: Sequence[Mapping[str, Node]]
    by: Shaping

    def __post_init__(self) -> None:
        if not self.targets:
            raise BuildError("must specify at least one target")
        for target in self.targets:
            if not target.get("fieldPath"):
                raise BuildError("fieldPath cannot be empty")
            position = target.get("filePathPosition", 0)
            if position < 0:
                raise BuildError(f"value of FilePathPosition ({position}) cannot be negative")

    def __call__(self, accumulator: Accumulator) -> None:
        for target in self.targets:
            selector = target.get("selector")
            places = range(len(accumulator.resources)) if selector is None else accumulator.select(selector)
            for place in places:
                resource = accumulator.resources[place]
                spec = FieldSpec(Gvk("", "", ""), target["fieldPath"], create=True)
                if spec.path == "metadata/namespace" and (
                    accumulator.schema.namespaceable(resource.id.gvk) is False
                ):
                    continue
                position = target.get("filePathPosition", 0)
                content = edit_field(resource.content, spec, partial(self._set, position=position), str)
                accumulator.resources[place] = resource.holding(content, self.by)
        accumulator.become(accumulator.resources)

    def _set(self, node: Node, position: int) -> Node:
        if isinstance(node, dict | list):
            raise wrong_kind("ScalarNode", node)
        return _inserted(text(node), position - 1, self.value) if position > 0 else self.value


def _inserted(path: str, position: int, part: str) -> str:
    """A path with one more part at a position; after the last part where it is shorter."""
    rooted = path.startswith("/")
    parts = [name for name in path.split("/") if name]
    parts.insert(min(position, len(parts)), part)
    return ("/" if rooted else "") + "/".join(parts)
