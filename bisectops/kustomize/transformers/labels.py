"""`labels`, `commonLabels` and `commonAnnotations`: strings put into the mappings that field specs name.

Facts: kustomize api/filters/{labels,annotations}, and kusttarget_configplugin.go (LabelTransformer).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import Configuration, field_spec, merge_specs
from bisectops.kustomize.failure import within
from bisectops.kustomize.fieldspec import edit_fields, with_entries
from bisectops.kustomize.resource import Gvk, Node, Resource, Shaping

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
        put = with_entries(self.entries)
        content = edit_fields(resource.content, resource.id.gvk, self.specs, put, dict)
        return resource.holding(content, self.by)


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
