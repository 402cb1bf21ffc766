"""Names that refer to renamed resources, put right once everything has its final name.

Facts: kustomize api/filters/nameref/nameref.go and api/internal/accumulator/namereferencetransformer.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import Configuration
from bisectops.kustomize.failure import within
from bisectops.kustomize.fieldspec import edit_field, split_path
from bisectops.kustomize.referral import Referrer, Renamed
from bisectops.kustomize.resource import Gvk, Node, Resource, describe, selected_by
from bisectops.memo import Bounded, Identified

Content: TypeAlias = Mapping[str, Node]
_Field: TypeAlias = tuple[FieldSpec, Gvk]
"""A field that holds names, and the kind that it names."""


class _Fixed(NamedTuple):
    """A resource with its references put right, and whom these could have meant."""

    resource: Resource
    candidates: tuple[tuple[str, tuple[Resource, ...]], ...]
    """By each name that was looked for, who ever had it."""


_holding: Identified[tuple[_Field, ...]] = Identified(4_000)
"""The fields of a resource that may hold names."""
_fixed: Bounded[tuple[int, ...], tuple[tuple[object, ...], _Fixed]] = Bounded(1_000)
"""What came last of a resource, by the identities of what is held beside it: see `Identified`."""


def fix_references(accumulator: Accumulator, places: Iterable[int] | None = None) -> None:
    """Let every field that the configuration knows to hold a name hold the referred resource's new one.

    `places` are those of the resources to put right: all, unless they are given.
    """
    renamed = Renamed(accumulator)
    configuration = accumulator.configuration
    for place in range(len(accumulator.resources)) if places is None else places:
        resource = accumulator.resources[place]
        held = _holding.get((resource, configuration), None, partial(_held, resource, configuration))
        if held:
            accumulator.resources[place] = _with_names(resource, held, configuration, renamed)


def _held(resource: Resource, configuration: Configuration) -> tuple[_Field, ...]:
    """The fields of a resource that may hold names: most have none."""
    _refuse_blank_subjects(resource)
    return tuple(
        (spec, target)
        for spec, target in _references_of(configuration, resource.original.gvk)
        if _may_hold(resource.content, split_path(spec.path), 0)
    )


def _with_names(
    resource: Resource, held: tuple[_Field, ...], configuration: Configuration, renamed: Renamed
) -> Resource:
    """A resource with its references put right: as the last time, where the same could be meant by them."""
    by = (resource, configuration, renamed.schema)
    known = _fixed.get(key := (id(resource), id(configuration), id(renamed.schema)))
    if known is not None and renamed.still_has(known[1].candidates):
        return known[1].resource
    renamed.forget_who_was_asked_for()
    content = resource.content
    for spec, target in held:
        referrer = Referrer(resource, spec.path, target, renamed)
        try:
            content = edit_field(content, spec, referrer.set)
        except BuildError as error:
            what = f"updating name reference in '{spec.path}' field of '{describe(resource.id)}'"
            raise within(error, what) from None
    fixed = resource if content is resource.content else resource.holding(content)
    if (candidates := renamed.asked_for) is not None:
        _fixed[key] = (by, _Fixed(fixed, candidates))
    return fixed


@lru_cache(maxsize=1024)
def _references_of(configuration: Configuration, gvk: Gvk) -> tuple[_Field, ...]:
    """The fields of a kind that hold names, with the kind each names."""
    return tuple(
        (spec._replace(create=False), reference.gvk)
        for reference in configuration.name_references
        for spec in reference.referrers
        if selected_by(gvk, spec.gvk)
    )


def _may_hold(node: Node, path: tuple[str, ...], at: int) -> bool:
    """May there be a field at a path, or on the way something that kustomize refuses or puts right?"""
    if at == len(path) or node is None:
        return node is not None
    if isinstance(node, list):
        return any(_may_hold(item, path, at) for item in node)
    if not isinstance(node, dict):
        return True
    name = path[at].removesuffix("[]")
    if name not in node:
        return not name
    child = node[name]
    return (child is None and name != path[at]) or _may_hold(child, path, at + 1)


def _refuse_blank_subjects(resource: Resource) -> None:
    subjects = resource.content.get("subjects")
    if resource.id.gvk.kind != "RoleBinding" or not isinstance(subjects, list):
        return
    for subject in subjects:
        if not isinstance(subject, Mapping) or subject.get("kind") != "ServiceAccount":
            continue
        if "namespace" in subject and not isinstance(subject["namespace"], str):
            raise BuildError(f'Invalid Input: namespace is blank for resource "{describe(resource.id)}"')
