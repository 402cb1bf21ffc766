"""Lines for a terminal: text with names of styles, which only the console turns into colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from bisectops.report.escape import visible


class Style(Enum):
    """What a piece of text is; how that looks is the console's affair."""

    PLAIN = "plain"
    HEADING = "heading"
    COMMIT = "commit"
    FAILURE = "failure"
    REPAIR = "repair"
    OBJECT = "object"
    FAINT = "faint"


class Span(NamedTuple):
    """Text in one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Span, ...]
BLANK: Line = ()


def line(*parts: str | Span) -> Line:
    """A line of spans and plain strings, safe for a terminal."""
    spans = (Span(part) if isinstance(part, str) else part for part in parts)
    return tuple(Span(visible(text.replace("\n", " ")), style) for text, style in spans if text)


def plain(lines: Iterable[Line]) -> str:
    """The lines without their styles, each ended."""
    return "".join("".join(span.text for span in spans) + "\n" for spans in lines)


def wrapped(spans: Line, *, width: int, indent: int = 0, hanging: int | None = None) -> Iterator[Line]:
    """The line broken at blanks so that it fits; `hanging` indents what follows the first line.

    A word longer than a line, a path or a command to copy, is left whole.
    """
    hanging = indent if hanging is None else hanging
    current: list[Span] = []
    used = indent
    for word in _words(spans):
        length = sum(len(span.text) for span in word)
        if current and used + 1 + length > width:
            yield _indented(current, indent)
            current, used, indent = [], hanging, hanging
        if current:
            current.append(Span(" "))
            used += 1
        current.extend(word)
        used += length
    if current:
        yield _indented(current, indent)


def _words(spans: Line) -> Iterator[Sequence[Span]]:
    """The pieces between blanks; one may have several styles, a name and the comma after it."""
    word: list[Span] = []
    for text, style in spans:
        for position, piece in enumerate(text.split(" ")):
            if position and word:
                yield word
                word = []
            if piece:
                word.append(Span(piece, style))
    if word:
        yield word


def _indented(spans: Sequence[Span], indent: int) -> Line:
    return (Span(" " * indent), *spans) if indent else tuple(spans)
