"""Scalars as text, the way Go prints them: for comparisons, concatenations and hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from bisectops.kustomize.resource import Node


def is_scalar(node: Node) -> bool:
    """Whether a node is neither a mapping nor a sequence."""
    return not isinstance(node, dict | list)


def text(node: Node) -> str:
    """A scalar's characters as its YAML node would hold them; null has none."""
    if isinstance(node, str):
        return node
    if node is None:
        return ""
    return number(node) if not isinstance(node, bool) else ("true" if node else "false")


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
    return {key: text(value) for key, value in mapping.items()} if isinstance(mapping, dict) else {}


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
    return "null" if node is None else text(node)


def _quoted(string: str) -> str:
    return json.dumps(string, ensure_ascii=False).translate(_HTML)
