"""`labels`, `commonLabels` and `commonAnnotations`: strings put into the mappings that field specs name.

Facts: kustomize api/filters/{labels,annotations}, and kusttarget_configplugin.go (LabelTransformer).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import Configuration, field_spec, merge_specs
from bisectops.kustomize.failure import within
from bisectops.kustomize.fieldspec import edit_fields
from bisectops.kustomize.nodes import wrong_kind
from bisectops.kustomize.resource import Gvk, Node, Resource, Shaping
from bisectops.kustomize.scalars import refuse_odd_keys
from bisectops.kustomize.twins import Twin, replaced

_METADATA = (FieldSpec(Gvk("", "", ""), "metadata/labels", create=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesTransformer:
    """Adds labels or annotations to every resource."""

    entries: Mapping[str, str]
    specs: tuple[FieldSpec, ...]
    by: Shaping

    def __call__(self, accumulator: Accumulator) -> None:
        if self.entries:
            accumulator.each(self._labelled)

    def _labelled(self, resource: Resource) -> Resource:
        entries = _Entries({key: Twin(value) for key, value in self.entries.items()})
        content = edit_fields(resource.content, resource.id.gvk, self.specs, entries.put, dict)
        refuse_odd_keys(entries.places)
        if entries.overwritten:
            content = replaced(content, entries.overwritten)
        labelled = resource.holding(content, self.by)
        twinned = len(entries.places) < sum(entries.places.values())
        return replace(labelled, twinned=True) if twinned and not resource.twinned else labelled


class _Entries:
    """The entries on their way into one resource."""

    def __init__(self, entries: Mapping[str, Twin]) -> None:
        self.entries = entries
        self.places: Counter[str] = Counter()
        """In how many places each was new: from two on they are twins."""
        self.overwritten: dict[int, Node] = {}
        """What becomes of older twins, by their identity."""

    def put(self, node: Node) -> Node:
        """A mapping with the entries in it."""
        if node is None:
            return None
        if not isinstance(node, dict):
            raise wrong_kind("MappingNode", node)
        changed: dict[str, Node] = {}
        for key, value in self.entries.items():
            if key not in node:
                changed[key] = value
                self.places[key] += 1
            elif node[key] != value or not isinstance(node[key], str):
                changed[key] = str(value)
                if type(node[key]) is Twin:
                    changed[key] = self.overwritten.setdefault(id(node[key]), Twin(value))
        return {**node, **changed} if changed else node


def label_fields(label: Mapping[str, Node], configuration: Configuration) -> tuple[FieldSpec, ...]:
    """The fields that one entry of `labels` sets: its own, the configured ones, and what it includes."""
    specs = tuple(map(field_spec, label.get("fields") or ()))
    try:
        specs = merge_specs(specs, configuration.labels)
        if label.get("includeSelectors"):
            return merge_specs(specs, configuration.common_labels)
        if label.get("includeTemplates"):
            specs = merge_specs(specs, configuration.template_labels)
        return merge_specs(specs, _METADATA)
    except BuildError as error:
        raise within(error, "failed to merge labels") from None
