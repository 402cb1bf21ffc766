"""Trees become text, byte for byte as `kustomize build` prints them.

Kustomize marshals a resource to JSON, and sigs.k8s.io/yaml's JSONToYAML prints that with go-yaml
version 2 (goyaml.v2/encode.go, emitterc.go, sorter.go at v1.4.0): keys in natural order, sequences
flush with their key, lines folded after column 80.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cmp_to_key, lru_cache
from typing import Any, TypeAlias

from bisectops.yaml.quoting import as_read_back, flat, folded, is_block, is_broken, literal, short

Node: TypeAlias = Any

_WIDTH = 80
_SIMPLE_KEY = 128


def dump(tree: Node) -> str:
    """One document as kustomize prints it.

    >>> print(dump({"b": {"y": [1, "no"]}, "a10": None, "a9": 1.0}), end="")
    a9: 1
    a10: null
    b:
      "y":
      - 1
      - "no"
    """
    out: list[str] = []
    _block(tree, 0, 0, out, inline=True)
    return "".join(out)


def dump_all(trees: Iterable[Node]) -> str:
    """Documents with `---` between, as `kustomize build` prints them."""
    return "---\n".join(dump(tree) for tree in trees)


def _block(tree: Node, indent: int, column: int, out: list[str], *, inline: bool) -> None:
    """Write a value that stands where a line begins, or (inline) after a dash, colon or question mark."""
    if isinstance(tree, dict) and tree:
        _mapping(tree, indent, out, inline=inline)
    elif isinstance(tree, list) and tree:
        _sequence(tree, indent, out, inline=inline)
    else:
        _scalar(tree, max(indent - 2, 0) if indent else -2, column, out)


def _mapping(tree: dict[str, Node], indent: int, out: list[str], *, inline: bool) -> None:
    margin = " " * indent
    for key, name in _in_order(tuple(tree)):
        if inline:
            inline = False
        else:
            out.append(margin)
        value = tree[key]
        if name is None:
            _complex_entry(as_read_back(key), value, indent, out)
        elif isinstance(value, str) and (text := short(value)) is not None:
            out.append(f"{name}: {text}\n")
        elif isinstance(value, dict) and value:
            out.append(f"{name}:\n")
            _mapping(value, indent + 2, out, inline=False)
        elif isinstance(value, list) and value:
            out.append(f"{name}:\n")
            _sequence(value, indent, out, inline=False)
        else:
            out.append(f"{name}: ")
            _scalar(value, indent, indent + len(name) + 2, out)


def _complex_entry(key: str, value: Node, indent: int, out: list[str]) -> None:
    out.append("? ")
    _scalar(key, indent, indent + 2, out)
    out.append(" " * indent + ": ")
    _block(value, indent + 2, indent + 2, out, inline=True)


def _sequence(items: list[Node], indent: int, out: list[str], *, inline: bool) -> None:
    dash = " " * indent + "- "
    for item in items:
        if inline:
            inline = False
            out.append("- ")
        else:
            out.append(dash)
        _block(item, indent + 2, indent + 2, out, inline=True)


def _scalar(value: Node, indent: int, column: int, out: list[str]) -> None:
    """Write a scalar or an empty collection, and the end of its line."""
    if not isinstance(value, str):
        out.append(_plain(value) + "\n")
        return
    if "\x85" in value:
        value = as_read_back(value)
    if "\n" in value and is_block(value):
        out.append(literal(value, indent + 2))
        return
    text = flat(value)
    if (column + len(text) > _WIDTH and " " in value) or is_broken(value):
        text = folded(value, column, indent + 2)
    out.append(text + "\n")


def _plain(value: Node) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number(value)
        case dict():
            return "{}"
        case list():
            return "[]"
        case _:
            raise AssertionError(f"no YAML value: {type(value)}")


def _is_simple(key: str) -> bool:
    if len(key) > _SIMPLE_KEY // 4 and len(key.encode()) > _SIMPLE_KEY:
        return False
    return not ("\n" in key or "\u2028" in key or "\u2029" in key or "\r" in key)


def number(value: float) -> str:
    """A float after Go's JSON: whole numbers of 64 bits lose their point, others print as %g does.

    >>> [number(value) for value in (1.0, -0.0, 1e20, 1234567.5, 1e-7, 0.1)]
    ['1', '0', '1e+20', '1.2345675e+06', '1e-07', '0.1']
    """
    decimal = Decimal(repr(value))
    if decimal == decimal.to_integral_value() and -(1 << 63) <= decimal < 1 << 64:
        return str(int(decimal))
    sign, digits, exponent = decimal.normalize().as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) - 1 + exponent
    minus = "-" if sign else ""
    text = "".join(map(str, digits))
    if -4 <= power < 6:
        return minus + format(Decimal(repr(abs(value))).normalize(), "f")
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    return f"{minus}{text[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02}"


@lru_cache(maxsize=8192)
def _in_order(keys: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    """The keys as sorted, each with what is written for it; None where it cannot stand before a colon."""
    return tuple((key, _name(as_read_back(key))) for key in sorted(keys, key=cmp_to_key(natural)))


def _name(key: str) -> str | None:
    return flat(key) if _is_simple(key) else None


def natural(one: str, other: str) -> int:
    """go-yaml's order of keys (sorter.go): digits by value, letters after everything else."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left == right:
            continue
        if left.isalpha() and right.isalpha():
            return ord(left) - ord(right)
        if left.isalpha() or right.isalpha():
            return -1 if right.isalpha() else 1
        zeros = _significant_before(one, index) if "0" in (left, right) else 0
        left_end, left_number = _digits(one, index, zeros)
        right_end, right_number = _digits(other, index, zeros)
        return left_number - right_number or left_end - right_end or ord(left) - ord(right)
    return len(one) - len(other)


def _significant_before(text: str, index: int) -> int:
    while index > 0 and text[index - 1].isdecimal():
        index -= 1
        if text[index] != "0":
            return 1
    return 0


def _digits(text: str, index: int, value: int) -> tuple[int, int]:
    """Where a number ends and what it is in an int64, overflow included."""
    while index < len(text) and text[index].isdecimal():
        value = value * 10 + ord(text[index]) - 48
        index += 1
    return index, (value + (1 << 63)) % (1 << 64) - (1 << 63)
