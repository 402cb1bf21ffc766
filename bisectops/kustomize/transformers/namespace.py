"""`namespace`: where resources live, and what follows from it.

Facts: kustomize api/filters/namespace/namespace.go and api/internal/builtins/NamespaceTransformer.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator, Key
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.failure import within
from bisectops.kustomize.fieldspec import Setter, edit_field, edit_fields
from bisectops.kustomize.resource import Gvk, Node, Resource, Shaping, describe
from bisectops.kustomize.scalars import text
from bisectops.memo import Identified

_EVERYWHERE = FieldSpec(Gvk("", "", ""), "metadata/namespace", create=True)
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
SUBJECT_MODES = ("defaultOnly", "none", "allServiceAccounts")


_moved: Identified[tuple[Resource, Key, Key]] = Identified(2_000)
"""What a resource is in another namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceTransformer:
    """Puts every namespaced resource into one namespace."""

    namespace: str
    specs: tuple[FieldSpec, ...]
    by: Shaping
    unset_only: bool = False
    subjects: str = "defaultOnly"

    def __post_init__(self) -> None:
        if self.subjects not in SUBJECT_MODES:
            raise BuildError(
                f'invalid value "{self.subjects}" for setRoleBindingSubjects: '
                'must be one of "defaultOnly", "none" or "allServiceAccounts"'
            )

    def __call__(self, accumulator: Accumulator) -> None:
        if not self.namespace:
            return
        specs: dict[Gvk, tuple[FieldSpec, ...]] = {}
        how = (self.namespace, self.by, self.unset_only, self.subjects, accumulator.schema)
        present = Counter(accumulator.key(resource.id) for resource in accumulator.resources)
        moved = []
        for resource in accumulator.resources:
            make = partial(self._moved, resource, specs, accumulator)
            new, before, after = _moved.get((resource, self.specs), how, make)
            if after != before:
                present[before] -= 1
                present[after] += 1
            if present[after] != 1:
                raise BuildError(f"namespace transformation produces ID conflict: {describe(new.id)}")
            moved.append(new)
        accumulator.become(moved)

    def _moved(
        self, resource: Resource, specs: dict[Gvk, tuple[FieldSpec, ...]], accumulator: Accumulator
    ) -> tuple[Resource, Key, Key]:
        """A resource in the namespace, and what told it from others before and tells it now."""
        gvk = resource.id.gvk
        if gvk not in specs:
            specs[gvk] = tuple(self._specs_of(gvk))
        content = self._edited(resource, specs[gvk], accumulator)
        before = accumulator.key(resource.id)
        new = resource.moved(content, before.namespace, self.by)
        return new, before, accumulator.key(new.id)

    def _specs_of(self, gvk: Gvk) -> Iterator[FieldSpec]:
        """The fields that hold a namespace in resources of a kind, besides their own."""
        for spec in self.specs:
            if spec.gvk.kind not in ("", gvk.kind) or spec.path == "metadata/namespace":
                continue
            if spec.path == "metadata/name" and (gvk.group, gvk.version) != ("", "v1"):
                continue
            if gvk.kind in _BINDINGS and spec.gvk.kind in _BINDINGS and spec.path == "subjects/namespace":
                continue
            yield spec

    def _edited(
        self, resource: Resource, specs: Iterable[FieldSpec], accumulator: Accumulator
    ) -> Mapping[str, Node]:
        gvk, content = resource.id.gvk, resource.content
        if accumulator.schema.namespaceable(gvk) is not False:
            content = edit_field(content, _EVERYWHERE, self._set, str)
        if gvk.kind in _BINDINGS:
            content = self._bind(content)
        try:
            return edit_fields(content, gvk, specs, self._set, str)
        except BuildError as error:
            raise within(error, "namespace transformation failed") from None

    def _set(self, node: Node) -> Node:
        if isinstance(node, dict | list):
            raise BuildError("namespace field specs must target scalar nodes")
        if self.unset_only and text(node):
            return node
        return self.namespace

    def _bind(self, content: Mapping[str, Node]) -> Mapping[str, Node]:
        subjects = content.get("subjects")
        if self.subjects == "none" or subjects is None:
            return content
        if not isinstance(subjects, list):
            raise BuildError("setting namespace on (cluster)role binding subjects: expected a sequence")
        bound = [self._subject(subject) for subject in subjects]
        if all(new is old for new, old in zip(bound, subjects, strict=True)):
            return content
        return {**content, "subjects": bound}

    def _subject(self, subject: Node) -> Node:
        if not isinstance(subject, dict):
            if subject is None:
                return subject
            raise BuildError("setting namespace on (cluster)role binding subjects: expected a mapping")
        field, wanted = (
            ("kind", "ServiceAccount") if self.subjects == "allServiceAccounts" else ("name", "default")
        )
        if subject.get(field) != wanted:
            return subject
        setter: Setter = self._set
        return {**subject, "namespace": setter(subject.get("namespace", ""))}
