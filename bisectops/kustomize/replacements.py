"""`replacements`: values copied from one resource's field to fields of others.

Facts: kustomize api/filters/replacement/replacement.go and PathMatcher of kyaml/yaml/match.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.kustomize.field_paths import Setter, set_at
from bisectops.kustomize.label_selector import matches
from bisectops.kustomize.lookup import find, smarter_split
from bisectops.kustomize.nodes import MISSING
from bisectops.kustomize.resource import Gvk, Node, ResId, describe, id_of, selected_by
from bisectops.kustomize.scalars import is_scalar, retyped, strings, text, untagged

_DEFAULT_PATH = "metadata.name"


class Candidate(NamedTuple):
    """A resource as replacements see it: what it holds, and what it was called before."""

    content: Mapping[str, Node]
    previous: Sequence[ResId] = ()

    @property
    def ids(self) -> tuple[ResId, ...]:
        return (id_of(self.content), *self.previous)


def replace_all(
    candidates: Iterable[Candidate], replacements: Iterable[Mapping[str, Node]]
) -> list[Mapping[str, Node]]:
    """The contents after all replacements, each seeing what those before it did."""
    current = list(candidates)
    for replacement in replacements:
        source, targets = replacement.get("source"), replacement.get("targets")
        if source is None or not targets:
            raise BuildError("replacements must specify a source and at least one target")
        value = _source_value(current, source)
        for target in targets:
            current = [_replaced(candidate, value, target or {}) for candidate in current]
    return [candidate.content for candidate in current]


def _source_value(candidates: Iterable[Candidate], source: Mapping[str, Node]) -> Node:
    wanted = _id(source)
    found = [candidate for candidate in candidates if _selected(candidate.ids, wanted)]
    if len(found) != 1:
        what = "multiple matches for selector" if found else "nothing selected by"
        raise BuildError(f"{what} {_described(source)}")
    path = source.get("fieldPath") or _DEFAULT_PATH
    try:
        value = find(found[0].content, smarter_split(path))
    except BuildError as error:
        raise BuildError(f"error looking up replacement source: {error.message}") from None
    if value is MISSING or value is None or value == {} or value == []:
        raise BuildError(f"fieldPath `{path}` is missing for replacement source {describe(wanted)}")
    return _refined(value, source.get("options") or {})


def _refined(value: Node, options: Mapping[str, Node]) -> Node:
    """One part of a value that a delimiter cuts up."""
    delimiter, index = options.get("delimiter") or "", options.get("index") or 0
    if not delimiter:
        return value
    if not is_scalar(value):
        raise BuildError("delimiter option can only be used with scalar nodes")
    parts = text(value).split(delimiter)
    if not 0 <= index < len(parts):
        raise BuildError(f"options.index {index} is out of bounds for value of {len(parts)} parts")
    return _Part(parts[index], value)


class _Part:
    """Text cut out of a scalar, with that scalar's type until it lands in a field that has its own."""

    def __init__(self, string: str, whole: Node) -> None:
        self.string = string
        self.whole = whole


def _replaced(candidate: Candidate, value: Node, target: Mapping[str, Node]) -> Candidate:
    select = target.get("select")
    if select is None:
        raise BuildError("target must specify resources to select")
    rejects = [reject or {} for reject in target.get("reject") or ()]
    if not _selects(candidate, select, rejects):
        return candidate
    options = target.get("options") or {}
    content = candidate.content
    for path in target.get("fieldPaths") or (_DEFAULT_PATH,):
        content = _with_value(content, path, value, options)
    return candidate._replace(content=content)


def _selects(candidate: Candidate, select: Mapping[str, Node], rejects: Iterable[Mapping[str, Node]]) -> bool:
    if not _labelled(candidate.content, select):
        return False
    for reject in rejects:
        if (reject.get("labelSelector") or reject.get("annotationSelector")) and _labelled(
            candidate.content, reject
        ):
            return False
    ids = candidate.ids
    rejected = any(_selected(ids, unwanted) for unwanted in map(_id, rejects) if unwanted != _ANYTHING)
    return _selected(ids, _id(select)) and not rejected


def _labelled(content: Mapping[str, Node], selector: Mapping[str, Node]) -> bool:
    metadata = content.get("metadata")
    held = metadata if isinstance(metadata, dict) else {}
    return all(
        matches(selector.get(f"{what}Selector") or "", strings(held.get(f"{what}s")))
        for what in ("annotation", "label")
    )


_ANYTHING = ResId(Gvk("", "", ""), "", "")


def _id(selector: Mapping[str, Node]) -> ResId:
    gvk = Gvk(*(selector.get(field) or "" for field in ("group", "version", "kind")))
    return ResId(gvk, selector.get("name") or "", selector.get("namespace") or "")


def _selected(ids: Iterable[ResId], wanted: ResId) -> bool:
    """Exactly, without expressions; the default namespace is the same as none."""
    return any(
        wanted.name in ("", id.name)
        and (not wanted.namespace or wanted.namespace == (id.namespace or "default"))
        and selected_by(id.gvk, wanted.gvk)
        for id in ids
    )


def _described(source: Mapping[str, Node]) -> str:
    parts = [describe(_id(source))]
    if source.get("fieldPath"):
        parts.append(source["fieldPath"])
    options = source.get("options") or {}
    delimiter, create = options.get("delimiter") or "", bool(options.get("create"))
    if delimiter or create:
        parts.append(f"{delimiter}({options.get('index') or 0}), create={str(create).lower()}")
    return ":".join(parts)


def _with_value(
    content: Mapping[str, Node], path: str, value: Node, options: Mapping[str, Node]
) -> Mapping[str, Node]:
    create = bool(options.get("create"))
    verb = "find or create" if create else "find"
    failure = f'unable to {verb} field "{path}" in replacement target'
    steps = smarter_split(path)
    try:
        edited, count = set_at(content, steps, _setter(value, options), _blank(value) if create else None)
    except _Unsettable as error:
        raise BuildError(error.message) from None
    except BuildError as error:
        raise BuildError(f"{failure}: {error.message}") from None
    if not count:
        raise BuildError(failure)
    result: Mapping[str, Node] = edited
    return result


class _Unsettable(BuildError):
    """A field was found, and the value does not fit in it."""


def _blank(value: Node) -> Node:
    """What a created field holds before it is set: something of the value's kind."""
    return type(value)() if isinstance(value, dict | list) else ""


def _setter(value: Node, options: Mapping[str, Node]) -> Setter:
    delimiter, index = options.get("delimiter") or "", options.get("index") or 0

    def put(field: Node, created: bool) -> Node:
        if not is_scalar(field):
            if delimiter:
                raise _Unsettable("delimiter option can only be used with scalar nodes")
            return retyped(value.whole, value.string) if isinstance(value, _Part) else value
        string = _string(value)
        if delimiter:
            string = delimiter.join(_joined(text(field).split(delimiter), string, index))
        if created:
            return untagged(None, string)
        try:
            return retyped(field, string)
        except BuildError as error:
            raise _Unsettable(error.message) from None

    return put


def _joined(parts: list[str], string: str, index: int) -> list[str]:
    if index < 0:
        return [string, *parts]
    if index >= len(parts):
        return [*parts, string]
    return [*parts[:index], string, *parts[index + 1 :]]


def _string(value: Node) -> str:
    if isinstance(value, _Part):
        return value.string
    return text(value) if is_scalar(value) else ""
