"""Shell patterns as Go's path.Match reads them, in linear time: patterns come from hostile repositories."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import re2


class Glob(NamedTuple):
    """A well-formed pattern; a star crosses every character, "/" too (fluxcd/pkg envsubst/path/match.go)."""

    longest: Any
    """Its `match` finds the longest beginning of a text, its `fullmatch` a whole text."""
    shortest: Any
    """Its `match` finds the shortest beginning of a text."""


@lru_cache(maxsize=1024)
def glob(pattern: str) -> Glob | None:
    """A compiled pattern, or None for a malformed one, which Go lets match nothing.

    >>> glob("*.ya?ml").longest.fullmatch("a.yaxml") is not None
    True
    """
    terms = list(_terms(pattern))
    if None in terms:
        return None
    greedy = "".join(term or "" for term in terms)
    lazy = "".join(_LAZY_STAR if term == _STAR else term or "" for term in terms)
    try:
        return Glob(longest=re2.compile(greedy, _QUIET), shortest=re2.compile(lazy, _QUIET))
    except re2.error:
        return None  # past the program size that RE2 allows


_QUIET = re2.Options()
_QUIET.log_errors = False
_STAR = "(?s:.*)"
_LAZY_STAR = "(?s:.*?)"
_ANY = "(?s:.)"


def _terms(pattern: str) -> Iterator[str | None]:
    """Each term of a pattern as a regular expression; None is a syntax error."""
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        if character == "*":
            yield _STAR
        elif character == "?":
            yield _ANY
        elif character == "[":
            term, at = _class(pattern, at)
            yield term
        elif character == "\\":
            yield _literal(pattern[at]) if at < len(pattern) else None
            at += 1
        else:
            yield _literal(character)


def _class(pattern: str, at: int) -> tuple[str | None, int]:
    """A character class from behind its bracket: neither empty nor with a bare "-" or "]" in it."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    while not (ranges and pattern.startswith("]", at)):
        low, at = _member(pattern, at)
        high = low
        if low is not None and pattern.startswith("-", at):
            high, at = _member(pattern, at + 1)
        if low is None or high is None:
            return None, len(pattern)
        ranges.append(f"{_literal(low)}-{_literal(high)}" if low <= high else "")
    inside = "".join(ranges)
    if not inside:
        return (_ANY if negated else r"[^\x{0}-\x{10FFFF}]"), at + 1
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _member(pattern: str, at: int) -> tuple[str | None, int]:
    if pattern.startswith(("-", "]"), at):
        return None, at
    if pattern.startswith("\\", at):
        at += 1
    if at + 1 >= len(pattern):
        return None, at
    return pattern[at], at + 1


def _literal(character: str) -> str:
    return f"\\x{{{ord(character):X}}}"
