"""Strategic merge patches as kustomize applies them, patch elements before the target's own.

Facts: kyaml/yaml/merge2/{merge2,smpdirective}.go and kyaml/yaml/walk/*.go. `$setElementOrder`,
`$deleteFromPrimitiveList` and `$retainKeys` are ordinary fields there, and so they are here.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.kustomize.associative import Merged, merge_lists
from bisectops.kustomize.directive import directive, list_directive
from bisectops.kustomize.nodes import MISSING, is_missing, wrong_kind
from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import in_style_of
from bisectops.kustomize.schema import BUILTIN, Schema, merge_keys
from bisectops.yaml.spelling import Blank


def strategic_merge(target: Node, patch: Node, schema: Schema = BUILTIN) -> dict[str, Node] | None:
    """The target with the patch merged into it, or None where the patch deletes it (`$patch: delete`).

    `$patch: replace` for a whole resource changes nothing: kustomize makes the new tree and forgets it.
    """
    merged, in_place = _Walker(schema).walk(target, patch, None)
    if is_missing(merged):
        return None
    result: dict[str, Node] = merged if in_place else target
    return result


class _Walker:
    """One merge; it holds nothing but the schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def walk(self, target: Node, patch: Node, place: Node | None) -> Merged:
        """Merge two nodes of one place; either may be MISSING, and one node may stand for both."""
        first = patch if is_missing(target) else target
        if place is None and isinstance(first, dict):
            place = self._embedded_kind(target) or self._embedded_kind(patch)
        if isinstance(first, dict):
            _require(dict, "MappingNode", target, patch)
            return self._mapping(target, patch, place)
        if isinstance(first, list):
            _require(list, "SequenceNode", target, patch)
            return Merged(self._sequence(target, patch, place), False)
        if is_missing(first):
            return Merged(None if target is None and patch is MISSING else MISSING, False)
        if isinstance(patch, dict | list):
            raise wrong_kind("ScalarNode", patch)
        return Merged(_or_missing(target if patch is MISSING else _scalar(target, patch)), False)

    def _embedded_kind(self, node: Node) -> Node | None:
        """A resource inside a place without a schema is merged by its own kind."""
        if not isinstance(node, dict) or "kind" not in node:
            return None
        kind, version = node["kind"], node.get("apiVersion")
        return (
            self._schema.kind(version, kind) if isinstance(kind, str) and isinstance(version, str) else None
        )

    def _mapping(self, target: Node, patch: Node, place: Node | None) -> Merged:
        if patch is MISSING:
            return Merged(self._kept(target, place), True)
        if patch is None:
            return Merged(MISSING, False)
        if is_missing(target):
            strategy, patch = directive(patch, strict=False)
            if strategy == "delete":
                return Merged(MISSING, False)
            return Merged(self._fields(patch, patch, place), False)
        strategy, elided = directive(patch, strict=True)
        if strategy == "delete":
            return Merged(MISSING, False)
        in_place = strategy == "merge" or target is patch
        target = elided if target is patch or strategy == "replace" else target
        return Merged(self._fields(target, elided, place), in_place)

    def _fields(self, target: dict[str, Node], patch: Mapping[str, Node], place: Node | None) -> Node:
        """Each field merged; the target itself where nothing changes."""
        additions = _nulls_spelt_out(patch)
        merged: dict[str, Node] = {}
        changed = False
        for key, value in target.items():
            blank = _is_blank(key, value)
            if key in additions:
                old = MISSING if blank else value
                new = self.walk(old, additions[key], self._inner(place, key)).value
            else:
                new = MISSING if blank else self._kept(value, self._inner(place, key))
            if new is not MISSING:
                merged[str(key) if blank else key] = new
            changed = changed or new is not value
        for key, value in additions.items() if target is not patch else ():
            if key not in target:
                new = self.walk(MISSING, value, self._inner(place, key)).value
                if new is not MISSING:
                    merged[key] = new
                    changed = True
        return merged if changed else target

    def _inner(self, place: Node | None, key: str) -> Node | None:
        return None if place is None else self._schema.field(place, key)

    def _kept(self, node: Node, place: Node | None) -> Node:
        """What stays where the patch says nothing: fields left empty go, keyed lists are set in order."""
        if node.__class__ is dict:
            if place is None:
                place = self._embedded_kind(node)
            merged = {
                key: self._kept(value, self._inner(place, key))
                for key, value in node.items()
                if not _is_blank(key, value)
            }
            same = len(merged) == len(node) and all(merged[key] is value for key, value in node.items())
            return node if same else merged
        return self._sequence(node, MISSING, place) if place is not None and isinstance(node, list) else node

    def _sequence(self, target: Node, patch: Node, place: Node | None) -> Node:
        keys = merge_keys(place)
        if keys is None or place is None:
            return _or_missing(target if patch is MISSING else patch)
        if is_missing(target):
            target = patch
        elif patch is None:
            return MISSING
        elif patch is not MISSING:
            strategy, elided = list_directive(patch)
            if strategy == "delete":
                return MISSING
            target = elided if strategy == "replace" or target is patch else target
            patch = elided
        elements = self._schema.elements(place)
        return merge_lists(target, patch, keys, lambda old, new: self.walk(old, new, elements))


def _nulls_spelt_out(patch: Mapping[str, Node]) -> Mapping[str, Node]:
    if not any(_is_blank(key, value) for key, value in patch.items()):
        return patch
    return {key: None if _is_blank(key, value) else value for key, value in patch.items()}


def _is_blank(key: str, value: Node) -> bool:
    return type(key) is Blank and (value is None or value == "")


def _scalar(target: Node, patch: Node) -> Node:
    return patch if patch is None or is_missing(target) else in_style_of(target, patch)


def _or_missing(node: Node) -> Node:
    return MISSING if node is None else node


def _require(wanted: type, name: str, *nodes: Node) -> None:
    for node in nodes:
        if not is_missing(node) and not isinstance(node, wanted):
            raise wrong_kind(name, node)
