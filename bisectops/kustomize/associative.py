"""Lists whose elements are told apart by keys, merged as kyaml does it, oddities included.

Facts: kyaml/yaml/walk/associative_sequence.go, and ElementSetter and ElementMatcher of kyaml/yaml/fns.go.
An element without its key pushes out others; a `$patch: replace` on one element is undone by the
target's element being put back: both happen there too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bisectops.kustomize.directive import without_directive
from bisectops.kustomize.nodes import MISSING, is_missing, wrong_kind
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import text

Keys = Sequence[str]
_SCALAR = ("",)
"""The key of a list of scalars: each is known by its own text."""


class Merged(NamedTuple):
    """A merged node, and whether it took the target's place (or else stands beside it)."""

    value: Node
    in_place: bool


def merge_lists(target: Node, patch: Node, keys: Keys, merge: Callable[[Node, Node], Merged]) -> Node:
    """The patch's elements in their order, then the target's others; equal keys merge.

    `patch` may be MISSING, or the target itself where a patch adds or replaces the whole list.
    """
    keys = keys or _SCALAR
    alone = target is patch
    sources = [source for source in (patch, target) if not is_missing(source)]
    values_list = _values_list(sources, keys)
    old: list[Node] = list(target)
    new: list[Node] = old if alone else [] if is_missing(patch) else list(patch)
    added: list[Node] = []
    valid: Keys = keys
    for values in values_list:
        valid, wanted = _valid(values_list, values, keys)
        merged = _merged_element(old, new, valid, wanted, merge)
        if is_missing(merged) or merged == {}:
            old[:] = _set_element(old, MISSING, valid, wanted)
        else:
            added = _set_element(added, merged, valid, wanted)
    return _appended(added, old, valid) if values_list else target


def _merged_element(
    old: list[Node], new: list[Node], keys: Keys, values: Keys, merge: Callable[[Node, Node], Merged]
) -> Node:
    """One element of both lists merged; the old list gets it too where it took an element's place."""
    precise_keys, precise_values = _valid([values], values, keys)
    at = _find(old, precise_keys, precise_values)
    beside = at if new is old else _find(new, precise_keys, precise_values)
    before = MISSING if at < 0 else old[at]
    value, in_place = merge(before, MISSING if beside < 0 else new[beside])
    if beside >= 0:
        new[beside] = without_directive(new[beside])
    if isinstance(value, dict) and value:
        unset = {
            key: wanted for key, wanted in zip(keys, values, strict=False) if wanted and key not in value
        }
        value = {**value, **unset} if unset else value
    if in_place and at >= 0:
        old[at] = value
    return value


def _values_list(sources: Sequence[Sequence[Node]], keys: Keys) -> list[Keys]:
    """The distinct key values of all elements, in order of appearance."""
    if keys == _SCALAR:
        return [(value,) for value in dict.fromkeys(_text(item) for items in sources for item in items)]
    found = dict.fromkeys(tuple(_key_text(item, key) for key in keys) for items in sources for item in items)
    return _unified(list(found)) if len(keys) > 1 else list(found)


def _unified(values_list: list[Keys]) -> list[Keys]:
    """A missing secondary key is taken from an element that agrees in another."""
    for i in range(len(values_list)):
        first = values_list[i]
        for j in range(len(values_list)):
            united = _united(first, values_list[j])
            if united is not None:
                values_list[i] = values_list[j] = united
    return values_list


def _united(one: Keys, other: Keys) -> Keys | None:
    if any(a != b and a and b for a, b in zip(one, other, strict=True)):
        return None
    if all(a != b for a, b in zip(one, other, strict=True)):
        return None
    return tuple(a or b for a, b in zip(one, other, strict=True))


def _valid(values_list: Sequence[Keys], values: Keys, keys: Keys) -> tuple[Keys, Keys]:
    """The keys that any element has, with this element's values for them."""
    used = [any(row[i] for row in values_list if i < len(row)) for i in range(len(keys))]
    if not any(used):
        return keys, values
    return (
        tuple(key for key, use in zip(keys, used, strict=True) if use),
        tuple(value for value, use in zip(values, used, strict=False) if value or use),
    )


def _text(node: Node) -> str:
    return "" if isinstance(node, dict | list) else text(node)


def _key_text(item: Node, key: str) -> str:
    return _text(item.get(key)) if isinstance(item, dict) else ""


def _find(items: Sequence[Node], keys: Keys, values: Keys) -> int:
    """The index of the first element with these values, or -1."""
    for at, item in enumerate(items):
        if keys[0] == "":
            if _text(item) == values[0]:
                return at
        elif isinstance(item, dict) and all(
            key in item and _text(item[key]) == value for key, value in zip(keys, values, strict=False)
        ):
            return at
    return -1


def _set_element(items: Sequence[Node], element: Node, keys: Keys, values: Keys) -> list[Node]:
    """The list with the matching elements replaced, or without them for MISSING; appended if none matches."""
    kept: list[Node] = []
    placed = False
    of_mappings = keys[0] != "" and bool(values) and values[0] != ""
    for item in items:
        if item is None or item == {}:
            continue
        if of_mappings and not isinstance(item, dict):
            kept.append(item)
        elif not _matches(item, keys, values):
            if values:
                kept.append(item)
        else:
            placed = True
            if element is not MISSING:
                kept.append(element)
    if not placed and not is_missing(element):
        kept.append(element)
    return kept


def _matches(item: Node, keys: Keys, values: Keys) -> bool:
    """Whether an element has all values; an empty value asks only that the key is there."""
    found = False
    for at, key in enumerate(keys):
        if at < len(values):
            found = _has(item, key, values[at])
        if not found:
            return False
    return True


def _has(item: Node, key: str, value: str) -> bool:
    if key == "":
        if isinstance(item, dict | list):
            raise wrong_kind("ScalarNode", item)
        return text(item) == value
    if not isinstance(item, dict):
        raise wrong_kind("MappingNode", item)
    return key in item and (not value or _text(item[key]) == value)


def _appended(items: list[Node], others: Sequence[Node], keys: Keys) -> list[Node]:
    """The list with others set into it by their keys, or appended where they lack one."""
    for item in others:
        if keys[0] == "":
            items = _set_element(items, item, _SCALAR, (_text(item),))
            continue
        if item is not None and not isinstance(item, dict):
            raise wrong_kind("MappingNode", item)
        fields: dict[str, Node] = item or {}
        items = items + [item] * sum(key not in fields for key in keys)
        values = tuple(_text(fields[key]) for key in keys if key in fields)
        if len(keys) > 1:
            items = _set_element(items, MISSING, keys, values)
        items = _set_element(items, item, keys, values)
    return items
