"""What follows from a failure is told apart from its cause."""

from __future__ import annotations

from typing import Any

from bisectops.rules.cascade import blocks, cascade

World = Any


def chain(world: World, **last: Any) -> World:
    world.write("cluster/a.yaml", world.ks("a", "gone", "media"))
    world.write("cluster/b.yaml", world.ks("b", "here", "media", dependsOn=[{"name": "a"}]))
    world.write("cluster/c.yaml", world.ks("c", "here", "media", dependsOn=[{"name": "b"}], **last))
    return world.write("here/x.yaml")


def test_who_waits_is_not_ready_and_no_cause(world: World) -> None:
    judge = chain(world).judge()
    causes = list(judge.findings.values())
    assert [str(cause.subject) for cause in causes] == ["Kustomization/media/a"]
    assert [(f.rule, str(f.subject), f.message) for f in cascade(judge.scene, causes)] == [
        ("dependency-not-ready", "Kustomization/media/b", "dependency 'media/a' is not ready"),
        ("dependency-not-ready", "Kustomization/media/c", "dependency 'media/b' is not ready"),
    ]


def test_a_suspended_one_does_not_wait(world: World) -> None:
    judge = chain(world, suspend=True).judge()
    subjects = [str(f.subject) for f in cascade(judge.scene, judge.findings.values())]
    assert subjects == ["Kustomization/media/b"]


def test_a_finding_tells_what_it_holds_up(world: World) -> None:
    judge = chain(world).judge()
    (cause,) = judge.findings.values()
    assert [str(held) for held in blocks(judge.scene, cause.subject)] == [
        "Kustomization/media/b",
        "Kustomization/media/c",
    ]


def test_a_release_waits_for_a_chart_that_finds_no_source(world: World) -> None:
    chart = world.make("HelmChart", "c", "media", sourceRef={"kind": "HelmRepository", "name": "r"})
    release = world.make("HelmRelease", "h", "media", chartRef={"kind": "HelmChart", "name": "c"})
    judge = world.write("cluster/x.yaml", chart, release).judge()
    (follows,) = cascade(judge.scene, judge.findings.values())
    assert (str(follows.subject), follows.message) == (
        "HelmRelease/media/h",
        "HelmChart 'media/c' is not ready",
    )
