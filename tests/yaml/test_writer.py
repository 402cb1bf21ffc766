"""Text is printed as kustomize v5.5.0 prints it; what is expected here was seen from `kubectl kustomize`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectops.errors import YamlError
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump, dump_all, number


def test_keys_are_in_natural_order_and_lists_flush_with_their_key() -> None:
    tree = {"kind": "X", "a10": 1, "a9": [{"b": 1, "a": [[], [1, [2]]]}, {}], "a-": 3, "B": None, "é": True}
    assert dump(tree) == (
        "B: null\na-: 3\na9:\n- a:\n  - []\n  - - 1\n    - - 2\n  b: 1\n- {}\na10: 1\nkind: X\né: true\n"
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", '""'),
        ("a", "a"),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ("null", '"null"'),
        ("~", '"~"'),
        ("123", '"123"'),
        ("0o17", '"0o17"'),
        ("1e3", '"1e3"'),
        ("123e4567", "123e4567"),
        ("2021-01-01", '"2021-01-01"'),
        ("-", "'-'"),
        ("12:30:45", '"12:30:45"'),
        ("12:99", "12:99"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("#a", "'#a'"),
        ("*a", "'*a'"),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("it's", "it's"),
        ("'a'", "'''a'''"),
        ("a\tb", '"a\\tb"'),
        ("\U0001f600", '"\\U0001F600"'),
        ("é", "é"),
        ("--- a", "'--- a'"),
        ("-a", "-a"),
        ("?a", "?a"),
        ("<<", "<<"),
        ("=", "="),
        ("a\x07", '"a\\a"'),
        ("\\", "\\"),
        ('"', "'\"'"),
        ("[a", "'[a'"),
        ("a[", "a["),
        ("@a", "'@a'"),
        ("%a", "'%a'"),
        ("a,b", "a,b"),
        (".5", '".5"'),
        ("...", "'...'"),
        ("a\x85b", "a b"),
        ("\ufeffab", '"\\uFEFF\\x61\\x62"'),
        ("a\r\nb", '"a\\r\\nb"'),
        ("a \nb", '"a \\nb"'),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (True, "true"),
        (None, "null"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_scalars_are_quoted_as_go_yaml_quotes_them(value: object, written: str) -> None:
    assert dump({"v": value}) == f"v: {written}\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\nb\n", "|\n  a\n  b\n"),
        ("a\nb", "|-\n  a\n  b\n"),
        ("a\n\n\n", "|+\n  a\n\n\n"),
        ("\na\n", "|2\n\n  a\n"),
        ("  a\nb", "|2-\n    a\n  b\n"),
        ("\n", "|2+\n\n"),
        ("a\n \n", '"a\\n \\n"\n'),
        ("a\n\tb\n", '"a\\n\\tb\\n"\n'),
    ],
)
def test_lines_stand_in_literal_blocks_where_they_can(value: str, written: str) -> None:
    assert dump({"v": value}) == f"v: {written}"


def test_long_lines_are_folded_after_column_80() -> None:
    words = " ".join(["word"] * 20)
    assert dump({"v": words}) == f"v: {' '.join(['word'] * 16)}\n  {' '.join(['word'] * 4)}\n"
    assert dump({"v": f"# {words}"}).startswith("v: '# word")
    quoted = dump({"v": "\t" + "ab  c " * 15})
    assert quoted == f'v: "\\t{"ab  c " * 12}ab  c\n  {"ab  c " * 2}"\n'
    assert dump({"v": "x" * 200}) == f"v: {'x' * 200}\n"


def test_lines_that_begin_beyond_column_80_are_broken_at_each_space() -> None:
    tree: object = "a b  c d"
    for _ in range(45):
        tree = {"k": tree}
    margin = " " * 90
    assert dump(tree).endswith(f"{' ' * 88}k: a\n{margin}b  c\n{margin}d\n")


def test_a_key_that_cannot_stand_before_a_colon_gets_a_question_mark() -> None:
    assert dump({"k" * 129: {"a": 1}}) == f"? {'k' * 129}\n: a: 1\n"
    assert dump({"a\nb": [1]}) == "? |-\n  a\n  b\n: - 1\n"
    assert dump({"k" * 128: 1}) == f"{'k' * 128}: 1\n"


def test_documents_are_parted_by_dashes() -> None:
    assert dump_all([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"
    assert dump_all([]) == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-0.0, "0"),
        (1e15, "1000000000000000"),
        (1e19, "10000000000000000000"),
        (1e20, "1e+20"),
        (-1e19, "-1e+19"),
        (123456.5, "123456.5"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (5e-324, "5e-324"),
        (9223372036854775807.0, "9223372036854776000"),
        (-2.5, "-2.5"),
        (1.5e300, "1.5e+300"),
    ],
)
def test_floats_are_printed_as_go_prints_what_json_left_of_them(value: float, written: str) -> None:
    assert number(value) == written


def test_control_characters_are_refused_as_kustomize_refuses_its_own_json() -> None:
    with pytest.raises(YamlError, match=r"^yaml: control characters are not allowed$"):
        dump({"v": "a\x7f"})


def test_a_word_is_not_quoted_for_having_been_read_before() -> None:
    assert [dump({"name" + "space": 1}) for _ in range(2)] == ["namespace: 1\n"] * 2


_texts = st.text(
    st.characters(
        codec="utf-8", exclude_characters="\x7f\x85\ufeff", exclude_categories=("Cc", "Cs", "Co", "Cn")
    )
)
_strings = st.one_of(_texts, st.text("ab :#-'\"\n\t\\[]{},&*!|>%@`?~0123456789.eE+_"))
_numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(-(2.0**53), 2.0**53))
_scalars = st.one_of(st.none(), st.booleans(), _numbers, _strings)
_keys = _strings.filter(lambda key: key not in ("<<", ""))
_trees = st.recursive(
    _scalars,
    lambda tree: st.lists(tree, max_size=3) | st.dictionaries(_keys, tree, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_keys, _trees, min_size=1, max_size=3))
def test_what_is_printed_reads_back_as_the_same_tree(tree: dict[str, object]) -> None:
    assert documents(dump(tree).encode()) == (tree,)
