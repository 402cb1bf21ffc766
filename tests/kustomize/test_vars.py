"""`vars`, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.nodes import MISSING
from bisectops.kustomize.resource import Gvk
from bisectops.kustomize.vars import VAR_REFERENCE, expanded, expanded_field, field_value

VALUES = {"V": "val", "N": 7, "B": True, "F": 1.5, "M": {"a": "b"}}


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("$(V)", "val"),
        ("a$(V)b$(N)c$(B)", "avalb7ctrue"),
        ("$(V)$(V)", "valval"),
        ("$(N)", 7),
        ("$(B)", True),
        ("$(F)", 1.5),
        ("$(U)", "$(U)"),
        ("$(U)-$(V)", "$(U)-val"),
        ("$(M)", "$(M)"),
        ("$$(V)", "$(V)"),
        ("$$$(V)", "$val"),
        ("$V", "$V"),
        ("$", "$"),
        ("$(", "$("),
        ("$(V", "$(V"),
        ("no variable", "no variable"),
    ],
)
def test_string_is_expanded(string: str, expected: Any) -> None:
    found = expanded(string, VALUES, set())
    assert found == expected
    assert type(found) is type(expected)


def test_variables_that_were_found_are_counted() -> None:
    used: set[str] = set()
    expanded("$(V) $(U) $(M) $$(N)", VALUES, used)
    assert used == {"V"}


def test_strings_of_mappings_and_lists_are_expanded_and_other_values_kept() -> None:
    assert expanded_field({"a": "$(V)", "b": 5, "c": {"d": "$(V)"}}, VALUES, set()) == {
        "a": "val",
        "b": 5,
        "c": {"d": "$(V)"},
    }
    assert expanded_field(["$(V)", "x"], VALUES, set()) == ["val", "x"]
    assert expanded_field(5, VALUES, set()) == 5


def test_list_of_other_than_strings_is_refused() -> None:
    with pytest.raises(BuildError, match="invalid value type expect a string"):
        expanded_field(["$(V)", 5], VALUES, set())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata.name", "a"),
        ("l[1].port", 81),
        ("l.0.port", 80),
        ("l.[port=81].port", 81),
        ("metadata.annotations.[x.y/z]", "w"),
        ("nope", MISSING),
        ("l[7].port", MISSING),
    ],
)
def test_field_path_may_index_lists(path: str, expected: Any) -> None:
    content = {"metadata": {"name": "a", "annotations": {"x.y/z": "w"}}, "l": [{"port": 80}, {"port": 81}]}
    assert field_value(content, path) == expected


def test_references_are_looked_for_in_workloads_and_metadata() -> None:
    assert len(VAR_REFERENCE) == 72
    assert (
        FieldSpec(Gvk("", "", "Deployment"), "spec/template/spec/initContainers/env/value") in VAR_REFERENCE
    )
    assert FieldSpec(Gvk("", "", ""), "metadata/annotations") in VAR_REFERENCE
