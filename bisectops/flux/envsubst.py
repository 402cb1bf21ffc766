"""The `${…}` grammar of Flux's post-build substitution, to the letter, its surprises included.

Facts: fluxcd/pkg envsubst (parse/parse.go, parse/scan.go, funcs.go, template.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from bisectops.errors import BuildError, Unsupported
from bisectops.flux.glob import glob

_DEEPEST = 50
_LARGEST = 1 << 25
_TOP = re.compile(r"\$[${]")
_DEFAULTS = frozenset((":-", ":+", ":=", ":?", "="))
_INT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class EnvsubstError(BuildError):
    """Text that Flux cannot substitute, in envsubst's own words."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that git does not show: encrypted, or from outside. Equal names are equal values."""

    name: str

    def __str__(self) -> str:
        return f"{_OPEN}{self.name}{_CLOSE}"


_OPEN, _CLOSE = "\ue000", "\ue001"
_SYMBOL = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")


def symbols(text: str) -> frozenset[Unknown]:
    """The unknown values that a substituted text still stands for."""
    return frozenset(Unknown(name) for name in _SYMBOL.findall(text)) if _OPEN in text else frozenset()


def between_symbols(text: str) -> list[str]:
    """The parts of a text that are known, in order, around every unknown value.

    >>> between_symbols(f"{Unknown('app')}-db")
    ['', '-db']
    """
    return _SYMBOL.sub(_CLOSE, text).split(_CLOSE)


def as_written(text: str) -> str:
    """A text with the variables that stood where unknown values are.

    >>> as_written(f"{Unknown('media/vars:APP')}-db")
    '${APP}-db'
    """
    return _SYMBOL.sub(lambda symbol: f"${{{symbol[1].rpartition(':')[2]}}}", text)


def _derived(what: str) -> str:
    return str(Unknown(what.replace(_OPEN, "").replace(_CLOSE, "")))


@dataclass(frozen=True, slots=True)
class Call:
    """One `${name operator arguments}`; `operator` is empty for a bare name."""

    name: str
    operator: str = ""
    arguments: tuple[Part, ...] = ()


Part: TypeAlias = str | Call
Lookup: TypeAlias = Callable[[str], str | None]


def expand(text: str, lookup: Lookup, *, strict: bool) -> str:
    """The text with every `${…}` replaced and every `$$` halved; raises EnvsubstError.

    `lookup` answers None for a name that is not set: an error when strict, else the empty string.

    >>> expand("${A:-x}$${A}", {"A": ""}.get, strict=True)
    'x${A}'
    """
    done: list[str] = []
    size = 0
    for part in parse(text):
        done.append(part if isinstance(part, str) else _value(part, lookup, strict))
        size += len(done[-1])
        _bounded(size)
    return "".join(done)


def _bounded(size: int) -> None:
    if size > _LARGEST:
        raise Unsupported(f"variable substitution to more than {_LARGEST >> 20} MiB is not followed")


@lru_cache(maxsize=8192)
def parse(text: str) -> tuple[Part, ...]:
    """The text as literals and calls, left to right; raises EnvsubstError."""
    parts: list[Part] = []
    at = 0
    while found := _TOP.search(text, at):
        parts.append(text[at : found.start()])
        if found.group() == "$$":
            parts.append("$")
            at = found.end()
        else:
            call, at = _Scanner(text, found.end()).call(0)
            parts.append(call)
    parts.append(text[at:])
    return tuple(part for part in parts if part)


def defaulted(text: str) -> frozenset[str]:
    """The names for which a text gives a default; raises EnvsubstError."""
    calls = [part for part in parse(text) if isinstance(part, Call)]
    inner = [part for call in calls for part in call.arguments if isinstance(part, Call)]
    return frozenset(call.name for call in (*calls, *inner) if call.operator in _DEFAULTS)


