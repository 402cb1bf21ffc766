"""Labels that kustomize wrote in several places of a resource at once, and that change as one.

It puts one node of the tree into all of them (api/filters/filtersutil/setters.go), and whatever later
changes that node in one place changes it everywhere: a patch of a Deployment's label moves its selector.
A JSON 6902 patch reads the resource anew and so parts the twins.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.kustomize.resource import Node


class Twin(str):
    """A label's value; the places that hold this very object are one node to kustomize."""

    __slots__ = ()


def follow(before: Mapping[str, Node], after: Mapping[str, Node]) -> Mapping[str, Node]:
    """A resource after an edit, with the twins of every value that the edit replaced replaced too."""
    changed: dict[int, Node] = {}
    _compare(before, after, changed)
    return replaced(after, changed) if changed else after


def _compare(before: Node, after: Node, changed: dict[int, Node]) -> None:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                _compare(value, after[key], changed)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            _compare(one, other, changed)
    elif type(before) is Twin and not isinstance(after, dict | list):
        changed[id(before)] = Twin(after) if isinstance(after, str) else after


def replaced(content: Mapping[str, Node], changed: Mapping[int, Node]) -> Mapping[str, Node]:
    """A resource with other values for some twins, which are told by their identity."""
    new: Mapping[str, Node] = _walked(content, changed)
    return new


def parted(content: Mapping[str, Node]) -> Mapping[str, Node]:
    """A resource whose labels are strings of their own again."""
    new: Mapping[str, Node] = _walked(content, None)
    return new


def _walked(node: Node, changed: Mapping[int, Node] | None) -> Node:
    if isinstance(node, dict):
        fields = {key: _walked(value, changed) for key, value in node.items()}
        return fields if any(fields[key] is not node[key] for key in node) else node
    if isinstance(node, list):
        items = [_walked(item, changed) for item in node]
        return items if any(new is not old for new, old in zip(items, node, strict=True)) else node
    if type(node) is not Twin:
        return node
    return str(node) if changed is None else changed.get(id(node), node)
