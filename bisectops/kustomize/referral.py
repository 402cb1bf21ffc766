"""Whom a name that one resource holds refers to, among those that ever had it.

Facts: kustomize api/filters/nameref/nameref.go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import is_

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.resource import Gvk, Node, Resource, describe, selected_by
from bisectops.kustomize.scalars import text
from bisectops.kustomize.schema import NOT_NAMESPACED, Schema


class Renamed:
    """The resources that ever had another id, by each name they had."""

    def __init__(self, accumulator: Accumulator) -> None:
        self.schema: Schema = accumulator.schema
        self._everyone = accumulator.resources
        self._at_first = tuple(accumulator.resources)
        self._names: set[str] | None = set()

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Resource]]:
        found: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in self._at_first:
            if len(resource.previous) == 1:
                found[resource.previous[0].name].append(resource)
            elif resource.previous:
                for name in {was.name for was in resource.previous}:
                    found[name].append(resource)
        return found

    def who_had(self, name: str) -> Sequence[Resource]:
        """Everybody who ever had a name."""
        if self._names is not None:
            self._names.add(name)
        return self._by_name.get(name, ())

    def everyone(self) -> Sequence[Resource]:
        """All resources, renamed or not."""
        self._names = None
        return self._everyone

    def forget_who_was_asked_for(self) -> None:
        """Begin to note anew which names are asked for."""
        self._names = set()

    @property
    def asked_for(self) -> tuple[tuple[str, tuple[Resource, ...]], ...] | None:
        """Who had each name that was asked for; None where everyone was looked at."""
        if self._names is None:
            return None
        return tuple((name, tuple(self._by_name.get(name, ()))) for name in self._names)

    def still_has(self, candidates: Iterable[tuple[str, tuple[Resource, ...]]]) -> bool:
        """Are these, and no others, the ones who had some names?"""
        for name, had in candidates:
            have = self._by_name.get(name, ())
            if len(have) != len(had) or not all(map(is_, have, had)):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Referrer:
    """A field of a resource that holds the name of another."""

    resource: Resource
    path: str
    target: Gvk
    renamed: Renamed

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
        candidates = self.renamed.who_had(name)
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
            for it in self._reachable(self.renamed.everyone())
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
