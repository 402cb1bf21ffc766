from __future__ import annotations

import pytest

from bisectops.yaml import fields

TREE = {
    "spec": {
        "path": "./apps",
        "prune": True,
        "quoted": "true",
        "replicas": 3,
        "whole": 2.0,
        "part": 2.5,
        "patches": [{"patch": "a"}, "b", None, {"patch": "c"}],
        "labels": {"a": "1", "b": 2},
    }
}


def test_fields_of_the_right_type_are_read() -> None:
    assert fields.text(TREE, "spec", "path") == "./apps"
    assert fields.boolean(TREE, "spec", "prune")
    assert fields.integer(TREE, "spec", "replicas") == 3
    assert fields.integer(TREE, "spec", "whole") == 2
    assert fields.mapping(TREE, "spec", "labels") == {"a": "1", "b": 2}
    assert fields.text_map(TREE, "spec", "labels") == {"a": "1"}
    assert fields.mappings(TREE, "spec", "patches") == ({"patch": "a"}, {"patch": "c"})
    assert fields.texts(TREE, "spec", "patches") == ("b",)
    assert fields.text(TREE, "spec", "patches", 3, "patch") == "c"
    assert fields.text_or("x", TREE, "spec", "name") == "x"


@pytest.mark.parametrize("tree", [TREE, None, 1, "x", [], {"spec": None}, {"spec": ["a"]}, {"spec": "x"}])
def test_a_wrong_type_reads_as_absent(tree: object) -> None:
    assert fields.text(tree, "spec", "replicas") is None
    assert fields.text(tree, "spec", "path", "deeper") is None
    assert fields.boolean(tree, "spec", "quoted") is False
    assert fields.integer(tree, "spec", "prune") is None
    assert fields.integer(tree, "spec", "part") is None
    assert fields.mapping(tree, "spec", "patches") == {}
    assert fields.sequence(tree, "spec", "labels") == ()
    assert fields.sequence(tree, "spec", "patches", 9) == ()
    assert fields.value(tree, 0, "spec") is None
