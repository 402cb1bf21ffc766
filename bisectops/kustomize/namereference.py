"""Names that refer to renamed resources, put right once everything has its final name.

Facts: kustomize api/filters/nameref/nameref.go and api/internal/accumulator/namereferencetransformer.go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import Configuration
from bisectops.kustomize.failure import within
from bisectops.kustomize.fieldspec import edit_field, split_path
from bisectops.kustomize.resource import Gvk, Node, Resource, describe, selected_by
from bisectops.kustomize.scalars import text
from bisectops.kustomize.schema import NOT_NAMESPACED, Schema
from bisectops.memo import Identified

Content: TypeAlias = Mapping[str, Node]
_Field: TypeAlias = tuple[FieldSpec, Gvk]
"""A field that holds names, and the kind that it names."""

_holding: Identified[tuple[_Field, ...]] = Identified(4_000)
"""The fields of an object that may hold names."""


def fix_references(accumulator: Accumulator) -> None:
    """Let every field that the configuration knows to hold a name hold the referred resource's new one."""
    renamed = _Renamed(accumulator)
    configuration = accumulator.configuration
    for place, resource in enumerate(accumulator.resources):
        _refuse_blank_subjects(resource)
        content, gvk = resource.content, resource.original.gvk
        for spec, target in _holding.get(
            (content, configuration), gvk, partial(_held, content, configuration, gvk)
        ):
            referrer = _Referrer(resource, spec.path, target, renamed)
            try:
                content = edit_field(content, spec, referrer.set)
            except BuildError as error:
                what = f"updating name reference in '{spec.path}' field of '{describe(resource.id)}'"
                raise within(error, what) from None
        if content is not resource.content:
            resource = resource.holding(content)
            accumulator.resources[place] = resource


def _held(content: Content, configuration: Configuration, gvk: Gvk) -> tuple[_Field, ...]:
    """The fields of an object that may hold names: most objects have none."""
    return tuple(
        (spec, target)
        for spec, target in _references_of(configuration, gvk)
        if _may_hold(content, split_path(spec.path), 0)
    )


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


class _Renamed:
    """The resources that ever had another id, by each name they had."""

    def __init__(self, accumulator: Accumulator) -> None:
        self.schema: Schema = accumulator.schema
        self.everyone = accumulator.resources
        self.by_name: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in accumulator.resources:
            for name in {was.name for was in resource.previous}:
                self.by_name[name].append(resource)


