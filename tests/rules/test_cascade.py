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
    chain(world, suspend=True)
    world.write("cluster/d.yaml", world.ks("d", "here", "media", dependsOn=[{"name": "c"}]))
    assert told(world) == [("Kustomization/media/b", "certain")]


def test_a_finding_tells_what_it_holds_up(world: World) -> None:
    judge = chain(world).judge()
    (cause,) = judge.findings.values()
    assert [str(held) for held in blocks(judge.scene, cause)] == [
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
    assert follows.certainty.value == "likely"  # a chart that was fetched before is still there


def told(world: World) -> list[tuple[str, str]]:
    """Who is told not to be ready, and how sure that is."""
    judge = world.judge()
    follows = cascade(judge.scene, judge.findings.values())
    return [(str(each.subject), each.certainty.value) for each in follows]


def test_a_release_keeps_the_chart_that_it_has_when_the_repository_goes(world: World) -> None:
    def chart(repository: str) -> dict[str, Any]:
        return {"spec": {"sourceRef": {"kind": "HelmRepository", "name": repository}}}

    world.write("cluster/r.yaml", world.make("HelmRepository", "here", "media", url="https://x"))
    world.write("cluster/a.yaml", world.make("HelmRelease", "a", "media", chart=chart("gone")))
    waiting = world.make("HelmRelease", "b", "media", chart=chart("here"), dependsOn=[{"name": "a"}])
    world.write("cluster/b.yaml", waiting)
    (cause,) = world.findings().values()
    assert cause.certainty.value == "certain"
    assert "HelmChart 'media/media-a' says so; the release itself stays Ready" in cause.because[-1]
    assert told(world) == [("HelmRelease/media/b", "likely")]


def test_a_release_without_its_chart_source_waits_for_nothing_and_holds_up_others(world: World) -> None:
    ref = {"kind": "OCIRepository", "name": "gone"}
    world.write("cluster/a.yaml", world.make("HelmRelease", "a", "media", chartRef=ref))
    world.write("cluster/o.yaml", world.make("OCIRepository", "here", "media", url="oci://x"))
    here = {"kind": "OCIRepository", "name": "here"}
    waiting = world.make("HelmRelease", "b", "media", chartRef=here, dependsOn=[{"name": "a"}])
    world.write("cluster/b.yaml", waiting)
    assert told(world) == [("HelmRelease/media/b", "certain")]


def test_what_is_applied_as_ciphertext_in_silence_keeps_nobody_waiting(world: World) -> None:
    world.write("cluster/s.yaml", world.sealed("s", "media"))
    root = [{"name": "flux-system", "namespace": "flux-system"}]
    world.write("cluster/a.yaml", world.ks("a", "here", "media", dependsOn=root)).write("here/x.yaml")
    assert told(world) == []
    judge = world.judge()
    (cause,) = judge.findings.values()
    assert blocks(judge.scene, cause) == ()
    world.write("cluster/s.yaml", world.sealed("s", "media", field="data"))
    assert told(world) == [("Kustomization/media/a", "certain")]


def test_a_key_that_is_applied_as_ciphertext_holds_up_who_reads_it(world: World) -> None:
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "key"}}}
    world.write("cluster/s.yaml", world.sealed("key", "media"))
    world.write("cluster/a.yaml", world.ks("a", "here", "media", **keyed))
    world.write("here/x.yaml", world.ks("b", "there", "media")).write("there/x.yaml")
    judge = world.judge()
    (cause,) = judge.findings.values()
    assert [str(held) for held in blocks(judge.scene, cause)] == [
        "Kustomization/media/a",
        "Kustomization/media/b",
    ]


def test_a_parent_that_waits_for_its_children_is_not_ready_either(world: World) -> None:
    world.write("cluster/p.yaml", world.ks("parent", "parent", "media", wait=True))
    world.write("parent/a.yaml", world.ks("child", "gone", "media"))
    late = world.ks("late", "here", "media", dependsOn=[{"name": "parent"}])
    world.write("cluster/late.yaml", late).write("here/x.yaml")
    assert told(world) == [
        ("Kustomization/media/late", "certain"),
        ("Kustomization/media/parent", "certain"),
    ]
    judge = world.judge()
    (parent,) = [
        each for each in cascade(judge.scene, judge.findings.values()) if each.subject.name == "parent"
    ]
    assert parent.message == (
        "health check failed: timeout waiting for: [Kustomization/media/child status: 'InProgress']"
    )
    world.write("cluster/p.yaml", world.ks("parent", "parent", "media"))
    assert told(world) == []


def test_who_checks_the_health_of_what_another_one_applies_waits_for_it(world: World) -> None:
    world.write("cluster/a.yaml", world.ks("a", "gone", "media"))
    check = {"kind": "Kustomization", "name": "a", "namespace": "media"}
    checks = [check | {"apiVersion": "kustomize.toolkit.fluxcd.io/v1"}]
    world.write("cluster/b.yaml", world.ks("b", "here", "media", healthChecks=checks)).write("here/x.yaml")
    assert told(world) == [("Kustomization/media/b", "certain")]


def test_of_several_ways_to_wait_the_surest_counts(world: World) -> None:
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "key"}}}
    world.write("cluster/a.yaml", world.ks("a", "here", "flux-system", **keyed))
    world.write("cluster/b.yaml", world.ks("b", "gone", "flux-system"))
    wanted = [{"name": "a"}, {"name": "b"}]
    world.write("cluster/c.yaml", world.ks("c", "here", "flux-system", dependsOn=wanted))
    world.write("cluster/d.yaml", world.ks("d", "here", "flux-system", dependsOn=[{"name": "c"}]))
    world.write("here/x.yaml")
    assert told(world) == [
        ("Kustomization/flux-system/c", "possible"),
        ("Kustomization/flux-system/c", "certain"),
        ("Kustomization/flux-system/d", "certain"),
    ]


def test_a_cause_that_waits_for_another_one_is_told_as_both(world: World) -> None:
    world.write("cluster/a.yaml", world.ks("a", "gone", "media"))
    world.write("cluster/b.yaml", world.ks("b", "gone", "media", dependsOn=[{"name": "a"}]))
    causes = {str(cause.subject) for cause in world.findings().values()}
    assert causes == {"Kustomization/media/a", "Kustomization/media/b"}
    assert told(world) == [("Kustomization/media/b", "certain")]
