"""Every field that a replacement's path matches, set in a copy of the tree.

Facts: PathMatcher of kyaml/yaml/match.go; `*` and `[name=expression]` may match several elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.kustomize.lookup import elements, entry, field, is_entry
from bisectops.kustomize.nodes import MISSING
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import is_scalar, text
from bisectops.kustomize.selector import compiled
from bisectops.yaml.scalars import resolve
from bisectops.yaml.spelling import Quoted

Setter = Callable[[Node, bool], Node]
"""Given what a field holds, and whether it was just created, tells what it shall hold."""


class Edited(NamedTuple):
    """A tree with fields set, and how many there were."""

    node: Node
    fields: int


def set_at(node: Node, steps: Sequence[str], setter: Setter, blank: Node | None) -> Edited:
    """Set what lies at a path; `blank` is what a missing field is created with, None creates nothing."""
    return _Matcher(setter, blank).set(node, tuple(steps), created=False)


class _Matcher:
    """One path's walk: the setter, and what to create."""

    def __init__(self, setter: Setter, blank: Node | None) -> None:
        self._setter = setter
        self._blank = blank

    def set(self, node: Node, steps: tuple[str, ...], *, created: bool) -> Edited:
        if not steps:
            return Edited(self._setter(node, created), 1)
        step = steps[0]
        if _is_index(step):
            return self._at_index(node, int(step), steps[1:])
        if is_entry(step):
            return self._matching(node, steps)
        if step == "*":
            return self._each(node, [True] * len(elements(node)), steps[1:])
        return self._field(node, step, steps[1:])

    def _field(self, node: Node, name: str, rest: tuple[str, ...]) -> Edited:
        inner = field(node, name)
        created = inner is MISSING
        if created:
            if self._blank is None:
                return Edited(node, 0)
            inner = self._made(rest)
        edited = self.set(inner, rest, created=created)
        if node is None:  # the field is hung on the null, where nobody will see it
            return Edited(None, edited.fields)
        if edited.node is inner and not created:
            return Edited(node, edited.fields)
        return Edited({**node, name: edited.node}, edited.fields)

    def _made(self, rest: tuple[str, ...]) -> Node:
        """What a missing part of the path is created as: the next step tells."""
        if not rest:
            return self._blank
        return [] if is_entry(rest[0]) or _is_index(rest[0]) else {}

    def _at_index(self, node: Node, index: int, rest: tuple[str, ...]) -> Edited:
        items = elements(node)
        created = len(items) == index and self._blank is not None
        if created:
            items = [*items, self._made(rest)]
        if len(items) <= index:
            raise BuildError(f"index {index} specified but only {len(items)} elements found")
        edited = self.set(items[index], rest, created=created)
        return Edited([*items[:index], edited.node, *items[index + 1 :]], edited.fields)

    def _matching(self, node: Node, steps: tuple[str, ...]) -> Edited:
        name, wanted = entry(steps[0])
        items = elements(node)
        rest = steps[1:] if name else ()
        expression = compiled(wanted)
        written = [_written(item, name) for item in items]
        hits = [value is not None and expression.search(value) is not None for value in written]
        edited = self._each(node, hits, rest)
        if edited.fields or self._blank is None:
            return edited
        made = self.set({name: resolve(wanted)} if name else resolve(wanted), rest, created=not name)
        return Edited([*items, made.node], made.fields)

    def _each(self, node: Node, hits: Sequence[bool], rest: tuple[str, ...]) -> Edited:
        items = elements(node)
        edited = [
            self.set(item, rest, created=False) if hit else Edited(item, 0)
            for item, hit in zip(items, hits, strict=True)
        ]
        return Edited([each.node for each in edited], sum(each.fields for each in edited))


def _is_index(step: str) -> bool:
    return step.removeprefix("+").isascii() and step.removeprefix("+").isdigit()


def _written(item: Node, name: str) -> str | None:
    """What the expression is held against: the value as YAML writes it, quotes included."""
    if name:
        item = item.get(name, MISSING) if isinstance(item, dict) else MISSING
    if item is MISSING or not is_scalar(item):
        return None
    if isinstance(item, str) and (type(item) is Quoted or resolve(item) != item):
        return f'"{item}"'
    return text(item).strip()
