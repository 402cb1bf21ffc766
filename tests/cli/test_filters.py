from __future__ import annotations

import json
from pathlib import Path

import pytest

import bisectops.report.json
from bisectops.cli.filters import RULES, objects_named, rules_named
from bisectops.errors import RequestError


def test_rules_come_in_lists_and_repeated() -> None:
    assert rules_named(["build-failed,source-not-found", "build-failed"]) == {
        "build-failed",
        "source-not-found",
    }
    assert rules_named([]) == frozenset()


def test_an_unknown_rule_names_the_known_ones() -> None:
    with pytest.raises(RequestError, match="no rule is called 'sops'") as raised:
        rules_named(["sops"])
    assert "decryption-secret-missing" in raised.value.hint


def test_every_rule_of_the_schema_can_be_asked_about() -> None:
    schema = json.loads((Path(bisectops.report.json.__file__).parent / "schemas/check.v1.json").read_text())
    assert {*RULES, "dependency-not-ready"} == set(schema["$defs"]["finding"]["properties"]["rule"]["enum"])


@pytest.mark.parametrize("name", ["echo", "Kustomization//echo", "a/b/c/d", ""])
def test_an_object_is_named_in_full(name: str) -> None:
    with pytest.raises(RequestError, match="names no object"):
        objects_named([name])


def test_an_object_may_have_no_namespace() -> None:
    names = ["Kustomization/default/echo", "Namespace/default"]
    assert objects_named(names) == set(names)
