"""Scalars as text, the way Go prints them: for comparisons, concatenations and hashes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Node
from bisectops.yaml.scalars import resolve
from bisectops.yaml.spelling import Blank, KeyOfOdd, Quoted, SpeltFloat, SpeltInt, SpeltTime, spelt


def is_scalar(node: Node) -> bool:
    """Whether a node is neither a mapping nor a sequence."""
    return not isinstance(node, dict | list)


def text(node: Node) -> str:
    """A scalar's characters as its YAML node would hold them; null has none."""
    if isinstance(node, SpeltTime | SpeltInt | SpeltFloat):
        return node.spelling
    if isinstance(node, str):
        return node
    if node is None:
        return ""
    return number(node) if not isinstance(node, bool) else ("true" if node else "false")


def in_style_of(old: Node, new: Node) -> Node:
    """A scalar put where another stood, whose quotes stay: between quotes all is text.

    FieldSetter in kyaml/yaml/fns.go keeps the style of what it replaces.
    """
    if type(old) is Quoted:
        return Quoted(text(new))
    return str(new) if type(new) is Quoted else new


def untagged(old: Node, new: str) -> Node:
    """Text put where a scalar stood, with no type of its own: it is read again unless quotes hold it."""
    return Quoted(new) if type(old) is Quoted else spelt(new, resolve(new))


def retyped(old: Node, new: str) -> Node:
    """Text put where a scalar stood whose type stays. Raises BuildError where it is no such thing."""
    if isinstance(old, str):
        return in_style_of(old, new)
    value = resolve(new)
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if _tag(value) != _tag(old):
        raise BuildError(f"yaml: cannot decode !!{_tag(value)} as a !!{_tag(old)}")
    return spelt(new, value)


def _tag(scalar: Node) -> str:
    kinds = {"null": type(None), "bool": bool, "int": int, "float": float}
    return next((tag for tag, kind in kinds.items() if isinstance(scalar, kind)), "str")


def number(value: float) -> str:
    """A number as encoding/json writes it: the shortest digits, exponents only below 1e-6 and from 1e21."""
    if isinstance(value, int):
        return str(value)
    digits = repr(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format(Decimal(digits), "f").removesuffix(".0")
    mantissa, _, exponent = digits.partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"


def strings(mapping: Node) -> Mapping[str, str]:
    """A mapping's values as text, such as labels; nothing for what is no mapping."""
    if not isinstance(mapping, dict):
        return {}
    return {str(key): entry_text(key, value) for key, value in mapping.items()}


def refuse_odd_keys(added: Iterable[str]) -> None:
    """Kustomize writes the keys that it adds without quotes and reads them again: `404` would be a number."""
    if not all(map(_is_string_key, added)):
        raise BuildError("json: unsupported type: map[interface {}]interface {}")


@lru_cache(maxsize=1024)
def _is_string_key(key: str) -> bool:
    return key != "<<" and resolve(key) == key


def entry_text(key: str, value: Node) -> str:
    """The text of a scalar behind a key, which may tell how a null or a boolean is spelt."""
    if isinstance(key, KeyOfOdd) and resolve(key.spelling) is value:
        return key.spelling
    if value is None:
        return "" if type(key) is Blank else "null"
    return text(value) if is_scalar(value) else ""


_ESCAPED = "<>&\u2028\u2029"
_HTML = str.maketrans({character: f"\\u{ord(character):04x}" for character in _ESCAPED})


def go_json(node: Node) -> str:
    """Compact JSON as Go's encoding/json marshals it: sorted keys, HTML characters escaped."""
    if isinstance(node, dict):
        return "{" + ",".join(f"{go_json(key)}:{go_json(node[key])}" for key in sorted(node)) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(go_json, node)) + "]"
    if isinstance(node, str):
        return _quoted(node)
    if node is None or isinstance(node, bool):
        return {None: "null", True: "true", False: "false"}[node]
    return number(node)


def _quoted(string: str) -> str:
    return json.dumps(string, ensure_ascii=False).translate(_HTML)
