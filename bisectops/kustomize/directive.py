"""What a strategic merge patch asks for with `$patch`, at a mapping or in a list.

Facts: kyaml/yaml/merge2/smpdirective.go.
"""

from __future__ import annotations

from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import text

_DIRECTIVE = "$patch"


class Directive(NamedTuple):
    """What a patch asks for at one place, and the patch without the asking."""

    strategy: str
    patch: Node


def directive(patch: dict[str, Node], *, strict: bool) -> Directive:
    """A mapping's directive; an unknown one is an error only where it would act."""
    if _DIRECTIVE not in patch:
        return Directive("merge", patch)
    strategy = _strategy(patch[_DIRECTIVE], strict=strict)
    if not strategy:
        return Directive("merge", patch)
    return Directive(strategy, {key: value for key, value in patch.items() if key != _DIRECTIVE})


def _strategy(node: Node, *, strict: bool) -> str:
    strategy = "" if isinstance(node, dict | list) else "null" if node is None else text(node)
    if strategy in ("delete", "replace", "merge"):
        return strategy
    if strict:
        raise BuildError(f"unknown patch strategy '{strategy}'")
    return ""


def without_directive(patch: Node) -> Node:
    """A mapping as a merge leaves it: its directive is taken out when it is obeyed."""
    return directive(patch, strict=False).patch if isinstance(patch, dict) else patch


def list_directive(patch: list[Node]) -> Directive:
    """A list's directive is an element of its own, with no other field."""
    holder = next((item for item in patch if isinstance(item, dict) and _DIRECTIVE in item), None)
    if holder is None or len(holder) > 1:
        return Directive("merge", patch)
    strategy = _strategy(holder[_DIRECTIVE], strict=True)
    return Directive(strategy, [item for item in patch if not _says(item, strategy)])


def _says(item: Node, strategy: str) -> bool:
    if item is None or item == {}:
        return True
    return isinstance(item, dict) and item.get(_DIRECTIVE) == strategy
