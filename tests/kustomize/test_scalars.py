"""Scalars as Go prints them, and as kyaml leaves them where they are put."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.scalars import go_json, in_style_of, number, retyped, strings, text, untagged
from bisectops.yaml.reader import documents
from bisectops.yaml.spelling import Quoted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (-2.5e-10, "-2.5e-10"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.2345678901234567e19, "12345678901234567000"),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_number_is_written_as_go_s_json_writes_it(value: float, expected: str) -> None:
    assert number(value) == expected


def test_json_is_compact_sorted_and_safe_in_html() -> None:
    tree = {"b": [1, None, True, 1.0], "a": '<é&"\n\u2028>'}
    assert go_json(tree) == r'{"a":"\u003cé\u0026\"\n\u2028\u003e","b":[1,null,true,1]}'


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.10", "1.10"),
        ("0755", "0755"),
        ("1_000", "1_000"),
        ("2021-01-01", "2021-01-01"),
        ("1.5", "1.5"),
        ("a", "a"),
    ],
)
def test_text_of_a_plain_scalar_is_as_written(written: str, expected: str) -> None:
    (tree,) = documents(f"a: {written}\n".encode())
    assert text(tree["a"]) == expected


def test_labels_are_text_whatever_they_hold() -> None:
    (tree,) = documents(b"a: true\nb: 1.10\nc:\nd: null\ne: [x]\nf: x\n")
    assert strings(tree) == {"a": "true", "b": "1.10", "c": "", "d": "null", "e": "", "f": "x"}
    assert strings(["a"]) == {}


def test_quotes_stay_and_make_text_of_what_is_put_between_them() -> None:
    (tree,) = documents(b"new: 1.10\nold: 'x'\n")
    assert in_style_of(tree["old"], tree["new"]) == "1.10"
    assert in_style_of("x", 5) == 5
    assert type(in_style_of("x", Quoted("y"))) is str


def test_text_without_a_type_is_read_again_outside_quotes() -> None:
    assert untagged("nginx", "123") == 123
    assert untagged(Quoted("nginx"), "123") == "123"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("x", "5", "5"), (1, "5", 5), (2.5, "5", 5.0), (True, "false", False), (None, "", None)],
)
def test_text_takes_the_type_of_what_it_replaces(old: Any, new: str, expected: Any) -> None:
    assert go_json(retyped(old, new)) == go_json(expected)


@pytest.mark.parametrize(("old", "new"), [(1, "x"), (1, "1.5"), (True, "1"), (None, "x"), (2.5, "true")])
def test_text_of_another_type_is_refused_without_being_shown(old: Any, new: str) -> None:
    with pytest.raises(BuildError) as failure:
        retyped(old, new)
    assert f"`{new}`" not in failure.value.message
    assert failure.value.message.startswith("yaml: cannot decode !!")
