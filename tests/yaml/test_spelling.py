"""What the reader remembers of a document's spelling, for those who patch it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.yaml.reader import documents
from bisectops.yaml.spelling import Blank, Quoted, SpeltFloat, SpeltInt, SpeltTime


def read(text: str) -> Any:
    (tree,) = documents(text.encode())
    return tree


def test_key_with_nothing_behind_it_is_told_from_a_written_null() -> None:
    tree = read("a:\nb: null\nc: 0\nd: ''\ne: {f: , g: ''}\n")
    assert [type(key) for key in tree] == [Blank, str, str, str, str]
    assert [type(key) for key in tree["e"]] == [Blank, str]
    assert tree["a"] is None
    assert tree["e"]["f"] == ""


def test_key_remembers_an_unusual_null_or_boolean() -> None:
    tree = read("a: ~\nb: True\nc: FALSE\nd: true\ne: 'True'\n")
    assert tree == {"a": None, "b": True, "c": False, "d": True, "e": "True"}
    assert [getattr(key, "spelling", None) for key in tree] == ["~", "True", "FALSE", None, None]


def test_strings_in_quotes_and_blocks_are_told_from_plain_ones() -> None:
    tree = read("a: x\nb: 'x'\nc: \"x\"\nd: |\n  x\ne: >-\n  x\n")
    assert [type(value) for value in tree.values()] == [str, Quoted, Quoted, Quoted, Quoted]


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("1.10", SpeltFloat, 1.1),
        ("0755", SpeltInt, 493),
        ("1_000", SpeltInt, 1000),
        ("2021-01-01", SpeltTime, "2021-01-01T00:00:00Z"),
    ],
)
def test_numbers_and_times_remember_how_they_were_written(written: str, kind: type, value: Any) -> None:
    found = read(f"a: {written}\n")["a"]
    assert type(found) is kind
    assert found.spelling == written
    assert found == value


@pytest.mark.parametrize(("written", "kind"), [("5", int), ("1.5", float), ("true", bool), ("word", str)])
def test_usual_spelling_is_not_remembered(written: str, kind: type) -> None:
    assert type(read(f"a: {written}\n")["a"]) is kind
