from __future__ import annotations

import pytest

from bisectops.cli.ranges import Range, parse_range
from bisectops.errors import RequestError


@pytest.mark.parametrize(
    ("text", "good", "bad", "expected"),
    [
        (None, None, None, Range(None, "HEAD")),
        ("main", None, None, Range(None, "main")),
        ("v1..v2", None, None, Range("v1", "v2")),
        ("v1..", None, None, Range("v1", "HEAD")),
        ("..v2", None, None, Range("HEAD", "v2")),
        ("HEAD~20..HEAD^2", None, None, Range("HEAD~20", "HEAD^2")),
        (None, "v1", None, Range("v1", "HEAD")),
        (None, "v1", "v2", Range("v1", "v2")),
        (None, None, "v2", Range(None, "v2")),
    ],
)
def test_a_range_is_gits(text: str | None, good: str | None, bad: str | None, expected: Range) -> None:
    assert parse_range(text, good, bad) == expected


@pytest.mark.parametrize(
    ("text", "good", "bad", "said"),
    [
        ("a..b", "c", None, "given twice"),
        ("a", None, "b", "given twice"),
        ("a...b", None, None, "no line of commits"),
        ("", None, None, "empty"),
        (None, "", None, "--good names no revision"),
        ("-a..b", None, None, "no range"),
    ],
)
def test_a_contradiction_is_wrong_usage(
    text: str | None, good: str | None, bad: str | None, said: str
) -> None:
    with pytest.raises(RequestError, match=said) as raised:
        parse_range(text, good, bad)
    assert raised.value.exit_status == 129
