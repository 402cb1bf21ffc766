"""Text is read as kustomize v5.5.0 reads it; what is expected here was seen from `kubectl kustomize`."""

from __future__ import annotations

import time

import pytest

from bisectops.errors import YamlError
from bisectops.yaml.reader import MAX_BYTES, chunks, documents, one, yaml_1_1


def value(text: str) -> object:
    (tree,) = documents(text.encode())
    return tree["v"]


def refusal(text: str) -> str:
    with pytest.raises(YamlError) as refused:
        documents(text.encode(), where="app.yaml")
    return refused.value.message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0644", 420),
        ("0o644", 420),
        ("08", 8.0),
        ("0b11", 3),
        ("0b-11", -3),
        ("-0x1F", -31),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("._5", "._5"),
        ("1e400", "1e400"),
        ("123e4567", "123e4567"),
        ("9223372036854775808", 9223372036854775808),
        ("18446744073709551616", 18446744073709551616.0),
        ("0777777777777777777777", 0o777777777777777777777),
        ("12:30:45", "12:30:45"),
        ("yes", "yes"),
        ("On", "On"),
        ("TRUE", True),
        ("tRue", "tRue"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("<<", "<<"),
        ("=", "="),
        ("2021-1-1", "2021-01-01T00:00:00Z"),
        ("2021-02-29", "2021-02-29"),
        ("'2021-01-01'", "2021-01-01"),
        ("2021-01-01 10:00:00.50", "2021-01-01T10:00:00.5Z"),
        ("2021-01-01T10:00:00", "2021-01-01T10:00:00"),
        ("2021-01-01T10:00:00+00:00", "2021-01-01T10:00:00Z"),
        ("2021-01-01T1:2:3-05:30", "2021-01-01T01:02:03-05:30"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 12", 12.0),
        ("! 12", 12),
        ("! '12'", "12"),
        ("!x 12", "12"),
        ("!!binary aGk=", "hi"),
        ("!!null", None),
        ("!!int 0x1F", 31),
    ],
)
def test_scalars_follow_go_yaml(written: str, read: object) -> None:
    found = value(f"v: {written}\n")
    assert found == read
    assert isinstance(found, type(read))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v: !!int abc\n", "yaml: cannot decode !!str `abc` as a !!int"),
        ("v: !!bool yes\n", "yaml: cannot decode !!str `yes` as a !!bool"),
        ("v: .inf\n", "json: unsupported value: +Inf"),
        ("v: {1: a}\n", "json: unsupported type: map[interface {}]interface {}"),
        ("v: {2021-01-01: a}\n", "json: unsupported type: map[interface {}]interface {}"),
        ("v: {!x k: a}\n", "json: unsupported type: map[interface {}]interface {}"),
        ("v: {a: 1, <<: {b: 1}, <<: {c: 1}}\n", "duplicate merge key"),
        ("a: &a x\nv: {<<: *a}\n", "invalid map merge: received alias for a non-map value"),
        ("v: {<<: x}\n", "map merge requires map or sequence of maps as the value"),
        ("v: !!binary '*'\n", "yaml: !!binary value contains invalid base64 data"),
    ],
)
def test_values_that_json_cannot_hold_are_refused(text: str, words: str) -> None:
    assert refusal(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b\nv: 'x\n", "line 2: found unexpected end of stream"),
        ("a: b\nv: b: c\n", "line 2: mapping values are not allowed in this context"),
        ("a: b\nv:\n\tc: d\n", "line 3: found character that cannot start any token"),
        ("v: *x\n", "unknown anchor 'x' referenced"),
        ("v: &x [*x]\n", "anchor 'x' value contains itself"),
        ("v: \x01\n", "control characters are not allowed"),
        ('v: "a\\/b"\n', "line 1: found unknown escape character"),
    ],
)
def test_what_is_no_yaml_is_refused_in_go_yamls_words(text: str, words: str) -> None:
    assert refusal(text) == f"MalformedYAMLError: yaml: {words} in File: app.yaml"


def test_a_question_mark_ends_a_plain_scalar_within_brackets() -> None:
    assert "did not find expected" in refusal("v: [http://example.org/?q, b]\n")
    assert value("v: a?b\n") == "a?b"
    assert value("v: ['a?b', {c: \"?\"}]\n") == ["a?b", {"c": "?"}]


def test_keys_are_unique_and_the_message_names_both_lines() -> None:
    words = 'yaml: unmarshal errors:\n  line 4: mapping key "a" already defined at line 2'
    assert refusal("v:\n  a: 1\n  b: {a: 2}\n  a: 3\n") == words


def test_a_syntax_error_further_down_comes_before_a_repeated_key() -> None:
    assert refusal("v: {a: 1, a: 2}\n---\nw: [\n").startswith("MalformedYAMLError")


def test_a_top_level_key_may_be_a_number() -> None:
    assert documents(b"1: a\ntrue: b\n0x1: c\n") == ({"1": "a", "true": "b", "0x1": "c"},)


def test_an_empty_value_within_brackets_is_an_empty_string() -> None:
    assert value("v: {a: , b}\n") == {"a": "", "b": ""}
    assert value("v:\n  a:\n") == {"a": None}


