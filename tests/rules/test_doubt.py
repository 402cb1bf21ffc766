"""What git does not show of an object keeps its failures from being certain."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bisectops.rules.judge import RepositoryJudge

World = Any
LEFT_ALONE = {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}
KEPT = {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
GONE = "build-failed:Kustomization/media/app:Path/gone"


def source(world: World, **spec: Any) -> World:
    """The root with a source of its own making."""
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b", **spec)
    return world.write(
        "cluster/flux-system/gotk-sync.yaml", git, world.ks("flux-system", "cluster", "flux-system")
    )


@pytest.mark.parametrize(
    ("annotations", "certainty"), [(LEFT_ALONE, "possible"), (KEPT, "likely"), ({}, "certain")]
)
def test_a_kustomization_that_is_not_applied_may_be_another_one_in_the_cluster(
    world: World, annotations: dict[str, str], certainty: str
) -> None:
    world.write("cluster/app.yaml", world.ks("app", "gone", "media", annotations=annotations))
    assert world.failures() == {GONE: certainty}


def test_an_encrypted_secret_that_is_not_applied_reaches_no_cluster(world: World) -> None:
    secret = world.sealed("s", "media")
    for marks, told in ((LEFT_ALONE, []), (KEPT, ["likely"]), ({}, ["certain"])):
        secret["metadata"]["annotations"] = marks
        assert list(world.write("cluster/s.yaml", secret).failures().values()) == told


def test_the_guard_minds_what_is_not_applied_all_the_same(world: World) -> None:
    secret = world.sealed("s", "media", field="data")
    secret["metadata"]["annotations"] = LEFT_ALONE
    assert list(world.write("cluster/s.yaml", secret).failures().values()) == ["certain"]


def test_what_is_not_applied_needs_no_namespace(world: World) -> None:
    world.write("cluster/a.yaml", world.make("ConfigMap", "a", annotations=LEFT_ALONE))
    assert world.findings() == {}
    world.write("cluster/a.yaml", world.make("ConfigMap", "a", annotations=KEPT))
    assert list(world.failures().values()) == ["certain"]


def test_what_would_be_built_from_a_source_that_is_not_there_is_a_guess(world: World) -> None:
    missing = {"kind": "GitRepository", "name": "nobody"}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", sourceRef=missing))
    world.write("app/s.yaml", world.sealed("s", "media"))
    assert world.failures() == {
        "source-not-found:Kustomization/media/app:GitRepository/media/nobody": "certain",
        "encrypted-without-decryption:Kustomization/media/app:Secret/media/s": "likely",
    }


def test_a_missing_source_cannot_hold_itself(world: World) -> None:
    missing = {"kind": "GitRepository", "name": "nobody"}
    world.write("cluster/app.yaml", world.ks("app", "gone", "media", sourceRef=missing))
    assert world.failures() == {
        "source-not-found:Kustomization/media/app:GitRepository/media/nobody": "certain"
    }


@pytest.mark.parametrize(
    "spec", [{"include": [{"repository": {"name": "other"}, "toPath": "lib"}]}, {"recurseSubmodules": True}]
)
def test_what_is_missing_may_come_with_the_files_of_other_repositories(
    world: World, changes: Any, spec: dict[str, Any]
) -> None:
    source(world).write("cluster/app.yaml", world.ks("app", "gone", "media"))
    judge, before = RepositoryJudge(), deepcopy(world)
    judge.move(before.snapshot, None)
    assert world.failures() == {GONE: "certain"}
    assert source(world, **spec).failures() == {GONE: "possible"}
    judge.move(world.snapshot, changes(before, world))
    assert judge.findings[GONE].certainty.value == "possible"


def test_what_stands_beneath_a_suspended_one_is_as_it_was(world: World, changes: Any) -> None:
    world.write("cluster/above.yaml", world.ks("above", "above", "media"))
    world.write("above/parent.yaml", world.ks("parent", "parent", "media"))
    world.write("parent/app.yaml", world.ks("app", "gone", "media"))
    judge, before = RepositoryJudge(), deepcopy(world)
    judge.move(before.snapshot, None)
    assert world.failures() == {GONE: "certain"}
    world.write("cluster/above.yaml", world.ks("above", "above", "media", suspend=True))
    assert world.failures() == {GONE: "possible"}
    judge.move(world.snapshot, changes(before, world))
    assert judge.findings[GONE].certainty.value == "possible"


def test_only_kustomize_controller_minds_its_own_marks(world: World) -> None:
    made = world.ks("app", "gone", "media", annotations=LEFT_ALONE)
    world.write("cluster/set.yaml", world.make("ResourceSet", "set", "media", resources=[made]))
    assert world.failures() == {GONE: "certain"}


CHART = "source-not-found:HelmRelease/media/plex:OCIRepository/media/nobody"
MERGED = {"kustomize.toolkit.fluxcd.io/ssa": "Merge"}


def copied(world: World, other: str, **more: Any) -> World:
    """A release that names no source that is there, and a copy of it that names another one."""
    for owner, name in (("one", other), ("two", "nobody")):
        chart = {"kind": "OCIRepository", "name": name}
        marks = more.get("annotations", {}) if owner == "one" else {}
        made = world.make("HelmRelease", "plex", "media", chartRef=chart, annotations=marks)
        suspend = {"suspend": True} if more.get("suspend") and owner == "one" else {}
        world.write(f"cluster/{owner}.yaml", world.ks(owner, owner, "flux-system", **suspend))
        world.write(f"{owner}/release.yaml", made)
    chart = world.make("OCIRepository", "there", "media", url="oci://x")
    return deepcopy(world.write("cluster/chart.yaml", chart))


def test_two_that_apply_one_object_take_turns(world: World) -> None:
    assert copied(world, "there").failures() == {CHART: "likely"}
    assert copied(world, "nobody").failures() == {CHART: "certain"}


@pytest.mark.parametrize("more", [{"suspend": True}, {"annotations": LEFT_ALONE}, {"annotations": MERGED}])
def test_a_copy_that_never_takes_its_turn_is_no_doubt(world: World, more: dict[str, Any]) -> None:
    assert copied(world, "there", **more).failures() == {CHART: "certain"}


def test_a_walk_follows_a_copy_that_is_not_the_one_judged(world: World, changes: Any) -> None:
    walked, before = RepositoryJudge(), None
    for told in ("nobody", "there", "nobody"):
        now = copied(world, told)
        walked.move(now.snapshot, changes(before, now) if before else None)
        assert {key: found.certainty.value for key, found in walked.findings.items()} == now.failures()
        before = now
