"""How go-yaml version 2 writes a string: plain, quoted once or twice, as a literal block, folded.

The rules are yaml_emitter_analyze_scalar's and its neighbours' (goyaml.v2/emitterc.go), and
stringv's (encode.go), as they stand in sigs.k8s.io/yaml v1.4.0.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bisectops.errors import YamlError
from bisectops.yaml.scalars import is_plain_1_1

_WIDTH = 80
_BREAKS = "\n\u2028\u2029"
_CACHED = 512
"""Longer strings are not kept: a cache of them could grow beyond all measure."""
_WORD = re.compile(r"[A-Za-z_/$(+<^][A-Za-z0-9_./$()+<>@=^~;-]*")
_SPECIAL = re.compile(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_ESCAPED = re.compile(r"[\"\\\n\u2028\u2029]|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_AFTER_ODD_BREAK = re.compile("(?<=[\u2028\u2029])(?=[^\n\u2028\u2029'])|(?<=[\u2028\u2029])(?='')")
_REFUSED = re.compile(r"[\x7f-\x84\x86-\x9f\ufffe\uffff]")
_NOT_PLAIN = re.compile(
    r"[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\Z)|---|\.\.\.| |"
    r"[\s\S]*(?::(?:[ \t]|\Z)|[ \t\u2028\u2029]#| \Z|[\u2028\u2029])"
)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_LINE_START = re.compile(rf"(?:(?<=[{_BREAKS}])|\A)(?=[^{_BREAKS}])")
_NEXT_LINES = re.compile("(?<! ) *\x85(?: *\x85)* *")
_ESCAPES = {
    0x00: "\\0", 0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r",
    0x1B: "\\e", 0x22: '\\"', 0x5C: "\\\\", 0x85: "\\N", 0xA0: "\\_", 0x2028: "\\L", 0x2029: "\\P",
}  # fmt: skip


def is_block(text: str) -> bool:
    """Will this string, which holds a newline, be a literal block?"""
    return (_style(text) if len(text) < _CACHED else _style_of(text)) == "|"


def is_broken(text: str) -> bool:
    """Does it hold a line break that is no newline, and so may take several lines without a block?"""
    return not text.isascii() and ("\u2028" in text or "\u2029" in text)


def as_read_back(text: str) -> str:
    """The string after go-yaml read it from kustomize's JSON, where U+0085 is a line break to fold.

    >>> as_read_back("a\\x85b"), as_read_back("a\\x85 \\x85b")
    ('a b', 'a\\nb')
    """
    return _NEXT_LINES.sub(lambda match: "\n" * (match[0].count("\x85") - 1) or " ", text)


def flat(text: str) -> str:
    """The string on one line, quoted as it must be; what a block would hold is quoted too."""
    return _flat(text) if len(text) < _CACHED else _written(text, _style_of(text))


@lru_cache(maxsize=32768)
def short(text: str) -> str | None:
    """The string as `flat` writes it if that has no place to be broken, None where one has to look."""
    if len(text) >= _CACHED or "\n" in text or not text.isascii():
        return None
    written = flat(text)
    return written if " " not in text else None


@lru_cache(maxsize=32768)
def _flat(text: str) -> str:
    if _WORD.fullmatch(text) and is_plain_1_1(text):
        return text
    return _written(text, _style_of(text))


def _written(text: str, style: str) -> str:
    if style == "":
        return text
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    if text[:1] == "\ufeff":  # go-yaml's is_bom() looks at the start of the string wherever it is asked
        return '"' + "".join(map(_escape, text)) + '"'
    return '"' + _ESCAPED.sub(lambda match: _escape(match[0]), text) + '"'


def folded(text: str, column: int, indent: int) -> str:
    """The string as it is written from a column on, broken at spaces beyond column 80."""
    written = flat(text)
    quote = written[0] if written != text else ""
    if quote != '"' and is_broken(text):
        return _broken(written, indent)
    out: list[str] = []
    start = 0
    while (space := _next_break(written, max(start, start + _WIDTH + 1 - column), quote)) >= 0:
        out.append(written[start:space] + "\n" + " " * indent)
        start, column = space + 1, indent
        if quote == '"' and written[start] == " ":
            out.append("\\")
            column += 1
    return "".join(out) + written[start:]


def _next_break(written: str, start: int, quote: str) -> int:
    """The next space, from an index on, that begins a run of spaces and may become a line break."""
    first, last = len(quote), len(written) - len(quote) - 1
    space = written.find(" ", max(start, 1))
    while space >= 0:
        begins = written[space - 1] != " "
        inside = first < space < last or not quote
        if begins and inside and (quote == '"' or written[space + 1 : space + 2] != " "):
            return space
        space = written.find(" ", space + 1)
    return -1


def _broken(written: str, indent: int) -> str:
    """A scalar with U+2028 or U+2029: each is written as it is, and what follows is indented."""
    return _AFTER_ODD_BREAK.sub(" " * indent, written)


def literal(text: str, indent: int) -> str:
    """The string as a literal block, line breaks included.

    >>> literal("a\\n b\\n", 2)
    '|\\n  a\\n   b\\n'
    """
    hint = "2" if text[0] in " " + _BREAKS else ""
    margin = " " * indent
    body = "\n".join([margin + line if line else line for line in text.split("\n")])
    if is_broken(text):
        body = _LINE_START.sub(margin, text)
    chomp = "-" if text[-1] not in _BREAKS else "+" if len(text) == 1 or text[-2] in _BREAKS else ""
    return f"|{hint}{chomp}\n{body}" + ("\n" if chomp == "-" else "")


@lru_cache(maxsize=32768)
def _style(text: str) -> str:
    return _style_of(text)


def _style_of(text: str) -> str:
    """The style's quote, "" for plain, "|" for a literal block."""
    if _REFUSED.search(text):
        raise YamlError("yaml: control characters are not allowed")
    special = _SPECIAL.search(text) is not None or _space_before_break(text)
    if "\n" in text:
        return '"' if special or text[-1] == " " else "|"
    if not is_plain_1_1(text) or _BASE_60.fullmatch(text):
        return '"'
    if special:
        return '"'
    if "\u2028 " in text or "\u2029 " in text:
        return '"'
    return "'" if _NOT_PLAIN.match(text) else ""


def _space_before_break(text: str) -> bool:
    return " \n" in text or " \u2028" in text or " \u2029" in text


def _escape(character: str) -> str:
    code = ord(character)
    if code in _ESCAPES:
        return _ESCAPES[code]
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
