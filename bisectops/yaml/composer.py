"""One document's events become a tree, by the rules of go-yaml version 3 and of kyaml on top of it.

Sources of the rules: goyaml.v3/decode.go in sigs.k8s.io/yaml v1.4.0 for parsing, duplicate keys and
errors; kyaml/yaml/rnode.go (DeAnchor, mergeAll) for aliases and `<<`; encoding/json for what is left.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
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

from bisectops.yaml.blocks import read_again
from bisectops.yaml.scalars import HINTS, Scalar, resolve, timestamp
from bisectops.yaml.second_look import escaped_slash, first_line
from bisectops.yaml.spelling import Quoted, key_of, spelt

Node: TypeAlias = Any

MAX_NODES = 500_000
"""Nodes of one document, aliases expanded: several times what the largest bundles of CRDs hold."""
MAX_DEPTH = 150
TAG = "tag:yaml.org,2002:"
_UNFINISHED = object()


class Refused(Exception):
    """What go-yaml says of a text, without where the text is from."""


class Malformed(Refused):
    """A text that is no YAML: kustomize notices while it reads, before anything else is asked."""


class Composer:
    """Builds one document from libyaml's events by version 3's rules."""

    __slots__ = ("anchors", "data", "depth", "event", "flow", "left", "parser")

    def __init__(self, data: bytes, nodes: int = MAX_NODES) -> None:
        self.data = data
        self.parser = CParser(data)
        self.event: Callable[[], Any] = self.parser.get_event
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.left = nodes
        self.depth = 0
        self.flow = 0

    def document(self) -> Node:
        """The first document, None for an empty stream; raises Refused."""
        try:
            self.event()
            if type(self.event()) is StreamEndEvent:
                return None
            if b"\\/" in self.data and (line := escaped_slash(self.data)):
                raise Malformed(f"line {line}: found unknown escape character")
            return self.well_formed()
        except yaml.MarkedYAMLError as error:
            raise Malformed(f"{_line(error)}{error.problem}") from None
        except yaml.YAMLError as error:
            raise Malformed(_reader_problem(error)) from None
        finally:
            self.parser.dispose()

    def well_formed(self) -> Node:
        """The tree, once the rest of the document is known to be YAML too."""
        try:
            return self.node(self.event())
        except Malformed:
            raise
        except Refused:  # kustomize looks at values only after it has parsed everything
            while type(self.event()) is not DocumentEndEvent:
                pass
            raise

    def node(self, event: Any) -> Node:
        kind = type(event)
        if kind is ScalarEvent:
            return self.scalar(event)
        if kind is AliasEvent:
            return self.alias(event.anchor)
        self.left -= 1
        self.depth += 1
        if self.depth > MAX_DEPTH or self.left < 0:
            raise Malformed(_too_much(self.depth))
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
            raise Malformed(f"unknown anchor '{anchor}' referenced")
        tree, weight = self.anchors[anchor]
        if tree is _UNFINISHED:
            raise Malformed(f"anchor '{anchor}' value contains itself")
        self.left -= weight
        if self.left < 0:
            raise Malformed(_too_much(0))
        return tree

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        self.left -= 1 + (len(text) >> 8)
        value: Scalar
        if event.implicit[0]:
            if event.style:
                value = text
            elif not text:
                value = "" if self.flow else None
            else:
                if self.flow:
                    self.refuse_question(text)
                value = spelt(text, finite(resolve(text))) if text[0] in HINTS else text
        else:
            folds = event.style == ">" and not self.flow
            value = Quoted(read_again(text) if folds else text)
            if event.tag is not None:
                value = finite(cast(event.tag.removeprefix(TAG), str(value), resolve(text)))
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + (len(text) >> 8))
        return value

    def refuse_question(self, text: str) -> None:
        """go-yaml ends a plain scalar within brackets at a question mark, libyaml no longer does."""
        if "?" in text:
            raise Malformed("did not find expected ',' or closing bracket before '?'")

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
                if not key_event.implicit[0] and key_event.tag != TAG + "merge":
                    node(value)
                    continue
                if merged is not None:
                    raise Refused("duplicate merge key")
                merged = self.merge(value)
            elif key in tree:
                raise self.duplicate(key, key_event)
            else:
                child = node(value)
                if (not child or child is True) and type(value) is ScalarEvent and value.implicit[0]:
                    key = key_of(key, value.value)
                tree[key] = child
        if merged:
            for key, inherited in merged.items():
                tree.setdefault(key, inherited)
        return tree

    def key(self, event: Any) -> str:
        if type(event) is ScalarEvent and event.tag is event.anchor is None and event.style != ">":
            text: str = event.value
            if text and (text[0] not in HINTS or event.style):
                self.left -= 1
                if self.flow and not event.style:
                    self.refuse_question(text)
                return text
        value = self.node(event)
        if isinstance(value, str) and not _is_odd_key(event):
            return value
        if value is None:
            raise self.duplicate(event.value, event)
        if self.depth > 1 or isinstance(value, dict | list):
            raise Refused("json: unsupported type: map[interface {}]interface {}")
        return str(event.value) if type(event) is ScalarEvent else json.dumps(value)

    def duplicate(self, key: str, event: Any) -> Refused:
        line = event.start_mark.line + 1
        first = first_line(self.data, key, event.start_mark.index)
        shown = json.dumps(key, ensure_ascii=False)
        problem = f"line {line}: mapping key {shown} already defined at line {first}"
        return Refused(f"yaml: unmarshal errors:\n  {problem}")

    def merge(self, event: Any) -> dict[str, Node]:
        tree = self.node(event)
        if isinstance(tree, dict):
            return tree
        if type(event) is AliasEvent:
            raise Refused("invalid map merge: received alias for a non-map value")
        if type(event) is not SequenceStartEvent:
            raise Refused("map merge requires map or sequence of maps as the value")
        merged: dict[str, Node] = {}
        for item in reversed(tree):
            if not isinstance(item, dict):
                raise Refused("map merge requires map or sequence of maps as the value")
            merged.update(item)
        return merged


def _is_odd_key(event: Any) -> bool:
    """A string to us, yet of another kind to go-yaml: a time, or text under a tag of its own."""
    if type(event) is not ScalarEvent or event.implicit[1]:
        return False
    if event.implicit[0]:
        return timestamp(event.value) is not None
    return event.tag not in (None, TAG + "str", TAG + "merge")


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
        case "!" if not text:
            return None
        case _:
            return text
    if not fits and not (tag == "timestamp" and value != text):
        raise Refused(f"yaml: cannot decode !!{_tag_of(value)} `{text}` as a !!{tag}")
    return value


def _tag_of(value: Scalar) -> str:
    names = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
    return names[type(value)]


def _decoded(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except binascii.Error:
        raise Refused("yaml: !!binary value contains invalid base64 data") from None
    return data.decode("utf-8", "replace")


def finite(value: Scalar) -> Scalar:
    """The value, unless JSON has no word for it."""
    if isinstance(value, float) and not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
        raise Refused(f"json: unsupported value: {name}")
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
        return f"exceeded max depth of {MAX_DEPTH}"
    return "document contains excessive aliasing or too many nodes"
