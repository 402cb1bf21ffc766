"""Failures that are out of sight while a Kustomization stands still."""

from __future__ import annotations

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import Oid, RepoPath
from bisectops.incident.standstill import without_standstills
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.judge import Movement
from bisectops.search.walk import Step

ORIGIN = Origin(RepoPath("ks.yaml"), 0)
APPS = ks_id("flux-system", "apps")
ECHO = ObjectId("HelmRelease", "default", "echo", "helm.toolkit.fluxcd.io")


def finding(rule: str, subject: ObjectId) -> Finding:
    return Finding(
        rule=rule,
        certainty=Certainty.CERTAIN,
        subject=subject,
        reference=Missing("OCIRepository", "default", "app-template", "spec.chartRef"),
        message="told",
        origin=ORIGIN,
        because=(),
    )


FAILS = finding("source-not-found", ECHO)
STANDS = finding("build-failed", APPS)
GONE = Movement(before=(Applied(ECHO, {}, ORIGIN, (), APPS),))


def step(commit: str, *, came: tuple[Finding, ...] = (), went: tuple[Finding, ...] = ()) -> Step[Finding]:
    return Step(Oid(commit), came, went)


def test_failure_that_a_broken_build_hides_is_not_repaired() -> None:
    steps = [step("a", came=(FAILS,)), step("b", came=(STANDS,), went=(FAILS,))]
    assert without_standstills(steps, {Oid("b"): GONE}) == (steps[0], step("b", came=(STANDS,)))


def test_failure_that_is_seen_again_did_not_come_back() -> None:
    hidden = step("b", came=(STANDS,), went=(FAILS,))
    seen = step("c", came=(FAILS,), went=(STANDS,))
    told = without_standstills([step("a", came=(FAILS,)), hidden, seen], {Oid("b"): GONE})
    assert told[1:] == (step("b", came=(STANDS,)), step("c", went=(STANDS,)))


def test_failure_that_is_gone_when_the_build_works_again_is_repaired_then() -> None:
    hidden = step("b", came=(STANDS,), went=(FAILS,))
    told = without_standstills([hidden, step("c", went=(STANDS,))], {Oid("b"): GONE})
    assert told[1] == step("c", went=(FAILS, STANDS))


def test_objects_of_children_stand_still_with_their_parent() -> None:
    child = ks_id("default", "echo")
    movement = Movement(
        before=(Applied(ECHO, {}, ORIGIN, (), child), Applied(child, {}, ORIGIN, (), APPS)),
    )
    told = without_standstills([step("b", came=(STANDS,), went=(FAILS,))], {Oid("b"): movement})
    assert told == (step("b", came=(STANDS,)),)


def test_failure_repaired_beside_a_broken_build_is_repaired() -> None:
    other = ks_id("flux-system", "other")
    movement = Movement(before=(Applied(ECHO, {}, ORIGIN, (), other),))
    steps = [step("b", came=(STANDS,), went=(FAILS,))]
    assert without_standstills(steps, {Oid("b"): movement}) == tuple(steps)
