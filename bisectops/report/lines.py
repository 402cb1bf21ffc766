"""Lines for a terminal: text with names of styles, which only the console turns into colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby
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
GLUE = "\u00a0"
"""A blank at which no line is broken; printed as any other."""


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
    words: list[Sequence[Span]] = []
    used = indent
    for word in _words(spans):
        length = sum(len(span.text) for span in word)
        if words and used + 1 + length > width:
            yield _joined(words, indent)
            words, used, indent = [], hanging, hanging
        used += length + bool(words)
        words.append(word)
    if words:
        yield _joined(words, indent)


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


def _joined(words: Sequence[Sequence[Span]], indent: int) -> Line:
    """The words with blanks between them; neighbours in one style are one span."""
    spans = [Span(" " * indent)] if indent else []
    for position, word in enumerate(words):
        if position:
            alike = spans[-1].style is word[0].style
            spans.append(Span(" ", word[0].style if alike else Style.PLAIN))
        spans.extend(word)
    return tuple(
        Span("".join(text for text, _ in group).replace(GLUE, " "), style)
        for style, group in groupby(spans, key=lambda span: span.style)
    )
