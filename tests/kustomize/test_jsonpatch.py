"""JSON 6902 patches, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.jsonpatch import apply, parse
from bisectops.kustomize.scalars import go_json
from bisectops.yaml.reader import documents
from bisectops.yaml.spelling import Quoted

TARGET = """\
apiVersion: example.com/v1
kind: Foo
metadata: {name: a, labels: {x/y: z}}
l: [a, b, {c: d}]
m: {a: 1, b: {c: null}, 'til~de': 1}
n: null
s: str
big: 9007199254740993
whole: 1.0
"""

# what is told, operation, the field that changed, what it holds then
CHANGES: list[tuple[str, str, str, Any]] = [
    ("a dash appends", "{op: add, path: /l/-, value: x}", "l", ["a", "b", {"c": "d"}, "x"]),
    ("an index inserts", "{op: add, path: /l/1, value: x}", "l", ["a", "x", "b", {"c": "d"}]),
    ("the length appends", "{op: add, path: /l/3, value: x}", "l", ["a", "b", {"c": "d"}, "x"]),
    ("minus one adds at the end", "{op: add, path: /l/-1, value: x}", "l", ["a", "b", {"c": "d"}, "x"]),
    ("a value that is missing is null", "{op: add, path: /s}", "s", None),
    (
        "a slash is written ~1",
        "{op: add, path: /metadata/labels/x~1y, value: w}",
        "metadata",
        {"name": "a", "labels": {"x/y": "w"}},
    ),
    ("a tilde is written ~0", "{op: remove, path: /m/til~0de}", "m", {"a": 1, "b": {"c": None}}),
    ("values are YAML 1.1", "{op: add, path: /s, value: yes}", "s", True),
    ("times stay text", "{op: add, path: /s, value: 2021-01-01}", "s", "2021-01-01"),
    ("a leading zero is octal", "{op: add, path: /s, value: 0755}", "s", 493),
    (
        "large integers lose digits",
        "{op: add, path: /s, value: 12345678901234567890}",
        "s",
        12345678901234567000,
    ),
    ("an element is removed", "{op: remove, path: /l/0}", "l", ["b", {"c": "d"}]),
    ("a negative index counts from the end", "{op: replace, path: /l/-1, value: 5}", "l", ["a", "b", 5]),
    ("replacing a key that is missing adds it", "{op: replace, path: /zz, value: 5}", "zz", 5),
    ("a list is moved within itself", "{op: move, from: /l/0, path: /l/1}", "l", ["b", "a", {"c": "d"}]),
    ("a copy of a missing key is null", "{op: copy, from: /m/zz, path: /s}", "s", None),
    ("one is one point zero", "{op: test, path: /m/a, value: 1.0}", "whole", 1),
    ("a missing key tests as null", "{op: test, path: /zz, value: null}", "n", None),
    ("the whole resource goes through JSON", "{op: test, path: /s, value: str}", "big", 9007199254740992),
]

# operation, kustomize's words
FAILURES = [
    (
        "{op: add, path: /l/4, value: x}",
        "error in add for path: '/l/4': Unable to access invalid index: 4: invalid index referenced",
    ),
    (
        "{op: add, path: /l/x, value: x}",
        "error in add for path: '/l/x': value was not a proper array index: 'x': "
        'strconv.Atoi: parsing "x": invalid syntax',
    ),
    (
        "{op: add, path: /m/b/c/d, value: x}",
        'add operation does not apply: doc is missing path: "/m/b/c/d": missing value',
    ),
    (
        "{op: add, path: /s/x, value: 1}",
        'add operation does not apply: doc is missing path: "/s/x": missing value',
    ),
    ("{op: add, path: '', value: 1}", 'add operation does not apply: doc is missing path: "": missing value'),
    ("{op: add, value: 1}", "add operation failed to decode path: missing value"),
    (
        "{op: remove, path: /m/zz}",
        "error in remove for path: '/m/zz': Unable to remove nonexistent key: zz: missing value",
    ),
    (
        "{op: remove, path: /zz/a}",
        'remove operation does not apply: doc is missing path: "/zz/a": missing value',
    ),
    (
        "{op: remove, path: /l/-}",
        "error in remove for path: '/l/-': strconv.Atoi: parsing \"-\": invalid syntax",
    ),
    (
        "{op: replace, path: /zz/a, value: 5}",
        "replace operation does not apply: doc is missing path: /zz/a: missing value",
    ),
    (
        "{op: replace, path: /l/3, value: 5}",
        "replace operation does not apply: doc is missing key: /l/3: missing value",
    ),
    ("{op: replace}", "replace operation failed to decode path: operation missing path field: missing value"),
    (
        "{op: move, from: /m/zz, path: /m/z}",
        "error in move for path: 'zz': Unable to remove nonexistent key: zz: missing value",
    ),
    (
        "{op: move, from: /m/a, path: /q/z}",
        "move operation does not apply: doc is missing destination path: /q/z: missing value",
    ),
    (
        "{op: copy, path: /nn}",
        "copy operation failed to decode from: operation, missing from field: missing value",
    ),
    (
        "{op: copy, from: /m, path: /l/9}",
        "error while adding value during copy: Unable to access invalid index: 9: invalid index referenced",
    ),
    ("{op: test, path: /m/a, value: 2}", "testing value /m/a failed: test failed"),
    ("{op: test, path: /m/a, value: true}", "testing value /m/a failed: test failed"),
    (
        "{op: test, path: /l/9, value: 1}",
        "error in test for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
    ),
    ("{op: Add, path: /m, value: 1}", "Unexpected kind: Add"),
    ("{path: /m}", "Unexpected kind: unknown"),
]


def target() -> Any:
    (tree,) = documents(TARGET.encode())
    return tree


@pytest.mark.parametrize(
    ("operation", "field", "expected"), [pytest.param(*rest, id=told) for told, *rest in CHANGES]
)
def test_operation_changes_what_it_names(operation: str, field: str, expected: Any) -> None:
    patched = apply(target(), parse(f"- {operation}"))
    assert go_json(patched[field]) == go_json(expected)


@pytest.mark.parametrize(("operation", "message"), FAILURES)
def test_operation_that_does_not_apply_fails_in_json_patch_s_words(operation: str, message: str) -> None:
    with pytest.raises(BuildError) as failure:
        apply(target(), parse(f"- {operation}"))
    assert failure.value.message == message


def test_operations_see_what_those_before_them_did_and_no_value_is_shared() -> None:
    operations = parse(
        "- {op: add, path: /new, value: {a: {}}}\n"
        "- {op: add, path: /new/a/b, value: 1}\n"
        "- {op: copy, from: /new, path: /copy}\n"
        "- {op: add, path: /new/a/c, value: 2}\n"
    )
    patched = apply(target(), operations)
    assert patched["new"] == {"a": {"b": 1, "c": 2}}
    assert patched["copy"] == {"a": {"b": 1}}
    assert operations[0]["value"] == {"a": {}}


def test_target_is_left_as_it_was() -> None:
    before = target()
    apply(before, parse("- {op: remove, path: /l/0}\n- {op: add, path: /m/a, value: 2}"))
    assert before == target()


def test_quotes_stay_only_where_they_are_needed() -> None:
    patched = apply({"kind": "Foo", "quoted": Quoted("x"), "number": Quoted("1"), "word": "yes"}, [])
    assert [type(patched[field]) for field in ("quoted", "number", "word")] == [str, Quoted, Quoted]


def test_only_the_first_document_counts() -> None:
    assert parse("- {op: add, path: /x}\n---\n- {op: add, path: /y}\n") == [{"op": "add", "path": "/x"}]


@pytest.mark.parametrize(
    "patch", ["", "foo", "3", "{op: add}", "- 3", "[{]", '[{"op": NaN}]', '[{"op": 1}]x']
)
def test_text_that_is_no_list_of_operations_is_refused(patch: str) -> None:
    with pytest.raises(BuildError):
        parse(patch)
