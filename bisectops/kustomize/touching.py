"""Which fields of objects a build looks at or changes one by one, so that the rest is known to pass as it is.

What is done to every object alike (namespaces, names, labels) is not counted: it stays within metadata and
within fields of kustomize's own tables. Told by their first two keys, fields are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache

from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import DEFAULTS, Configuration
from bisectops.kustomize.kustomization import Kustomization
from bisectops.kustomize.resource import Field, Gvk, Node, Touch, selected_by

EVERYWHERE = frozenset({Touch(())})
_SHAPES = frozenset({Touch((), shape_only=True)})
_BY_SHAPE = ("add", "replace", "remove")


def touched_by(asked: Kustomization) -> frozenset[Touch]:
    """What a kustomization's own fields look at, but for its patches and configurations."""
    anywhere = (
        asked.replacements
        or asked.variables
        or asked.transformers
        or asked.generators
        or asked.validators
        or asked.openapi
        or any("fields" in label for label in asked.labels)
    )
    if anywhere:
        return EVERYWHERE
    return _SHAPES if asked.images else frozenset()


@lru_cache(maxsize=64)
def fields_of_configuration(configuration: Configuration) -> frozenset[Touch]:
    """The fields that the specs of a configuration name."""
    return frozenset(Touch(_of_path(spec.path)) for spec in _specs(configuration))


@lru_cache(maxsize=1024)
def fields_by_default(gvk: Gvk) -> frozenset[Touch]:
    """The fields of a kind that kustomize's own tables name."""
    return frozenset(Touch(_of_path(spec.path)) for spec in _specs(DEFAULTS) if selected_by(gvk, spec.gvk))


def _specs(configuration: Configuration) -> Iterator[FieldSpec]:
    for each in fields(configuration):
        yield from (spec for spec in getattr(configuration, each.name) if isinstance(spec, FieldSpec))
    for reference in configuration.name_references:
        yield from reference.referrers


def _of_path(path: str) -> Field:
    return tuple(part.removesuffix("[]") for part in path.split("/")[:2])


def fields_of(patch: Mapping[str, Node]) -> frozenset[Touch]:
    """The fields that a strategic merge patch sets, takes away or merges into."""
    return frozenset(touch for key, beneath in patch.items() for touch in _beneath(str(key), beneath))


def _beneath(key: str, beneath: Node) -> Iterable[Touch]:
    if key.startswith("$"):
        return [Touch(())]
    if not isinstance(beneath, dict):
        return [Touch((key,))]
    return [
        Touch((key,)) if str(inner).startswith("$") else Touch((key, str(inner)), not _directs(value))
        for inner, value in beneath.items()
    ]


def _directs(node: Node) -> bool:
    """Does a patch hold a directive: which items go may hang on what is in them?"""
    if isinstance(node, dict):
        return any(str(key).startswith("$") or _directs(value) for key, value in node.items())
    return isinstance(node, list) and any(map(_directs, node))


def fields_of_operations(operations: Iterable[Mapping[str, Node]]) -> frozenset[Touch]:
    """The fields that JSON 6902 operations name."""
    return frozenset(
        Touch(_of_pointer(str(operation[end])), operation.get("op") in _BY_SHAPE)
        for operation in operations
        for end in ("path", "from")
        if end in operation
    )


def _of_pointer(pointer: str) -> Field:
    return tuple(pointer.split("/")[1:3]) if pointer.startswith("/") else ()


def touches(touched: Iterable[Touch], field: Field, *, reshaped: bool) -> bool:
    """Is a field, or one above or beneath it, among those that are touched?"""
    return any(
        (reshaped or not each.shape_only)
        and (each.field == field[: len(each.field)] or field == each.field[: len(field)])
        for each in touched
    )
