"""Values read into declared shapes by the rules of Go's encoding/json, with its error messages.

Keys match whatever their case, null leaves a field unset, and nothing is converted silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import text


class Scalar(Enum):
    """The scalar types of Go that kustomization fields have."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    INT64 = "int64"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A sequence whose elements have one shape."""

    element: Shape


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping whose values have one shape, under any key."""

    value: Shape


class Struct:
    """A mapping with known fields."""

    def __init__(self, name: str, fields: Mapping[str, Shape], *, package: str = "types") -> None:
        self.name = name
        self.package = package
        self.fields = fields
        self.canonical = {field.lower(): field for field in fields}


class Anything:
    """A value taken as it is."""


ANY = Anything()
STRING, BOOL, INT, INT64 = Scalar.STRING, Scalar.BOOL, Scalar.INT, Scalar.INT64
STRINGS = ListOf(STRING)
STRING_MAP = MapOf(STRING)
Shape: TypeAlias = Scalar | ListOf | MapOf | Struct | Anything


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly a value is read."""

    refuse_unknown: bool
    text_from_scalars: bool
    """Whether numbers and booleans may stand where text is wanted, as in sigs.k8s.io/yaml's Unmarshal."""


FILE = Rules(refuse_unknown=True, text_from_scalars=False)
TOLERANT = Rules(refuse_unknown=False, text_from_scalars=False)
PLUGIN = Rules(refuse_unknown=False, text_from_scalars=True)
STRICT_PLUGIN = Rules(refuse_unknown=True, text_from_scalars=True)


def decode(value: Node, shape: Struct, rules: Rules = FILE) -> dict[str, Node]:
    """The fields that a value sets, under their canonical names. Raises BuildError in Go's words."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BuildError(f"json: cannot unmarshal {_kind(value)} into Go value of type {_type(shape)}")
    return _struct(value, shape, rules, shape, "")


def _struct(
    value: dict[str, Node], shape: Struct, rules: Rules, root: Struct, address: str
) -> dict[str, Node]:
    fields: dict[str, Node] = {}
    for key in sorted(value):
        name = key if key in shape.fields else shape.canonical.get(key.lower())
        if name is None:
            if rules.refuse_unknown:
                raise BuildError(f'json: unknown field "{key}"')
            continue
        if value[key] is not None:
            field = shape.fields[name]
            read = _value(value[key], field, rules, shape, f"{address}.{name}" if address else name)
            fields[name] = {**fields.get(name, {}), **read} if isinstance(field, MapOf) else read
    return fields


def _value(value: Node, shape: Shape, rules: Rules, within: Struct, address: str) -> Node:
    if isinstance(shape, Scalar):
        return _scalar(value, shape, rules, within, address)
    if isinstance(shape, Struct) and isinstance(value, dict):
        return _struct(value, shape, rules, within, address)
    if isinstance(shape, ListOf) and isinstance(value, list):
        if shape.element is STRING and all(isinstance(item, str) for item in value):
            return value
        return [_element(item, shape.element, rules, within, address) for item in value]
    if isinstance(shape, MapOf) and isinstance(value, dict):
        return {key: _element(item, shape.value, rules, within, address) for key, item in value.items()}
    if isinstance(shape, Anything):
        return value
    raise _mismatch(value, shape, within, address)


_ZERO = {STRING: "", BOOL: False, INT: 0, INT64: 0}


def _element(value: Node, shape: Shape, rules: Rules, within: Struct, address: str) -> Node:
    if value is not None:
        return _value(value, shape, rules, within, address)
    if isinstance(shape, Scalar):
        return _ZERO[shape]
    return {} if isinstance(shape, Struct) else None


def _scalar(value: Node, shape: Scalar, rules: Rules, within: Struct, address: str) -> Node:
    if shape is STRING and isinstance(value, str):
        return value
    if shape is BOOL and isinstance(value, bool):
        return value
    if shape in (INT, INT64) and isinstance(value, int) and not isinstance(value, bool):
        return value
    if shape is STRING and rules.text_from_scalars and not isinstance(value, dict | list):
        return text(value)
    if shape in (INT, INT64) and isinstance(value, float) and value.is_integer():
        return int(value)
    raise _mismatch(value, shape, within, address)


def _mismatch(value: Node, shape: Shape, within: Struct, address: str) -> BuildError:
    field, what = f"{within.name}.{address}", _kind(value)
    if isinstance(value, float) and shape in (INT, INT64):
        what = f"number {text(value)}"
    return BuildError(f"json: cannot unmarshal {what} into Go struct field {field} of type {_type(shape)}")


def _kind(value: Node) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def _type(shape: Shape) -> str:
    if isinstance(shape, Scalar):
        return shape.value
    if isinstance(shape, Struct):
        return f"{shape.package}.{shape.name}"
    if isinstance(shape, ListOf):
        return f"[]{_type(shape.element)}"
    return f"map[string]{_type(shape.value)}" if isinstance(shape, MapOf) else "interface {}"
