"""Which differences between two versions of an object nobody could mind."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.rules.edits import Edit, edits

HELM = "helm.toolkit.fluxcd.io/v2"
EXTERNAL = "external-secrets.io/v1"
SEALED = "ENC[AES256_GCM,data:{},iv:x,tag:y,type:{}]"


def thing(api: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, **fields}


def release(**spec: Any) -> dict[str, Any]:
    return thing(HELM, "HelmRelease", spec={"chartRef": {"name": "a"}, **spec})


@pytest.mark.parametrize(
    ("old", "new", "field", "reshapes"),
    [
        ({"values": {"tag": "1"}}, {"values": {"tag": "2"}}, "values", False),
        ({"values": {"env": [1]}}, {"values": {"env": [1, 2]}}, "values", True),
        ({}, {"interval": "1h"}, "interval", False),
        ({"values": {"cost": "5$"}}, {"values": {"cost": "6$"}}, "values", False),
    ],
)
def test_values_of_a_release_are_nobodys_concern(
    old: dict[str, Any], new: dict[str, Any], field: str, reshapes: bool
) -> None:
    assert edits(release(**old), release(**new)) == [Edit(("spec", field), reshapes)]


@pytest.mark.parametrize(
    "new",
    [
        {"values": {"tag": "${TAG}"}},
        {"values": {"tag": "$${TAG}"}},
        {"values": {"tag": "1", "fullnameOverride": "b"}},
        {"values": {"tag": "1", "secrets": {"a": {"forceRename": "b"}}}},
        {"values": {"tag": SEALED.format("a", "str")}},
        {"values": {"tag": "1"}, "suspend": True},
        {"values": {"tag": "1"}, "dependsOn": [{"name": "b"}]},
        {"values": {"tag": "1"}, "chartRef": {"name": "b"}},
    ],
)
def test_what_a_release_makes_needs_or_leaves_open_is_somebodys_concern(new: dict[str, Any]) -> None:
    assert edits(release(values={"tag": "1"}), release(**new)) is None


def test_of_a_chart_only_the_version_is_quiet() -> None:
    def chart(**spec: Any) -> dict[str, Any]:
        return release(chart={"spec": {"chart": "a", "version": "1", **spec}})

    assert edits(chart(), chart(version="2")) == [Edit(("spec", "chart"), False)]
    assert edits(chart(), chart(sourceRef={"name": "b"})) is None


def test_metadata_is_never_quiet() -> None:
    old, new = release(), release()
    new["metadata"] = {"name": "a", "labels": {"b": "c"}}
    assert edits(old, new) is None


def test_equal_in_value_is_not_equal_in_type() -> None:
    assert edits(release(suspend=True), release(suspend=1)) is None


def test_what_an_operator_makes_is_no_quiet_matter() -> None:
    old = thing(EXTERNAL, "ExternalSecret", spec={"refreshInterval": "1h", "target": {"name": "a"}})
    later = thing(EXTERNAL, "ExternalSecret", spec={"refreshInterval": "2h", "target": {"name": "a"}})
    other = thing(EXTERNAL, "ExternalSecret", spec={"refreshInterval": "1h", "target": {"name": "b"}})
    assert edits(old, later) == [Edit(("spec", "refreshInterval"), False)]
    assert edits(old, other) is None


def test_data_that_may_be_variables_is_never_quiet() -> None:
    assert edits(thing("v1", "ConfigMap", data={"A": "1"}), thing("v1", "ConfigMap", data={"A": "2"})) is None


def test_a_secret_sealed_anew_is_quiet_if_each_value_keeps_its_type() -> None:
    def sealed(text: str, kind: str = "str", recipient: str = "age1a") -> dict[str, Any]:
        sops = {"age": [{"recipient": recipient}], "lastmodified": text, "mac": SEALED.format(text, "str")}
        return thing("v1", "Secret", stringData={"a": SEALED.format(text, kind)}, sops=sops)

    assert {edit.field for edit in edits(sealed("x"), sealed("y")) or ()} == {("stringData",), ("sops",)}
    assert edits(sealed("x"), sealed("y", "int")) is None
    assert edits(sealed("x"), sealed("y", recipient="age1b")) is None


def test_flux_objects_of_other_kinds_are_never_quiet() -> None:
    api = "source.toolkit.fluxcd.io/v1"
    old, new = (thing(api, "GitRepository", spec={"interval": each}) for each in ("1m", "2m"))
    assert edits(old, new) is None