class _Scanner:
    """Reads one call, from behind its `${` to behind its `}`."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, accepted: str, most: int = 1 << 62) -> str:
        """The run of accepted characters that starts here, not longer than `most`."""
        start = self.at
        while self.at - start < most and (next_one := self.peek()) and next_one in accepted:
            self.at += 1
        return self.text[start : self.at]

    def name(self) -> str:
        start = self.at
        while (next_one := self.peek()) and (next_one == "_" or next_one.isalpha() or next_one.isdecimal()):
            self.at += 1
        return self.text[start : self.at]

    def call(self, depth: int) -> tuple[Call, int]:
        if depth > _DEEPEST:
            raise Unsupported(f"variable substitution nested deeper than {_DEEPEST} is not followed")
        call = self.body(depth)
        return call, self.at

    def body(self, depth: int) -> Call:
        if self.peek() == "#":
            return self.length()
        name = self.name()
        if not name:
            raise EnvsubstError("unable to parse variable name")
        operator = self.peek()
        if operator == ":":
            return self.default_or_substring(name, depth)
        if operator == "=":
            self.at += 1
            return self.default(name, "=", depth)
        if operator and operator in ",^":
            return self.close(Call(name, self.take(",^", 2)))
        if operator == "/":
            return self.replacement(name, depth)
        if operator and operator in "#%":
            return self.close(Call(name, self.take(operator, 2), (self.argument(depth, "}"),)))
        if operator != "}":
            raise EnvsubstError("missing closing brace")
        return self.close(Call(name))

    def close(self, call: Call) -> Call:
        if self.peek() != "}":
            raise EnvsubstError("bad substitution")
        self.at += 1
        return call

    def length(self) -> Call:
        self.at += 1
        name = self.name()
        if not name:
            raise EnvsubstError("bad substitution")
        return self.close(Call(name, "#"))

    def default_or_substring(self, name: str, depth: int) -> Call:
        after = self.text[self.at + 1 : self.at + 2]
        if after and after in "=-?+":
            self.at += 2
            return self.default(name, ":" + after, depth)
        if not after or ord(after) > 0x7F:  # envsubst steps back by the width of what it peeked at
            raise EnvsubstError("bad substitution")
        self.at += 1
        offset = self.argument(depth, ":}")
        if self.peek() == "}":
            return self.close(Call(name, ":", (offset,)))
        if not self.take(":"):
            raise EnvsubstError("bad substitution")
        return self.close(Call(name, ":", (offset, self.argument(depth, "}"))))

    def default(self, name: str, operator: str, depth: int) -> Call:
        arguments: list[Part] = []
        while self.peek() != "}":
            arguments.append(self.argument(depth, "}"))
        return self.close(Call(name, operator, tuple(arguments)))

    def replacement(self, name: str, depth: int) -> Call:
        self.at += 1
        operator = "/" + self.take("/#%", 1)
        pattern = self.argument(depth, "/", escapes=True)
        if not self.take("/"):
            raise EnvsubstError("bad substitution")
        if self.peek() == "}":
            return self.close(Call(name, operator, (pattern,)))
        return self.close(Call(name, operator, (pattern, self.argument(depth, "}", escapes=True))))

    def argument(self, depth: int, stops: str, *, escapes: bool = False) -> Part:
        """One nested call, or the text until a stop; `\\/`, `\\\\` and `$$` escape only in replacements."""
        if self.text.startswith("${", self.at):
            self.at += 2
            return self.call(depth + 1)[0]
        kept: list[str] = []
        while (next_one := self.peek()) and not self.text.startswith("${", self.at):
            if escapes and self.text.startswith(("$$", "\\/", "\\\\"), self.at):
                self.at += 1
                next_one = self.peek()
            elif next_one in stops:
                break
            kept.append(next_one)
            self.at += 1
        if not kept:
            raise EnvsubstError("unable to parse substitution within function")
        return "".join(kept)


def _value(call: Call, lookup: Lookup, strict: bool) -> str:
    arguments = [part if isinstance(part, str) else _value(part, lookup, strict) for part in call.arguments]
    value = lookup(call.name)
    if value is None and strict and call.operator not in _DEFAULTS:
        raise EnvsubstError(f"variable not set (strict mode): {_quoted(call.name)}")
    value = value or ""
    _bounded(sum(map(len, arguments)))
    if call.operator not in _FUNCTIONS:
        return value or "".join(arguments)
    decisive = value + (arguments[0] if arguments else "")
    if _OPEN in decisive:
        return _derived("".join((value, call.operator, *arguments)))
    return _FUNCTIONS[call.operator](value, arguments)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _per_character(change: Callable[[str], str], text: str) -> str:
    return "".join(new if len(new := change(one)) == 1 else one for one in text)


def _on_bytes(value: str, change: Callable[[bytes], bytes]) -> str:
    return change(value.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def _substring(value: str, arguments: list[str]) -> str:
    if not all(_INT.fullmatch(argument) for argument in arguments):
        return value
    start, *length = (int(argument) for argument in arguments)
    return _on_bytes(value, lambda data: _slice(data, start, length[0] if length else len(data)))


def _slice(data: bytes, start: int, length: int) -> bytes:
    if start < 0:
        start = max(0, start + len(data))
    if start + length >= len(data):
        return data[start:]
    if length < 0:
        raise EnvsubstError(f"panic: runtime error: slice bounds out of range [{start}:{start + length}]")
    return data[start : start + length]


def _replace(value: str, arguments: list[str], count: int) -> str:
    pattern, replacement = arguments[0], "".join(arguments[1:])
    if count < 0:
        _bounded(value.count(pattern) * len(replacement))
    return value.replace(pattern, replacement, count)


def _replace_prefix(value: str, arguments: list[str]) -> str:
    if len(arguments) == 2 and value.startswith(arguments[0]):
        return value.replace(arguments[0], arguments[1], 1)
    return value


def _replace_suffix(value: str, arguments: list[str]) -> str:
    if len(arguments) == 2 and value.endswith(arguments[0]):
        return value.removesuffix(arguments[0]) + arguments[1]
    return value


def _trim(value: str, pattern: str, *, longest: bool) -> str:
    """Without the beginning, at least one character, that the pattern matches."""
    compiled = glob(pattern)
    if compiled is None or not value:
        return value
    found = (compiled.longest if longest else compiled.shortest).match(value)
    if found is None:
        return value
    length = found.end()
    if length == 0 and pattern.strip("*") == "" and pattern:
        length = 1
    return value[length:]


def _trim_end(value: str, pattern: str, *, longest: bool) -> str:
    return _trim(value[::-1], pattern[::-1], longest=longest)[::-1]


_FUNCTIONS: dict[str, Callable[[str, list[str]], str]] = {
    ",": lambda value, _: _per_character(str.lower, value[:1]) + value[1:],
    ",,": lambda value, _: _per_character(str.lower, value),
    "^": lambda value, _: _per_character(str.upper, value[:1]) + value[1:],
    "^^": lambda value, _: _per_character(str.upper, value),
    "#": lambda value, args: _trim(value, args[0], longest=False) if args else str(len(value.encode())),
    "##": lambda value, args: _trim(value, args[0], longest=True),
    "%": lambda value, args: _trim_end(value, args[0], longest=False),
    "%%": lambda value, args: _trim_end(value, args[0], longest=True),
    ":": _substring,
    "/": lambda value, args: _replace(value, args, 1),
    "//": lambda value, args: _replace(value, args, -1),
    "/#": _replace_prefix,
    "/%": _replace_suffix,
}
