"""Where a key that is defined twice was defined first: a second look at a text already refused."""

from __future__ import annotations

from typing import Any

from yaml._yaml import CParser
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent


class _Open:
    """A collection whose end has not come yet; in a mapping every other child is a key."""

    def __init__(self, event: Any) -> None:
        self.is_mapping = type(event) is MappingStartEvent
        self.children = 0
        self.lines: dict[str, int] = {}

    def admit(self, event: Any) -> None:
        if self.is_mapping and self.children % 2 == 0 and type(event) is ScalarEvent:
            self.lines.setdefault(event.value, event.start_mark.line + 1)
        self.children += 1


def first_line(data: bytes, key: str, index: int) -> int:
    """The one-based line on which the mapping, whose key at `index` repeats another, had it first."""
    parser = CParser(data)
    stack: list[_Open] = []
    while True:
        event = parser.get_event()
        if (
            event.start_mark.index == index
            and stack
            and type(event) not in (MappingEndEvent, SequenceEndEvent)
        ):
            return stack[-1].lines.get(key, event.start_mark.line + 1)
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            stack.pop()
        elif stack:
            stack[-1].admit(event)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            stack.append(_Open(event))
