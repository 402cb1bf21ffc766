"""Which fields of objects a build looks at or changes one by one, so that the rest is known to pass as it is.

What is done to every object alike (namespaces, names, labels) is not counted: it stays within metadata and
within fields of kustomize's own tables. Told by their first two keys, fields are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import TypeAlias

from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import Configuration
from bisectops.kustomize.kustomization import Kustomization
from bisectops.kustomize.resource import Node

Field: TypeAlias = tuple[str, ...]
"""The first two keys of a field's path, or fewer where all beneath them may be meant."""

EVERYWHERE: frozenset[Field] = frozenset({()})
SHAPES: Field = ("*",)
"""Whether what is a scalar anywhere remains one: image references are looked for in every object."""


def touched_by(asked: Kustomization) -> frozenset[Field]:
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
    return frozenset({SHAPES}) if asked.images else frozenset()


@lru_cache(maxsize=64)
def fields_of_configuration(configuration: Configuration) -> frozenset[Field]:
    """The fields that the specs of a configuration name."""
    specs = [spec for each in fields(configuration) for spec in getattr(configuration, each.name)]
    plain = [spec for spec in specs if isinstance(spec, FieldSpec)]
    plain += [spec for reference in configuration.name_references for spec in reference.referrers]
    return frozenset(tuple(part.removesuffix("[]") for part in spec.path.split("/")[:2]) for spec in plain)


def fields_of(patch: Mapping[str, Node]) -> frozenset[Field]:
    """The fields that a strategic merge patch sets, takes away or merges into."""
    return frozenset(field for key, beneath in patch.items() for field in _beneath(str(key), beneath))


def _beneath(key: str, beneath: Node) -> Iterable[Field]:
    if key.startswith("$"):
        return [()]
    if not isinstance(beneath, dict) or any(str(inner).startswith("$") for inner in beneath):
        return [(key,)]
    return [(key, str(inner)) for inner in beneath]


def fields_of_operations(operations: Iterable[Mapping[str, Node]]) -> frozenset[Field]:
    """The fields that JSON 6902 operations name."""
    return frozenset(
        _field_of(str(operation[end]))
        for operation in operations
        for end in ("path", "from")
        if end in operation
    )


def _field_of(pointer: str) -> Field:
    return tuple(pointer.split("/")[1:3]) if pointer.startswith("/") else ()


def touches(touched: Iterable[Field], field: Field, *, reshaped: bool) -> bool:
    """Is a field, or one above or beneath it, among those that are touched?"""
    return any(
        each == field[: len(each)] or field == each[: len(field)] or (reshaped and each == SHAPES)
        for each in touched
    )
