"""Commits that are passed over because no finding can depend on them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bisectops.rules.judge import RepositoryJudge
from bisectops.yaml.reader import documents

World = Any
Changes = Callable[..., Any]


def fleet(world: World, **ks: Any) -> World:
    """A release and its chart, applied by a Kustomization of their own."""
    world.write("cluster/app.yaml", world.ks("app", "apps/app", "media", **ks))
    world.write("apps/app/release.yaml", release(world, tag="1"))
    return world.write("apps/app/chart.yaml", world.make("OCIRepository", "chart", "media", ref={"tag": "1"}))


def release(world: World, **values: Any) -> Any:
    ref = {"kind": "OCIRepository", "name": "chart"}
    return world.make("HelmRelease", "app", "media", chartRef=ref, values=values)


def is_passed_over(world: World, changes: Changes, change: Callable[[World], object]) -> bool:
    """Is a change of a world not looked at, and are the findings right all the same?"""
    judge, before = RepositoryJudge(), deepcopy(world)
    judge.move(before.snapshot, None)
    clusters = [each.scene.cluster for each in judge.clusters.values()]
    objects = [dict(cluster.objects) for cluster in clusters]
    change(world)
    judge.move(world.snapshot, changes(before, world), findings_only=True)
    fresh = RepositoryJudge()
    fresh.move(world.snapshot, None)
    assert judge.findings == fresh.findings
    now = [each.scene.cluster.objects for each in fresh.clusters.values()]
    return [cluster.objects for cluster in clusters] == objects != now or objects == now


def test_a_new_version_is_passed_over(world: World, changes: Changes) -> None:
    def bump(world: World) -> None:
        world.write("apps/app/release.yaml", release(world, tag="2"))
        world.write("apps/app/chart.yaml", world.make("OCIRepository", "chart", "media", ref={"tag": "2"}))

    assert is_passed_over(fleet(world), changes, bump)


def test_a_file_that_nobody_reads_is_passed_over(world: World, changes: Changes) -> None:
    assert is_passed_over(fleet(world), changes, lambda world: world.write("other/a.yaml", {"a": 1}))


@pytest.mark.parametrize(
    "patch",
    [
        "- {op: test, path: /spec/values/tag, value: '1'}",
        "- {op: copy, from: /spec/values/tag, path: /spec/releaseName}",
    ],
)
def test_a_value_that_a_patch_looks_at_is_not(world: World, changes: Changes, patch: str) -> None:
    world = fleet(world, patches=[{"target": {"kind": "HelmRelease"}, "patch": patch}])
    assert not is_passed_over(
        world, changes, lambda world: world.write("apps/app/release.yaml", release(world, tag="2"))
    )


def test_a_file_that_a_generator_takes_whole_is_not(world: World, changes: Changes) -> None:
    world = fleet(world).folder(
        "apps/app",
        "release.yaml",
        "chart.yaml",
        configMapGenerator=[{"name": "a", "files": ["release.yaml"]}],
    )
    assert not is_passed_over(
        world, changes, lambda world: world.write("apps/app/release.yaml", release(world, tag="2"))
    )


def test_a_file_that_no_longer_parses_is_not(world: World, changes: Changes) -> None:
    def spoil(world: World) -> None:
        world.files["apps/app/release.yaml"] += "  : ["

    assert not is_passed_over(fleet(world), changes, spoil)


def test_a_new_chart_reference_is_not(world: World, changes: Changes) -> None:
    def lose(world: World) -> None:
        tree = release(world, tag="2")
        tree["spec"]["chartRef"]["name"] = "gone"
        world.write("apps/app/release.yaml", tree)

    assert not is_passed_over(fleet(world), changes, lose)


@pytest.mark.parametrize(("name", "builds"), [("app", 0), ("other", 1)])
def test_behind_a_build_that_fails_only_names_matter(
    world: World, changes: Changes, monkeypatch: pytest.MonkeyPatch, name: str, builds: int
) -> None:
    fleet(world).folder("apps", "./gone.yaml", "./child.yaml")
    world.write("cluster/app.yaml", world.ks("parent", "apps", "media"))
    world.write("apps/child.yaml", world.ks("app", "apps/app", "media"))
    judge, before = RepositoryJudge(), deepcopy(world)
    judge.move(before.snapshot, None)
    assert [each.rule for each in judge.findings.values()] == ["build-failed"]
    world.write(
        "apps/app/release.yaml", release(world, tag="2") | {"metadata": {"name": name, "namespace": "media"}}
    )
    built: list[object] = []
    monkeypatch.setattr(
        "bisectops.flux.remnants.documents", lambda data: built.append(data) or documents(data)
    )
    judge.move(world.snapshot, changes(before, world), findings_only=True)
    assert len(built) == builds
