"""Text from a repository made safe to show: it may hold markup, control characters and secrets' tails."""

from __future__ import annotations

import re

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor or turns the reading direction; tab and newline are left."""
_MARKUP = re.compile(r"[\\`*<]|(?<!\w)_|_(?!\w)|(?<=\])\(|~(?=~)|&(?=#?\w+;)")
"""What would be read as markup within a line: an underscore within a word and a lone bracket would not."""
_LANGUAGES = {"yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml", "sh": "sh"}


def visible(text: str) -> str:
    """The text with every control character shown instead of obeyed.

    >>> visible("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """The text without line breaks and runs of blanks."""
    return visible(" ".join(text.split()))


def literal(text: str) -> str:
    """Text that nobody wrote as Markdown, so that it reads in Markdown as it was written."""
    return _MARKUP.sub(r"\\\g<0>", one_line(text))


def code(text: str) -> str:
    """An inline code span, whatever backticks the text holds (CommonMark 6.1)."""
    text = one_line(text)
    ticks = _ticks(text, at_least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(markdown: str) -> str:
    """Markdown that stays inside one cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", one_line(markdown))


def block(text: str, language: str) -> str:
    """A fenced block that nothing in the text can end (CommonMark 4.5)."""
    text = visible(text).rstrip("\n")
    ticks = _ticks(text, at_least=3)
    return f"{ticks}{language}\n{text}\n{ticks}"


def language_of(path: str) -> str:
    """What a fenced block of this file's text is labelled."""
    return _LANGUAGES.get(path.rpartition(".")[2], "")


def _ticks(text: str, *, at_least: int) -> str:
    runs = re.findall("`+", text)
    if at_least > 1:
        return "`" * max([at_least, *(len(run) + 1 for run in runs)])
    lengths = {len(run) for run in runs}
    return "`" * next(count for count in range(1, len(lengths) + 2) if count not in lengths)
