"""Labels and annotations by which the cluster may hold something else than git shows."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.flux.not_gits_own import is_kept, is_left_alone, may_differ, may_hold_more

FLUX = "kustomize.toolkit.fluxcd.io"


def marked(name: str, value: str, field: str = "annotations") -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "a", field: {name: value}}}


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize(("name", "value"), [("reconcile", "Disabled"), ("ssa", "Ignore"), ("ssa", "ignore")])
def test_an_object_may_be_built_and_never_applied(name: str, value: str, field: str) -> None:
    assert is_left_alone(marked(f"{FLUX}/{name}", value, field))


@pytest.mark.parametrize(("name", "value"), [("reconcile", "false"), ("ssa", "merge"), ("prune", "disabled")])
def test_other_values_have_it_applied(name: str, value: str) -> None:
    assert not is_left_alone(marked(f"{FLUX}/{name}", value))


def test_what_is_there_already_may_be_kept() -> None:
    assert is_kept(marked(f"{FLUX}/ssa", "IfNotPresent"))
    assert not is_kept(marked(f"{FLUX}/ssa", "Merge"))


@pytest.mark.parametrize(
    "name",
    [
        "replicator.v1.mittwald.de/replicate-from",
        "reflector.v1.k8s.emberstack.com/reflects",
        "fluxcd.controlplane.io/copyFrom",
    ],
)
def test_a_copy_holds_what_its_original_holds(name: str) -> None:
    assert may_differ(marked(name, "flux-system/original"))


def test_a_merged_object_keeps_what_git_gives_and_may_hold_more() -> None:
    merged = marked(f"{FLUX}/ssa", "Merge")
    assert (may_differ(merged), may_hold_more(merged)) == (False, True)
    assert not may_hold_more(marked("team", "flux"))


@pytest.mark.parametrize("odd", [None, [], "x", {"annotations": [1]}, {"labels": {f"{FLUX}/ssa": 3}}])
def test_odd_metadata_marks_nothing(odd: Any) -> None:
    assert not may_hold_more({"kind": "ConfigMap", "metadata": odd})