@dataclass(frozen=True, slots=True)
class _Referrer:
    """A field of a resource that holds the name of another."""

    resource: Resource
    path: str
    target: Gvk
    renamed: _Renamed

    def set(self, node: Node) -> Node:
        """The field with the new name in it: a name, a mapping with one, or a list of either."""
        if node is None:
            return None
        if isinstance(node, list):
            changed = [self._element(item) for item in node]
            return node if all(new is old for new, old in zip(changed, node, strict=True)) else changed
        return self._element(node)

    def _element(self, node: Node) -> Node:
        if isinstance(node, dict):
            return self._mapping(node)
        if isinstance(node, list):
            raise BuildError("a sequence is expected to be either a string or a map of string")
        return node if node is None else self._scalar(node)

    def _scalar(self, node: Node) -> Node:
        name = text(node)
        found = self._referral(name, self._within_reach(name), lambda resource: resource.id.name)
        return node if found is None or found.id.name == name else found.id.name

    def _mapping(self, node: dict[str, Node]) -> Node:
        if "name" not in node:
            raise BuildError("path config error; no 'name' field in node")
        name = text(node["name"])
        candidates = self._within_reach(name)
        if "namespace" in node and candidates:
            candidates = self._in_namespace(candidates, text(node["namespace"]))
        found = self._referral(name, candidates, lambda it: (it.id.name, it.id.namespace))
        if found is None or (found.id.name == name and not found.id.namespace):
            return node
        changed = {**node, "name": found.id.name}
        if found.id.namespace:
            changed["namespace"] = found.id.namespace
        return changed if changed != node else node

    def _within_reach(self, name: str) -> Sequence[Resource]:
        """Who had the name and could be referred to from here: cluster-wide, or of a shared namespace."""
        candidates = self.renamed.by_name.get(name)
        return self._reachable(candidates) if candidates else []

    def _reachable(self, candidates: Sequence[Resource]) -> Sequence[Resource]:
        schema, here = self.renamed.schema, self.resource
        mine = schema.effective_namespace(here.id)
        if mine == NOT_NAMESPACED:
            return candidates
        bound = _subject_namespaces(here)
        return [
            it
            for it in candidates
            if schema.effective_namespace(it.id) in (NOT_NAMESPACED, mine) or it.id.namespace in bound
        ]

    def _in_namespace(self, candidates: Sequence[Resource], namespace: str) -> list[Resource]:
        schema = self.renamed.schema
        original = [it for it in candidates if schema.effective_namespace(it.original) == namespace]
        if original or self._anyone_came_from(namespace):
            return original
        return [it for it in candidates if schema.effective_namespace(it.id) == namespace]

    def _anyone_came_from(self, namespace: str) -> bool:
        """Kustomize looks among all resources in reach, renamed or not, for one written in a namespace."""
        schema = self.renamed.schema
        return namespace != NOT_NAMESPACED and any(
            schema.effective_namespace(it.original) == namespace
            for it in self._reachable(self.renamed.everyone)
        )

    def _referral(
        self, name: str, candidates: Iterable[Resource], identity: Callable[[Resource], object]
    ) -> Resource | None:
        found = [it for it in candidates if _was(it, self.target)]
        found = self._by_role(found)
        found = self._nearby(found)
        if len(found) > 1:
            found = [it for it in found if _same_context(it, self.resource, lenient=True)]
        elif len(found) == 1:
            return found[0]
        if len(found) > 1:
            found = [it for it in found if _same_context(it, self.resource, lenient=False)]
        if len(found) <= 1:
            return found[0] if found else None
        if len({identity(it) for it in found}) == 1:
            return found[0]
        listed = ", ".join(describe(it.id) for it in found)
        raise BuildError(f"found multiple possible referrals: {listed}")

    def _by_role(self, candidates: list[Resource]) -> list[Resource]:
        if not self.path.endswith("roleRef/name"):
            return candidates
        role = self.resource.content.get("roleRef")
        if not isinstance(role, dict) or "apiGroup" not in role or "kind" not in role:
            return candidates
        wanted = Gvk(text(role["apiGroup"]), "", text(role["kind"]))
        return [it for it in candidates if _was(it, wanted)]

    def _nearby(self, candidates: list[Resource]) -> list[Resource]:
        schema = self.renamed.schema
        mine = schema.effective_namespace(self.resource.id)
        if mine == NOT_NAMESPACED:
            return candidates
        return [
            it
            for it in candidates
            if it.id.gvk.kind == "ServiceAccount"
            or schema.effective_namespace(it.id) in (NOT_NAMESPACED, mine)
        ]


def _was(resource: Resource, wanted: Gvk) -> bool:
    gvk = resource.id.gvk
    return any(selected_by(Gvk(gvk.group, gvk.version, was.kind), wanted) for was in resource.previous)


def _subject_namespaces(resource: Resource) -> set[str]:
    """The namespaces of the service accounts that a RoleBinding binds."""
    subjects = resource.content.get("subjects")
    if resource.id.gvk.kind != "RoleBinding" or not isinstance(subjects, list):
        return set()
    return {
        subject["namespace"]
        for subject in subjects
        if isinstance(subject, Mapping)
        and subject.get("kind") == "ServiceAccount"
        and isinstance(subject.get("namespace"), str)
    }


def _refuse_blank_subjects(resource: Resource) -> None:
    subjects = resource.content.get("subjects")
    if resource.id.gvk.kind != "RoleBinding" or not isinstance(subjects, list):
        return
    for subject in subjects:
        if not isinstance(subject, Mapping) or subject.get("kind") != "ServiceAccount":
            continue
        if "namespace" in subject and not isinstance(subject["namespace"], str):
            raise BuildError(f'Invalid Input: namespace is blank for resource "{describe(resource.id)}"')


def _same_context(one: Resource, other: Resource, *, lenient: bool) -> bool:
    """Were two resources renamed by the same kustomizations, as far as prefixes and suffixes tell?"""
    return _same_end(one.prefixes, other.prefixes, lenient) and _same_end(
        one.suffixes, other.suffixes, lenient
    )


def _same_end(one: Sequence[str], other: Sequence[str], lenient: bool) -> bool:
    if not one or not other:
        return lenient or len(one) == len(other)
    length = min(len(one), len(other))
    return tuple(one[-length:]) == tuple(other[-length:])
