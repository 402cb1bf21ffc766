"""Where everything stands in a YAML text: nodes with their places in the source, from libyaml's events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

MAX_PARTS = 200_000
MAX_DEPTH = 500
"""libyaml's own work grows with the square of the open brackets."""
_BLOCK = ("|", ">")


@dataclass(slots=True, eq=False)
class Part:
    """A node of the text. Its span counts characters, its lines are zero-based and inclusive."""

    start: int
    end: int
    line: int
    last: int
    value: str | None = None
    """A scalar's value."""
    style: str = ""
    entries: list[tuple[Part, Part]] | None = None
    """A mapping's keys and values."""
    items: list[Part] | None = None
    """A sequence's items."""
    target: Part | None = None
    """What an alias stands for."""
    is_alias: bool = False
    _key: Part | None = field(default=None, repr=False)

    def resolved(self) -> Part:
        """The node itself, or the one that an alias stands for."""
        return self.target if self.target is not None else self

    def add(self, child: Part) -> None:
        if self.items is not None:
            self.items.append(child)
        elif self._key is None:
            self._key = child
        else:
            assert self.entries is not None
            self.entries.append((self._key, child))
            self._key = None


@dataclass(slots=True)
class Outline:
    """The documents of a text, as far as it can be read."""

    documents: list[Part]
    is_whole: bool
    """Did the text end where the documents do, without an error?"""


def outline(text: str) -> Outline:
    """The nodes of every document up to the first error."""
    found: list[Part] = []
    try:
        found.extend(_documents(text.removeprefix("\ufeff")))
    except (yaml.YAMLError, UnicodeEncodeError, _TooMany):
        return Outline(found, False)
    return Outline(found, True)


class _TooMany(Exception):
    pass


def _documents(text: str) -> Iterator[Part]:
    parser = CParser(text)
    anchors: dict[str, Part] = {}
    stack: list[Part] = []
    count = 0
    while not isinstance(event := parser.get_event(), StreamEndEvent):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            part = _closed(stack.pop(), event)
        elif isinstance(event, AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent):
            count += 1
            if count > MAX_PARTS:
                raise _TooMany
            part = _opened(event, anchors)
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                stack.append(part)
                if len(stack) > MAX_DEPTH:
                    raise _TooMany
                continue
        else:
            continue
        if stack:
            stack[-1].add(part)
        else:
            yield part
            anchors = {}


def _opened(event: Any, anchors: dict[str, Part]) -> Part:
    start, end = event.start_mark, event.end_mark
    part = Part(start.index, end.index, start.line, end.line)
    match event:
        case AliasEvent():
            part.is_alias = True
            part.target = anchors.get(event.anchor or "")
            return part
        case ScalarEvent():
            part.value, part.style = event.value, event.style or ""
            if part.style in _BLOCK and end.line > start.line and end.column == 0:
                part.last = end.line - 1
        case MappingStartEvent():
            part.entries = []
        case SequenceStartEvent():
            part.items = []
    if event.anchor is not None:
        anchors[event.anchor] = part
    return part


def _closed(part: Part, event: Any) -> Part:
    """A collection with its end: a flow one's bracket, a block one's last child."""
    if event.end_mark.index > event.start_mark.index:
        part.end, part.last = event.end_mark.index, event.end_mark.line
        return part
    children = part.items if part.items is not None else [value for _, value in part.entries or ()]
    part.end = max((child.end for child in children or ()), default=part.end)
    part.last = max((child.last for child in children or ()), default=part.last)
    return part
