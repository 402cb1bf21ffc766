"""Template functions of slim-sprig and Go that ResourceSets are seen to use; pure, on plain values."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

from bisectops.errors import BuildError, Unsupported
from bisectops.kustomize.resource import Node
from bisectops.yaml.writer import dump, number

_LONGEST = 1 << 20
Function: TypeAlias = Callable[..., Node]


def printed(value: Node) -> str:
    """A value as fmt.Fprint writes it."""
    match value:
        case None:
            return "<no value>"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return number(value)
        case Mapping():
            return "map[" + " ".join(f"{key}:{printed(value[key])}" for key in sorted(value)) + "]"
        case list():
            return "[" + " ".join(map(printed, value)) + "]"
        case _:
            return str(value)


def truth(value: Node) -> bool:
    """Go's notion: false, zero, nil and whatever is empty are not true."""
    return bool(value)


def _quote(*values: Node) -> str:
    return " ".join(json.dumps(printed(value), ensure_ascii=False) for value in values if value is not None)


def _default(fallback: Node, value: Node = None) -> Node:
    return value if truth(value) else fallback


def _indent(width: int, text: str) -> str:
    if not 0 <= width <= 200:
        raise Unsupported("an indentation of that width is not evaluated")
    return " " * width + text.replace("\n", "\n" + " " * width)


def _trunc(length: int, text: str) -> str:
    return text[length:] if length < 0 else text[:length]


def _repeat(count: int, text: str) -> str:
    if count * len(text) > _LONGEST:
        raise Unsupported("a text of that length is not evaluated")
    return text * count


def _printf(pattern: str, *values: Node) -> str:
    rest = list(values)

    def put(found: re.Match[str]) -> str:
        verb = found[0][-1]
        if verb == "%":
            return "%"
        if not rest or found[0] not in ("%s", "%d", "%v", "%q", "%t"):
            raise Unsupported(f"the format {found[0]} is not evaluated")
        value = rest.pop(0)
        return _quote(value) if verb == "q" else printed(value)

    return re.sub(r"%[-+# 0-9.]*[a-zA-Z%]", put, pattern)


def _index(value: Node, *keys: Node) -> Node:
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError) as error:
            raise BuildError(f"error calling index: {printed(key)}") from error
    return value


def _slugify(text: str) -> str:
    """gosimple/slug's Make for what is nearly ASCII, cut after 63 characters between words."""
    plain = unicodedata.normalize("NFKD", text.strip()).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("&", "and").replace("@", "at")
    slug = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_-]", "-", plain)).strip("-_")
    while len(slug) > 63:
        head, _, _ = slug[:64].rpartition("-")
        slug = head or slug[:63]
    return slug


def _number(value: Node) -> int:
    try:
        return int(float(value)) if isinstance(value, str) else int(value or 0)
    except (ValueError, TypeError, OverflowError):
        return 0


def _equal(value: Node, *others: Node) -> bool:
    return any(value == other and isinstance(value, bool) is isinstance(other, bool) for other in others)


def _and(*values: Node) -> Node:
    return next((value for value in values if not truth(value)), values[-1])


def _or(*values: Node) -> Node:
    return next((value for value in values if truth(value)), values[-1])


def _fail(message: str) -> Node:
    raise BuildError(message)


def _dict(*pairs: Node) -> dict[str, Node]:
    return {printed(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


_FUNCTIONS: dict[str, Function] = {
    "quote": _quote,
    "squote": lambda *values: " ".join(f"'{printed(value)}'" for value in values if value is not None),
    "upper": lambda text: text.upper(),
    "lower": lambda text: text.lower(),
    "trim": lambda text: text.strip(),
    "trimAll": lambda cut, text: text.strip(cut),
    "trimPrefix": lambda prefix, text: text.removeprefix(prefix),
    "trimSuffix": lambda suffix, text: text.removesuffix(suffix),
    "replace": lambda old, new, text: _replaced(old, new, text),
    "contains": lambda part, text: part in text,
    "hasPrefix": lambda prefix, text: text.startswith(prefix),
    "hasSuffix": lambda suffix, text: text.endswith(suffix),
    "splitList": lambda separator, text: text.split(separator) if separator else list(text),
    "join": lambda separator, values: separator.join(map(printed, values)),
    "trunc": _trunc,
    "repeat": _repeat,
    "indent": _indent,
    "nindent": lambda width, text: "\n" + _indent(width, text),
    "toString": printed,
    "toYaml": lambda value: dump(value),
    "mustToYaml": lambda value: dump(value),
    "toJson": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True),
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
    "sha256sum": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "slugify": _slugify,
    "printf": _printf,
    "print": lambda *values: "".join(map(printed, values)),
    "cat": lambda *values: " ".join(map(printed, values)),
    "default": _default,
    "coalesce": lambda *values: next(filter(truth, values), None),
    "ternary": lambda yes, no, test: yes if test else no,
    "empty": lambda value: not truth(value),
    "fail": _fail,
    "eq": _equal,
    "ne": lambda one, other: not _equal(one, other),
    "lt": lambda one, other: one < other,
    "le": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "ge": lambda one, other: one >= other,
    "and": _and,
    "or": _or,
    "not": lambda value: not truth(value),
    "len": lambda value: len(value),
    "index": _index,
    "list": lambda *values: list(values),
    "dict": _dict,
    "get": lambda mapping, key: mapping.get(key, ""),
    "hasKey": lambda mapping, key: key in mapping,
    "has": lambda value, values: value in values,
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "until": lambda count: list(range(min(max(count, 0), 10_000))),
    "int": _number,
    "add": lambda *values: sum(map(_number, values)),
    "sub": lambda one, other: _number(one) - _number(other),
    "mul": lambda one, other: _number(one) * _number(other),
}


def _replaced(old: str, new: str, text: str) -> str:
    if text.count(old) * len(new) > _LONGEST:
        raise Unsupported("a text of that length is not evaluated")
    return text.replace(old, new)


def _checked(name: str, function: Function) -> Function:
    def call(*values: Node) -> Node:
        try:
            return function(*values)
        except (TypeError, AttributeError, ValueError) as error:
            raise BuildError(f"error calling {name}: wrong type or number of arguments") from error

    return call


FUNCTIONS: dict[str, Function] = {name: _checked(name, each) for name, each in _FUNCTIONS.items()}
"""Every known function; wrong arguments are a BuildError, as they fail the ResourceSet."""
