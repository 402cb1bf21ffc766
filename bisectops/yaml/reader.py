"""Text becomes trees as kustomize v5.5.0 reads it.

Resources go through kyaml (kio/byteio_reader.go) and sigs.k8s.io/yaml's goyaml.v3; kustomization files
and JSON 6902 patches through its goyaml.v2. Both are ports of libyaml, so the events come from libyaml
itself and only the composition is ours.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from bisectops.errors import YamlError
from bisectops.yaml.blocks import read_again
from bisectops.yaml.scalars import HINTS, Scalar, resolve, resolve_1_1

Node: TypeAlias = Any
"""A YAML value: dict[str, Node] | list[Node] | str | int | float | bool | None, never changed in place."""

MAX_BYTES = 16 << 20
MAX_NODES = 500_000
"""Nodes of one document, aliases expanded: twice what the largest bundles of CRDs hold."""
MAX_DEPTH = 150

_SEPARATOR = re.compile(r"\n---.*\n")
_TAG = "tag:yaml.org,2002:"
_UNFINISHED = object()


class _Refused(Exception):
    """What go-yaml says of a text, without where the text is from."""


def documents(data: bytes, *, where: str = "") -> tuple[Node, ...]:
    """The documents of a resource file; empty ones are dropped, Lists are left to the caller.

    Raises YamlError in kustomize's words, with the path given as `where` where kustomize adds it.
    """
    return tuple(tree for _, tree in numbered(data, where=where) if tree or tree in (0, False, ""))


def numbered(data: bytes, *, where: str = "") -> Iterator[tuple[int, Node]]:
    """Every document with the zero-based line on which its text starts, empty documents included."""
    for line, text in chunks(data, where=where):
        try:
            yield line, _Composer(text).document()
        except _Refused as refused:
            raise YamlError(f"{refused}{f' in File: {where}' if where else ''}") from None


def chunks(data: bytes, *, where: str = "") -> Iterator[tuple[int, bytes]]:
    """Cut a file at its `---` lines as kyaml's splitDocuments does, before any YAML is parsed."""
    if len(data) > MAX_BYTES:
        raise YamlError(f"{where or 'file'} is larger than {MAX_BYTES >> 20} MiB: not read")
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    start = line = 0
    for separator in _SEPARATOR.finditer(text):
        comment = separator[0][4:].strip()
        if comment and not comment.startswith("#"):
            raise YamlError(f"invalid document separator: {separator[0].strip()}")
        yield line, text[start : separator.start() + 1].encode("utf-8", "surrogateescape")
        line += text.count("\n", start, separator.end())
        start = separator.end()
    yield line, text[start:].encode("utf-8", "surrogateescape")


def one(data: bytes, *, where: str = "") -> Node:
    """A kustomization file or JSON 6902 patch: its first document by YAML 1.1 rules, as JSON.

    sigs.k8s.io/yaml's YAMLToJSON: yes and no are booleans, keys that are numbers or booleans become
    strings, a duplicate key's last value wins, `<<` overrides the keys before it.
    """
    if len(data) > MAX_BYTES:
        raise YamlError(f"{where or 'file'} is larger than {MAX_BYTES >> 20} MiB: not read")
    try:
        return _OldComposer(data).document()
    except _Refused as refused:
        raise YamlError(str(refused).removeprefix("MalformedYAMLError: ")) from None


def yaml_1_1(text: str) -> Node:
    """The second read of a resource after Flux's substitution (fluxcd/pkg kustomize_varsub.go)."""
    return one(text.encode("utf-8", "surrogateescape"))


