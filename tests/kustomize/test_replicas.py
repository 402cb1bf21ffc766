"""`replicas`, as `kubectl kustomize` v5.5.0 sets them."""

from __future__ import annotations

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.replicas import counted, unmatched
from bisectops.kustomize.resource import Gvk
from bisectops.yaml.spelling import Quoted


def test_count_replaces_a_number_and_nothing() -> None:
    assert counted(1, 3) == 3
    assert counted(None, 0) == 0


def test_count_in_quotes_stays_a_string() -> None:
    assert counted(Quoted("1"), 3) == "3"


def test_count_does_not_replace_a_mapping() -> None:
    with pytest.raises(BuildError, match="wrong node kind: expected ScalarNode but got MappingNode"):
        counted({"a": "b"}, 3)


def test_name_that_nothing_has_is_told_with_the_kinds_looked_at() -> None:
    specs = [FieldSpec(Gvk("", "", "Deployment"), "spec/replicas"), FieldSpec(Gvk("apps", "v1", ""), "x")]
    assert unmatched("web", specs).message == (
        "resource with name web does not match a config with the following GVK"
        " [Deployment.[noVer].[noGrp] [noKind].v1.apps]"
    )
