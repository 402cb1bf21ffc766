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
_ODD_BREAKS = ("\u2028", "\u2029")
_WORD = re.compile(r"[A-Za-z_/$(+<^][A-Za-z0-9_./$()+<>@=^~;-]*")
_SPECIAL = re.compile(r"[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_REFUSED = re.compile(r"[\x7f-\x84\x86-\x9f\ufffe\uffff]")
_NOT_PLAIN = re.compile(
    r"[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\Z)|---|\.\.\.| |"
    r"[\s\S]*(?::(?:[ \t]|\Z)|[ \t\u2028\u2029]#| \Z|[\u2028\u2029])"
)
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_LINE_START = re.compile(rf"(?:(?<=[{_BREAKS}])|\A)(?=[^{_BREAKS}])")
_NEXT_LINES = re.compile(" *\x85(?: *\x85)* *")
_ESCAPES = {
    0x00: "\\0", 0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r",
    0x1B: "\\e", 0x22: '\\"', 0x5C: "\\\\", 0x85: "\\N", 0xA0: "\\_", 0x2028: "\\L", 0x2029: "\\P",
}  # fmt: skip


def is_block(text: str) -> bool:
    """Will this string be a literal block?"""
    return "\n" in text and _style(text) == "|"


def is_broken(text: str) -> bool:
    """Does it hold a line break that is no newline, and so may take several lines without a block?"""
    return "\u2028" in text or "\u2029" in text


def as_read_back(text: str) -> str:
    """The string after go-yaml read it from kustomize's JSON, where U+0085 is a line break to fold.

    >>> as_read_back("a\\x85b"), as_read_back("a\\x85 \\x85b")
    ('a b', 'a\\nb')
    """
    return _NEXT_LINES.sub(lambda match: "\n" * (match[0].count("\x85") - 1) or " ", text)


@lru_cache(maxsize=32768)
def flat(text: str) -> str:
    """The string on one line, quoted as it must be; what a block would hold is quoted too."""
    if _WORD.fullmatch(text) and is_plain_1_1(text):
        return text
    style = _style(text).replace("|", '"')
    return f"{style}{''.join(_written(character, style, text) for character in text)}{style}"


def folded(text: str, column: int, indent: int) -> str:
    """The string as it is written from a column on, broken at spaces beyond column 80."""
    style = _style(text)
    out = [style]
    column += len(style)
    previous = ""
    for index, character in enumerate(text):
        piece = _written(character, style, text)
        if style != '"' and previous in _ODD_BREAKS and character not in _BREAKS:
            out.append(" " * indent)
            column = indent
        if character == " " != previous and column > _WIDTH and _may_break(text, index, style):
            piece = "\\" if style == '"' and text[index + 1] == " " else ""
            out.append("\n" + " " * indent)
            column = indent
        out.append(piece)
        column += len(piece)
        previous = character
    return "".join((*out, style))


def _may_break(text: str, index: int, style: str) -> bool:
    inside = 0 < index < len(text) - 1
    if style == '"':
        return inside
    if style == "'" and not inside:
        return False
    return text[index + 1 : index + 2] != " "


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


def _written(character: str, quote: str, text: str) -> str:
    if quote != '"':
        return "''" if quote == "'" == character else character
    if character in '"\\\n\u2028\u2029' or _SPECIAL.match(character) or text[0] == "\ufeff":
        return _escape(ord(character))
    return character


def _escape(code: int) -> str:
    if code in _ESCAPES:
        return _ESCAPES[code]
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
