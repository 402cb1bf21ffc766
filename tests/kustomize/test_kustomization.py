"""Kustomization files as Go's JSON decoder reads them."""

from __future__ import annotations

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.kustomization import kustomization


def read(value: object, *, strict: bool = True) -> object:
    return kustomization(value, folder="apps", strict=strict)


def test_deprecated_fields_go_to_the_end_of_todays() -> None:
    asked = kustomization(
        {
            "resources": ["a"],
            "bases": ["b"],
            "images": [{"name": "x"}],
            "imageTags": [{"name": "y"}],
            "secretGenerator": [{"name": "s", "envs": ["one"], "env": "two"}],
        },
        folder="apps",
    )
    assert asked.resources == ("a", "b")
    assert [image["name"] for image in asked.images] == ["x", "y"]
    assert asked.secrets == ({"name": "s", "envs": ["one", "two"]},)


@pytest.mark.parametrize("value", [None, {}, {"kind": "Component"}, {"bases": []}, {"namespace": ""}])
def test_nothing_asked_is_empty(value: object) -> None:
    with pytest.raises(BuildError, match="is empty"):
        read(value)


@pytest.mark.parametrize("value", [{"resources": []}, {"metadata": {}}, {"openapi": {}}])
def test_empty_collections_are_something(value: object) -> None:
    assert read(value)


def test_fields_match_in_any_case() -> None:
    assert kustomization({"NamePrefix": "a", "resources": None}, folder="").prefix == "a"


def test_unknown_fields_are_refused_in_files_and_dropped_in_overrides() -> None:
    with pytest.raises(BuildError, match='invalid Kustomization: json: unknown field "odd"'):
        read({"odd": 1, "namePrefix": "a"})
    assert read({"odd": 1, "namePrefix": "a"}, strict=False)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "json: cannot unmarshal array into Go value of type types.Kustomization"),
        (
            {"resources": "a"},
            "json: cannot unmarshal string into Go struct field Kustomization.resources of type []string",
        ),
        (
            {"patches": [{"target": {"name": 5}}]},
            "json: cannot unmarshal number into Go struct field Selector.patches.target.name of type string",
        ),
        (
            {"images": {"name": "x"}},
            "json: cannot unmarshal object into Go struct field Kustomization.images of type []types.Image",
        ),
        (
            {"replicas": [{"count": 1.5}]},
            "json: cannot unmarshal number 1.5 into Go struct field Replica.replicas.count of type int64",
        ),
    ],
)
def test_wrong_types_are_named(value: object, message: str) -> None:
    with pytest.raises(BuildError) as raised:
        read(value)
    assert raised.value.message == f"invalid Kustomization: {message}"


def test_kind_and_version_must_fit() -> None:
    with pytest.raises(BuildError, match="Failed to read kustomization file under apps:\napiVersion for"):
        read({"kind": "Component", "apiVersion": "kustomize.config.k8s.io/v1beta1", "namespace": "n"})
