"""Edits at a field path, copying only what lies on the way to the field.

Facts: kustomize api/filters/fieldspec/fieldspec.go and kyaml/utils/pathsplitter.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.failure import within
from bisectops.kustomize.resource import Gvk, Node, describe, id_of, selected_by

Setter = Callable[[Node], Node]
Maker = Callable[[], Node]
"""Makes the value that a field created at the end of a path starts with."""

_ABSENT = object()


@lru_cache(maxsize=4096)
def split_path(path: str, delimiter: str = "/") -> tuple[str, ...]:
    r"""The names on a path; a leading slash is dropped and `\\/` stands for a slash within a name."""
    parts = path.split(delimiter)
    if len(parts) > 1 and not parts[0]:
        del parts[0]
    names = [parts[0]]
    for part in parts[1:]:
        if names[-1].endswith("\\"):
            names[-1] = names[-1].removesuffix("\\") + delimiter + part
        else:
            names.append(part)
    return tuple(names)


def edit_fields(
    content: Mapping[str, Node],
    gvk: Gvk,
    specs: Iterable[FieldSpec],
    setter: Setter,
    make: Maker | None = None,
) -> Mapping[str, Node]:
    """The content with every field that the specs name for its kind passed through the setter."""
    for spec in specs:
        if selected_by(gvk, spec.gvk):
            content = edit_field(content, spec, setter, make)
    return content


def edit_field(
    content: Mapping[str, Node], spec: FieldSpec, setter: Setter, make: Maker | None = None
) -> Mapping[str, Node]:
    """The content with one field passed through the setter; the spec's kind is not looked at."""
    try:
        edited: Mapping[str, Node] = _edit(
            content, split_path(spec.path), 0, setter, make if spec.create else None
        )
    except BuildError as error:
        raise within(error, f"considering field '{spec.path}' of object {describe(id_of(content))}") from None
    return edited


def _edit(node: Node, path: tuple[str, ...], at: int, setter: Setter, make: Maker | None) -> Node:
    if at == len(path):
        return setter(node)
    if isinstance(node, dict):
        return _edit_mapping(node, path, at, setter, make)
    if isinstance(node, list):
        return _edit_elements(node, path, at, setter, make)
    if node is None:
        return None
    raise BuildError("expected sequence or mapping node")


def _edit_mapping(
    node: dict[str, Node], path: tuple[str, ...], at: int, setter: Setter, make: Maker | None
) -> Node:
    name = path[at]
    sequence = name.endswith("[]")
    name = name.removesuffix("[]")
    if not name:
        raise BuildError("cannot set or create an empty field name")
    value = node.get(name, _ABSENT)
    creates = make is not None and not sequence
    if value is _ABSENT and not creates:
        return node
    if value is _ABSENT or value is None:
        value = _fresh(make if at + 1 == len(path) else dict, creates, sequence)
    edited = _edit(value, path, at + 1, setter, make)
    return node if _is_as_before(edited, node.get(name, _ABSENT)) else {**node, name: edited}


def _fresh(make: Maker | None, creates: bool, sequence: bool) -> Node:
    if sequence:
        return []
    return make() if creates and make is not None else None


def _edit_elements(
    node: list[Node], path: tuple[str, ...], at: int, setter: Setter, make: Maker | None
) -> list[Node]:
    edited = [_edit(element, path, at, setter, make) for element in node]
    return node if all(map(_is_as_before, edited, node)) else edited


def _is_as_before(new: Node, old: Node) -> bool:
    """Is it the same, be it by another string? Who was at work on a resource must not hang on that."""
    return new is old or (type(new) is str and type(old) is str and new == old)
