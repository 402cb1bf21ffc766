"""Paths into a tree, as replacements and vars write them: names, indices, `[name=value]`.

Facts: SmarterPathSplitter of kyaml/utils/pathsplitter.go, PathGetter of kyaml/yaml/fns.go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bisectops.errors import BuildError
from bisectops.kustomize.fieldspec import split_path
from bisectops.kustomize.nodes import MISSING, wrong_kind
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import is_scalar, text

_INTEGER = re.compile(r"[+-]?[0-9]+")


@lru_cache(maxsize=1024)
def smarter_split(path: str) -> tuple[str, ...]:
    """The steps of a dotted path; brackets hold dots together, and go where they hold no `=`.

    >>> smarter_split("spec.containers.[name=a.b].image"), smarter_split("metadata.annotations.[a.b/c]")
    (('spec', 'containers', '[name=a.b]', 'image'), ('metadata', 'annotations', 'a.b/c'))
    """
    steps: list[str] = []
    parts = iter(split_path(path, "."))
    for part in parts:
        if not part.startswith("[") or part.endswith("]"):
            steps.append(part)
            continue
        for more in parts:
            part += f".{more}"
            if more.endswith("]"):
                break
        steps.append(part if "=" in part else part.strip("[]"))
    return tuple(steps)


def is_entry(step: str) -> bool:
    """Whether a step picks list elements by a field's value, or by their own: `[name=web]`, `[=web]`."""
    return step.startswith("[") and step.endswith("]")


def entry(step: str) -> tuple[str, str]:
    """The field and the value of such a step."""
    name, equals, value = step.removesuffix("]").removeprefix("[").partition("=")
    if not equals:
        raise BuildError("list path element must contain fieldName=fieldValue for element to match")
    return name, value


def find(node: Node, steps: Sequence[str]) -> Node:
    """What lies at the end of a path, or MISSING. Raises BuildError where a step cannot be taken."""
    for step in filter(None, map(str.strip, steps)):
        node = _step(node, step)
        if node is MISSING:
            return MISSING
    return node


def _step(node: Node, step: str) -> Node:
    if _INTEGER.fullmatch(step):
        if int(step) < 0:
            raise BuildError(f"array index {int(step)} cannot be negative")
        return _element(node, int(step))
    if step == "-":
        return _element(node, -1)
    if step == "*":
        raise BuildError("wildcard is not supported in PathGetter")
    if is_entry(step):
        return _matching(node, *entry(step))
    return field(node, step)


def field(node: Node, name: str) -> Node:
    """A mapping's field, or MISSING; null has none."""
    if node is None:
        return MISSING
    if not isinstance(node, dict):
        raise wrong_kind("MappingNode", node)
    return node.get(name, MISSING)


def elements(node: Node) -> list[Node]:
    """A list's elements; null has none."""
    if node is None:
        return []
    if not isinstance(node, list):
        raise wrong_kind("SequenceNode", node)
    return node


def _element(node: Node, at: int) -> Node:
    items = elements(node)
    return items[at] if -len(items) <= at < len(items) else MISSING


def _matching(node: Node, name: str, value: str) -> Node:
    for item in elements(node):
        if not name:
            if is_scalar(item) and text(item) == value:
                return item
        elif isinstance(item, dict) and name in item:
            found = item[name]
            if (text(found) if is_scalar(found) else "") == value:
                return item
    return MISSING
