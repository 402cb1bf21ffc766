"""Where a ks's variables come from."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.flux.applied import Applied
from bisectops.flux.envsubst import symbols
from bisectops.flux.kinds import ObjectId, flux_kustomization, ks_id
from bisectops.flux.postbuild import PostBuild, post_build_of
from bisectops.git.objects import RepoPath
from bisectops.kustomize.resource import Origin


def variables(post_build: dict[str, Any], *objects: Applied) -> PostBuild:
    tree = {"metadata": {"name": "apps", "namespace": "media"}, "spec": {"postBuild": post_build}}
    return post_build_of(flux_kustomization(tree), {each.id: each for each in objects})


def there(kind: str, name: str, namespace: str = "media", **content: Any) -> Applied:
    here = ObjectId(kind, namespace, name)
    return Applied(here, content, Origin(RepoPath("a.yaml"), 0), (), ks_id("flux-system", "root"))


def from_(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "name": name}


def test_later_sources_win_and_substitute_beats_all() -> None:
    first = there("ConfigMap", "a", data={"A": "1", "B": "1", "C": "1"})
    second = there("ConfigMap", "b", data={"B": "2", "C": "2"})
    asked = {"substituteFrom": [from_("ConfigMap", "a"), from_("ConfigMap", "b")], "substitute": {"C": 3}}
    assert variables(asked, first, second).variables == {"A": "1", "B": "2", "C": "3"}


def test_binary_data_gives_no_variables_and_newlines_go() -> None:
    found = there("ConfigMap", "a", data={"A": "x\ny\n"}, binaryData={"B": "eA=="})
    assert variables({"substituteFrom": [from_("ConfigMap", "a")]}, found).variables == {"A": "xy"}


def test_a_source_is_looked_up_in_the_namespace_of_the_ks() -> None:
    elsewhere = there("ConfigMap", "a", "flux-system", data={"A": "1"})
    found = variables({"substituteFrom": [from_("ConfigMap", "a")]}, elsewhere)
    assert (dict(found.variables), found.unseen) == ({}, "ConfigMap/media/a")


def test_values_of_a_secret_stay_symbols() -> None:
    secret = there("Secret", "s", data={"A": "cGxhaW4="}, stringData={"B": "plain"})
    found = variables({"substituteFrom": [from_("Secret", "s")]}, secret)
    assert found.variables.keys() == {"A", "B"}
    assert all(symbols(str(value)) for value in found.variables.values())
    assert "plain" not in repr(found)


def test_booleans_and_numbers_are_written_as_yaml_writes_them() -> None:
    assert variables({"substitute": {"A": True, "B": 1}}).variables == {"A": "true", "B": "1"}


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
@pytest.mark.parametrize(
    "mark", ["replicator.v1.mittwald.de/replicate-from", "kustomize.toolkit.fluxcd.io/ssa"]
)
def test_what_others_fill_may_give_names_that_git_does_not_show(kind: str, mark: str) -> None:
    metadata = {"annotations": {mark: "Merge"}}
    found = variables({"substituteFrom": [from_(kind, "a")]}, there(kind, "a", metadata=metadata))
    assert found.unseen == f"{kind}/media/a"


def test_a_value_that_the_cluster_may_hold_otherwise_is_a_symbol() -> None:
    def value(mark: str) -> str:
        metadata = {"annotations": {"kustomize.toolkit.fluxcd.io/ssa": mark}}
        found = there("ConfigMap", "a", data={"A": "1"}, metadata=metadata)
        return str(variables({"substituteFrom": [from_("ConfigMap", "a")]}, found).variables["A"])

    assert symbols(value("IfNotPresent"))
    assert value("Merge") == "1"
