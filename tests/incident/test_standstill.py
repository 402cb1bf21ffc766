"""Failures that are out of sight while a Kustomization stands still."""

from __future__ import annotations

from types import MappingProxyType

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import Oid, RepoPath
from bisectops.incident.standstill import Blinded, Curtain, Told, Unseen, without_standstills
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.judge import Movement
from bisectops.search.walk import Step

ORIGIN = Origin(RepoPath("ks.yaml"), 0)
APPS = ks_id("flux-system", "apps")
ECHO = ObjectId("HelmRelease", "default", "echo", "helm.toolkit.fluxcd.io")


def finding(rule: str, subject: ObjectId, cluster: str = "") -> Finding:
    return Finding(
        rule=rule,
        certainty=Certainty.CERTAIN,
        subject=subject,
        reference=Missing("OCIRepository", "default", "app-template", "spec.chartRef"),
        message="told",
        origin=ORIGIN,
        because=(),
        cluster=cluster,
    )


FAILS = finding("source-not-found", ECHO)
STANDS = finding("build-failed", APPS)
GONE = Movement(before=(Applied(ECHO, {}, ORIGIN, (), APPS),))


def step(commit: str, *, came: tuple[Finding, ...] = (), went: tuple[Finding, ...] = ()) -> Step[Finding]:
    return Step(Oid(commit), came, went)


def told(
    *steps: Step[Finding], blinded: Blinded = MappingProxyType({}), watched: frozenset[str] = frozenset()
) -> Told:
    return without_standstills(steps, {Oid("b"): GONE}, blinded, watched)


def test_failure_that_a_broken_build_hides_is_not_repaired_but_out_of_sight() -> None:
    answer = told(step("a", came=(FAILS,)), step("b", came=(STANDS,), went=(FAILS,)))
    assert answer.steps == (step("a", came=(FAILS,)), step("b", came=(STANDS,)))
    assert answer.unseen == {FAILS.id: Unseen(FAILS, Curtain(APPS, Oid("b")))}


def test_failure_that_is_seen_again_did_not_come_back() -> None:
    hidden = step("b", came=(STANDS,), went=(FAILS,))
    answer = told(step("a", came=(FAILS,)), hidden, step("c", came=(FAILS,), went=(STANDS,)))
    assert answer.steps[1:] == (step("b", came=(STANDS,)), step("c", went=(STANDS,)))
    assert answer.unseen == {}


def test_failure_that_is_gone_when_the_build_works_again_is_repaired_then() -> None:
    answer = told(step("b", came=(STANDS,), went=(FAILS,)), step("c", went=(STANDS,)))
    assert answer.steps[1] == step("c", went=(FAILS, STANDS))
    assert answer.unseen == {}


def test_objects_of_children_stand_still_with_their_parent() -> None:
    child = ks_id("default", "echo")
    movement = Movement(
        before=(Applied(ECHO, {}, ORIGIN, (), child), Applied(child, {}, ORIGIN, (), APPS)),
    )
    answer = without_standstills([step("b", came=(STANDS,), went=(FAILS,))], {Oid("b"): movement}, {})
    assert answer.steps == (step("b", came=(STANDS,)),)


def test_failure_repaired_beside_a_broken_build_is_repaired() -> None:
    other = ks_id("flux-system", "other")
    movement = Movement(before=(Applied(ECHO, {}, ORIGIN, (), other),))
    steps = [step("b", came=(STANDS,), went=(FAILS,))]
    assert without_standstills(steps, {Oid("b"): movement}, {}) == Told(tuple(steps))


def test_build_that_fails_in_another_cluster_hides_nothing() -> None:
    steps = [step("b", came=(finding("build-failed", APPS, "west"),), went=(FAILS,))]
    assert told(*steps) == Told(tuple(steps))


def test_ks_that_cannot_be_built_and_goes_out_of_sight_hides_what_it_hid() -> None:
    root = ks_id("flux-system", "flux-system")
    above = finding("build-failed", root)
    movements = {
        Oid("b"): GONE,
        Oid("c"): Movement(before=(Applied(APPS, {}, ORIGIN, (), root),)),
    }
    steps = [
        step("a", came=(FAILS,)),
        step("b", came=(STANDS,), went=(FAILS,)),
        step("c", came=(above,), went=(STANDS,)),
    ]
    answer = without_standstills(steps, movements, {})
    assert {key: each.curtain.ks for key, each in answer.unseen.items()} == {FAILS.id: APPS, STANDS.id: root}
    seen_again = [*steps, step("d", came=(STANDS,), went=(above,))]
    assert without_standstills(seen_again, movements, {}).unseen.keys() == {FAILS.id}
    repaired = without_standstills([*steps, step("d", went=(above,))], movements, {})
    assert repaired.unseen == {}
    assert set(repaired.steps[-1].resolved) == {FAILS, STANDS, above}


def test_what_a_ks_fails_with_because_of_its_build_is_out_of_sight_while_there_is_none() -> None:
    ciphertext, source = (
        finding("encrypted-without-decryption", APPS),
        finding("source-not-found", APPS),
    )
    answer = told(step("b", came=(STANDS,), went=(ciphertext, source)))
    assert answer.steps == (step("b", came=(STANDS,), went=(source,)),)
    assert answer.unseen.keys() == {ciphertext.id}


def test_reference_to_what_a_broken_build_may_apply_is_not_repaired() -> None:
    answer = told(step("a", came=(FAILS,)), step("c", went=(FAILS,)), blinded={Oid("c"): {FAILS.id: APPS}})
    assert answer.steps == (step("a", came=(FAILS,)),)
    assert answer.unseen == {FAILS.id: Unseen(FAILS, Curtain(APPS, Oid("c")))}


def test_object_that_never_failed_is_told_to_be_out_of_sight_until_it_is_there_again() -> None:
    watched = frozenset([str(ECHO)])
    assert told(step("b", came=(STANDS,)), watched=watched).unknown == {str(ECHO): Curtain(APPS, Oid("b"))}
    assert told(step("b", came=(STANDS,)), step("c", went=(STANDS,)), watched=watched).unknown == {}
    assert told(step("b", came=(STANDS,))).unknown == {}
