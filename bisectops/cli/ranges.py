"""RANGE as git spells it: `GOOD..BAD`, or one revision for its whole line."""

from __future__ import annotations

from typing import NamedTuple

from bisectops.errors import RequestError


class Range(NamedTuple):
    """The two ends as typed; `good` is None for the whole line of `bad`."""

    good: str | None
    bad: str


def parse_range(text: str | None, good: str | None = None, bad: str | None = None) -> Range:
    """The ends that RANGE, or --good and --bad, name; an end left out of `GOOD..BAD` is HEAD.

    >>> parse_range("v1..")
    Range(good='v1', bad='HEAD')
    """
    if text is None:
        return Range(_named(good, "--good"), _named(bad, "--bad") or "HEAD")
    if good is not None or bad is not None:
        raise RequestError(
            f"the range is given twice: '{text}' and --good or --bad", hint="leave one of them out"
        )
    if not text:
        raise RequestError("the range is empty", hint="say GOOD..BAD, one revision, or nothing for HEAD")
    if text.startswith("-"):
        raise RequestError(f"'{text}' is no range", hint="say GOOD..BAD, or one revision")
    if "..." in text:
        raise RequestError(
            f"'{text}' is no line of commits: three dots mean either side of a merge base",
            hint=f"say '{text.replace('...', '..', 1)}' for the commits between the two",
        )
    start, dots, end = text.partition("..")
    return Range(start or "HEAD", end or "HEAD") if dots else Range(None, text)


def _named(rev: str | None, option: str) -> str | None:
    if rev == "":
        raise RequestError(f"{option} names no revision")
    return rev