class _Composer:
    """Builds one document from libyaml's events by version 3's rules."""

    def __init__(self, data: bytes) -> None:
        self.parser = CParser(data)
        self.event: Callable[[], Any] = self.parser.get_event
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.left = MAX_NODES
        self.depth = 0
        self.flow = 0

    def document(self) -> Node:
        try:
            self.event()
            if type(self.event()) is StreamEndEvent:
                return None
            tree = self.node(self.event())
            self.expect_end(self.event())
            return tree
        except yaml.MarkedYAMLError as error:
            raise _Refused(f"MalformedYAMLError: yaml: {_line(error)}{error.problem}") from None
        except yaml.YAMLError as error:
            raise _Refused(f"MalformedYAMLError: yaml: {_reader_problem(error)}") from None
        finally:
            self.parser.dispose()

    def expect_end(self, event: Any) -> None:
        assert type(event) is DocumentEndEvent

    def node(self, event: Any) -> Node:
        kind = type(event)
        if kind is ScalarEvent:
            return self.scalar(event)
        if kind is AliasEvent:
            return self.alias(event.anchor)
        self.left -= 1
        self.depth += 1
        if self.depth > MAX_DEPTH or self.left < 0:
            raise _Refused(_too_much(self.depth))
        anchor, before = event.anchor, self.left
        if anchor is not None:
            self.anchors[anchor] = (_UNFINISHED, 0)
        self.flow += bool(event.flow_style)
        tree: Node = self.mapping() if kind is MappingStartEvent else self.sequence()
        self.flow -= bool(event.flow_style)
        self.depth -= 1
        if anchor is not None:
            self.anchors[anchor] = (tree, before - self.left + 1)
        return tree

    def alias(self, anchor: str) -> Node:
        if anchor not in self.anchors:
            raise _Refused(f"MalformedYAMLError: yaml: unknown anchor '{anchor}' referenced")
        tree, weight = self.anchors[anchor]
        if tree is _UNFINISHED:
            raise _Refused(f"MalformedYAMLError: yaml: anchor '{anchor}' value contains itself")
        self.left -= weight
        if self.left < 0:
            raise _Refused(_too_much(0))
        return tree

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        self.left -= 1 + (len(text) >> 8)
        value: Scalar
        if event.implicit[0]:
            if event.style:
                value = text
            elif not text:
                value = None
            else:
                value = finite(resolve(text)) if text[0] in HINTS else text
        elif event.tag is None:
            value = read_again(text) if event.style == ">" and not self.flow else text
        else:
            value = self.tagged(event.tag.removeprefix(_TAG), text, event.style)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + (len(text) >> 8))
        return value

    def tagged(self, tag: str, text: str, style: str | None) -> Scalar:
        return finite(cast(tag, text, resolve(text)))

    def sequence(self) -> list[Node]:
        items: list[Node] = []
        event, node, append = self.event, self.node, items.append
        while type(item := event()) is not SequenceEndEvent:
            append(node(item))
        return items

    def mapping(self) -> dict[str, Node]:
        tree: dict[str, Node] = {}
        merged: dict[str, Node] | None = None
        event, node = self.event, self.node
        while type(key_event := event()) is not MappingEndEvent:
            key = self.key(key_event)
            value = event()
            if key == "<<" and key_event.__class__ is ScalarEvent:
                if not key_event.implicit[0] and key_event.tag != _TAG + "merge":
                    node(value)
                    continue
                if merged is not None:
                    raise _Refused("duplicate merge key")
                merged = self.merge(value)
            elif key in tree:
                raise _Refused(self.duplicate(key, key_event))
            else:
                tree[key] = node(value)
        if merged:
            for key, inherited in merged.items():
                tree.setdefault(key, inherited)
        return tree

    def key(self, event: Any) -> str:
        if type(event) is ScalarEvent:
            text: str = event.value
            if text and (text[0] not in HINTS or not event.implicit[0]) and event.anchor is event.tag is None:
                self.left -= 1
                return text
        value = self.node(event)
        if isinstance(value, str):
            return value
        if value is None:
            raise _Refused(self.duplicate("~", event))
        if self.depth > 1 or isinstance(value, dict | list):
            raise _Refused("json: unsupported type: map[interface {}]interface {}")
        return str(event.value)

    def duplicate(self, key: str, event: Any) -> str:
        line = event.start_mark.line + 1
        return f'yaml: unmarshal errors:\n  line {line}: mapping key "{key}" already defined'

    def merge(self, event: Any) -> dict[str, Node]:
        tree = self.node(event)
        if isinstance(tree, dict):
            return tree
        if type(event) is AliasEvent:
            raise _Refused("invalid map merge: received alias for a non-map value")
        if type(event) is not SequenceStartEvent:
            raise _Refused("map merge requires map or sequence of maps as the value")
        merged: dict[str, Node] = {}
        for item in reversed(tree):
            if not isinstance(item, dict):
                raise _Refused("map merge requires map or sequence of maps as the value")
            merged.update(item)
        return merged


class _OldComposer(_Composer):
    """Builds one document by version 2's rules, with what JSON makes of it."""

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        self.left -= 1 + (len(text) >> 8)
        value: Scalar
        if event.tag is not None and not event.implicit[0]:
            value = finite(cast(event.tag.removeprefix(_TAG), text, resolve_1_1(text)))
        elif not event.implicit[0] or (text and text[0] not in HINTS):
            value = text
        else:
            value = finite(resolve_1_1(text))
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + (len(text) >> 8))
        return value

    def mapping(self) -> dict[str, Node]:
        tree: dict[str, Node] = {}
        while type(key_event := self.event()) is not MappingEndEvent:
            if self.is_merge(key_event):
                tree.update(self.merge(self.event()))
                continue
            key = self.key(key_event)
            tree[key] = self.node(self.event())
        return tree

    def is_merge(self, event: Any) -> bool:
        if type(event) is not ScalarEvent or event.value != "<<":
            return False
        return bool(event.implicit[0] or event.tag == _TAG + "merge")

    def key(self, event: Any) -> str:
        value = self.node(event)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return format(value, ".7g") if isinstance(value, float) else str(value)
        if value is None:
            raise _Refused("unsupported map key of type: %!s(<nil>), key: <nil>")
        raise _Refused("yaml: invalid map key")


def cast(tag: str, text: str, value: Scalar) -> Scalar:
    """A scalar under an explicit tag; the tags that go-yaml does not know leave a string."""
    match tag:
        case "int" | "bool" | "null" | "timestamp":
            fits = _tag_of(value) == tag
        case "float":
            value = float(value) if _tag_of(value) == "int" and isinstance(value, int) else value
            fits = isinstance(value, float)
        case "binary":
            return _decoded(text)
        case _:
            return text
    if not fits and not (tag == "timestamp" and value != text):
        raise _Refused(f"yaml: cannot decode !!{_tag_of(value)} `{text}` as a !!{tag}")
    return value


def _tag_of(value: Scalar) -> str:
    names = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
    return names[type(value)]


def _decoded(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except binascii.Error:
        raise _Refused("yaml: !!binary value contains invalid base64 data") from None
    return data.decode("utf-8", "replace")


def finite(value: Scalar) -> Scalar:
    """The value, unless JSON has no word for it."""
    if isinstance(value, float) and not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
        raise _Refused(f"json: unsupported value: {name}")
    return value


def _line(error: yaml.MarkedYAMLError) -> str:
    """The line as go-yaml counts it: from the context's mark, one too few for the parser's errors."""
    marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None and mark.line]
    if not marks:
        return ""
    return f"line {marks[0] + isinstance(error, yaml.scanner.ScannerError)}: "


def _reader_problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "reason", None) or "control characters are not allowed")


def _too_much(depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"MalformedYAMLError: yaml: exceeded max depth of {MAX_DEPTH}"
    return "MalformedYAMLError: yaml: document contains excessive aliasing or too many nodes"