def test_merges_keep_what_is_written_and_prefer_the_first_source() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nv: {z: 9, <<: [*a, *b], w: 0}\n"
    assert value(text) == {"z": 9, "w": 0, "y": 2, "x": 1}
    assert list(value(text)) == ["z", "w", "y", "x"]  # type: ignore[call-overload]
    assert value("a: &a {x: 1}\nb: &b {<<: *a, y: 3}\nv: {<<: *b}\n") == {"y": 3, "x": 1}
    assert value("v: {'<<': {a: 1}, b: 2}\n") == {"b": 2}


def test_an_anchor_may_be_defined_again() -> None:
    assert documents(b"a: &x 1\nb: *x\nc: &x 2\nd: *x\n") == ({"a": 1, "b": 1, "c": 2, "d": 2},)


@pytest.mark.parametrize(
    ("folded", "read"),
    [
        ("v: >\n  a\n  b\n", "a b\n"),
        ("v: >\n  a\n    b\n  c\n", "a\n\n  b\nc\n"),
        ("v: >\n  a\n   b\n\n\n   c\n  d\n\n  e\n", "a\n\n b\n\n\n c\nd\ne\n"),
        ("v: >+\n  a\n\n\n", "a\n\n\n\n"),
        ("v: !!str >\n  a\n    b\n  c\n", "a\n\n  b\nc\n"),
        ("v: >\n  \U0001f600\n    a\n  b\n", "\U0001f600\n  a\nb\n"),
        ("v: |\n  a\n    b\n  c\n", "a\n  b\nc\n"),
    ],
)
def test_folded_scalars_gain_a_line_as_kustomize_reads_its_own_output(folded: str, read: str) -> None:
    assert value(folded) == read


def test_documents_are_cut_before_they_are_parsed() -> None:
    text = b"# head\n---\n---  # note\na: 1\n---\nnull\n---\n{}\n---\n- 1\r\n---\nb: |\n  x\n---\n"
    assert documents(text) == ({"a": 1}, [1], {"b": "x\n"})
    assert [line for line, _ in chunks(b"a: 1\n---\nb: 1\n---\nc: 1\n")] == [0, 2, 4]
    assert documents(b"a: 1\n...\nb: 2\n") == ({"a": 1},)
    assert documents(b"\xef\xbb\xbfa: 1\n---\n\xef\xbb\xbfb: 1\n") == ({"a": 1}, {"b": 1})


@pytest.mark.parametrize("separator", ["--- a", "---a", "----", "--- {a: 1}"])
def test_a_separator_carries_nothing_but_a_comment(separator: str) -> None:
    assert refusal(f"a: 1\n{separator}\nb: 1\n") == f"invalid document separator: {separator}"


def test_kustomization_files_are_yaml_1_1() -> None:
    text = b"a: yes\nb: n\nc: 2021-01-01\nd: 0644\n1: x\n1.5: y\non: z\nd: 5\n"
    assert one(text) == {"a": True, "b": False, "c": "2021-01-01", "d": 5, "1": "x", "1.5": True, "true": "z"}
    assert one(b"a: 1\n<<: {a: 2, b: 3}\nb: 4\n") == {"a": 2, "b": 4}
    assert one(b"a: >\n  x\n    y\n  z\n") == {"a": "x\n  y\nz\n"}
    assert one(b"") is None
    assert yaml_1_1("a: ! 1\nb: !!timestamp 2021-01-01\n") == {"a": "1", "b": "2021-01-01"}


def test_kustomization_files_that_are_no_yaml_are_refused() -> None:
    with pytest.raises(YamlError, match=r"^yaml: line 2: mapping values are not allowed in this context$"):
        one(b"a: b\nc: d: e\n")
    with pytest.raises(YamlError, match="unsupported map key"):
        one(b"~: a\n")


def _bomb() -> str:
    levels = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]" for level in range(1, 12)]
    return "\n".join(["l0: &l0 lol", *levels])


@pytest.mark.parametrize(
    "text",
    [
        _bomb(),
        "v: " + "[" * 5000 + "]" * 5000,
        "v: " + "{a: " * 5000,
        "a: &a " + "x" * 1_000_000 + "\nv: [" + "*a, " * 2000 + "]",
        "".join(f"{indent * ' '}a:\n" for indent in range(1000)),
    ],
    ids=["aliases", "brackets", "braces", "long aliases", "indentation"],
)
def test_hostile_texts_are_refused_soon(text: str) -> None:
    start = time.process_time()
    with pytest.raises(YamlError):
        documents(text.encode())
    with pytest.raises(YamlError):
        one(text.encode())
    assert time.process_time() - start < 2


def test_a_text_beyond_all_measure_is_not_parsed() -> None:
    with pytest.raises(YamlError, match="larger than 16 MiB"):
        documents(b"a" * (MAX_BYTES + 1))
    with pytest.raises(YamlError, match="larger than 16 MiB"):
        one(b"a" * (MAX_BYTES + 1))


def test_many_keys_are_read_in_linear_time() -> None:
    text = "".join(f"key{number}: {number}\n" for number in range(60_000))
    (tree,) = documents(text.encode())
    assert len(tree) == 60_000
