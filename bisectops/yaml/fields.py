"""Typed reading of trees that nobody vouches for: a wrong type reads as absent, never as an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Node: TypeAlias = Any
Step: TypeAlias = str | int


def value(tree: Node, *path: Step) -> Node:
    """What lies at a path of keys and indices; None where nothing does.

    >>> value({"spec": {"patches": [{"path": "a.yaml"}]}}, "spec", "patches", 0, "path")
    'a.yaml'
    """
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else _item(tree, step)
    return tree


def _item(tree: Node, step: Step) -> Node:
    if isinstance(tree, list) and isinstance(step, int) and 0 <= step < len(tree):
        return tree[step]
    return None


def text(tree: Node, *path: Step) -> str | None:
    """The string at a path; numbers and booleans are no strings."""
    for step in path:  # as `value` does: these two are asked more often than anything else
        tree = tree.get(step) if isinstance(tree, dict) else _item(tree, step)
    return tree if isinstance(tree, str) else None


def text_or(default: str, tree: Node, *path: Step) -> str:
    """The string at a path, or the default where it is absent, of another type or empty."""
    return text(tree, *path) or default


def mapping(tree: Node, *path: Step) -> Mapping[str, Node]:
    """The mapping at a path, or an empty one."""
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else _item(tree, step)
    return tree if isinstance(tree, dict) else {}


def sequence(tree: Node, *path: Step) -> Sequence[Node]:
    """The list at a path, or an empty one."""
    found = value(tree, *path)
    return found if isinstance(found, list) else ()


def mappings(tree: Node, *path: Step) -> tuple[Mapping[str, Node], ...]:
    """The mappings in the list at a path; its other items are left out."""
    return tuple(item for item in sequence(tree, *path) if isinstance(item, dict))


def texts(tree: Node, *path: Step) -> tuple[str, ...]:
    """The strings in the list at a path; its other items are left out."""
    return tuple(item for item in sequence(tree, *path) if isinstance(item, str))


def text_map(tree: Node, *path: Step) -> dict[str, str]:
    """The mapping at a path, its values that are strings: labels, annotations, data."""
    return {key: item for key, item in mapping(tree, *path).items() if isinstance(item, str)}


def boolean(tree: Node, *path: Step) -> bool:
    """Whether true stands at a path; the word "true" in quotes does not count."""
    return value(tree, *path) is True


def integer(tree: Node, *path: Step) -> int | None:
    """The whole number at a path; true and false are none, 1.0 is one."""
    found = value(tree, *path)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
