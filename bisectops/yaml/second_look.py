"""What a composed tree no longer tells: found by going through a text's events once more, when in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yaml._yaml import CParser
from yaml.events import (
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

_ESCAPED_SLASH = re.compile(r'"(?:[^\\]|\\[^/])*?\\/', re.DOTALL)


class _Open:
    """A collection whose end has not come yet; in a mapping every other child is a key."""

    def __init__(self, event: Any) -> None:
        self.is_mapping = type(event) is MappingStartEvent
        self.children = 0
        self.lines: dict[str, int] = {}

    def admit(self, event: Any) -> None:
        if self.is_mapping and self.children % 2 == 0 and type(event) is ScalarEvent:
            self.lines.setdefault(event.value, _line(event))
        self.children += 1


def first_line(data: bytes, key: str, index: int) -> int:
    """The one-based line on which the mapping, whose key at `index` repeats another, had it first."""
    stack: list[_Open] = []
    for event in _events(data):
        ends = isinstance(event, MappingEndEvent | SequenceEndEvent)
        if stack and not ends and event.start_mark.index == index:
            return stack[-1].lines.get(key, 0)
        if ends:
            stack.pop()
        elif stack:
            stack[-1].admit(event)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            stack.append(_Open(event))
    return 0


def escaped_slash(data: bytes) -> int:
    r"""The one-based line of a quoted scalar with `\/` in it, which go-yaml refuses; 0 for none."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    for event in _events(data):
        if isinstance(event, DocumentEndEvent):
            return 0
        if (
            isinstance(event, ScalarEvent)
            and event.style == '"'
            and _ESCAPED_SLASH.match(_source(event, text))
        ):
            return _line(event)
    return 0


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _source(event: Any, text: str) -> str:
    return text[event.start_mark.index : event.end_mark.index]


def _events(data: bytes) -> Iterator[Any]:
    parser = CParser(data)
    while not isinstance(event := parser.get_event(), StreamEndEvent):
        yield event
