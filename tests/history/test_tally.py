"""Failures that go out of sight, come back, are repaired behind a failing build, or are called otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import Oid, RepoPath
from bisectops.history.ledger import read, written
from bisectops.history.proofs import Proof
from bisectops.history.tally import Judged, Tally
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.sight import Shift
from bisectops.search.walk import Step

ROOT, APPS, ECHO = ks_id("flux-system", "root"), ks_id("flux-system", "apps"), ks_id("default", "echo")


def finding(name: str, **fields: Any) -> Finding:
    return replace(
        Finding(
            rule="source-not-found",
            certainty=Certainty.CERTAIN,
            subject=ObjectId("HelmRelease", "default", name, "helm.toolkit.fluxcd.io"),
            reference=Missing("OCIRepository", "default", "charts", "spec.chartRef"),
            message="told",
            origin=Origin(RepoPath(f"{name}.yaml"), 0),
            because=(),
        ),
        **fields,
    )


FAILS = finding("echo")
HIDES = Shift(stalled=(APPS,), hidden={FAILS.id: APPS})
FREES = Shift(freed=(APPS,))


def judged(
    came: tuple[Finding, ...] = (), went: tuple[Finding, ...] = (), *shifts: Shift, **fields: Any
) -> Judged:
    gone = tuple(each.id for each in went)
    return Judged(Oid("a" * 40), introduced=came, resolved=gone, shifts=shifts, **fields)


def told(*commits: Judged) -> tuple[Step[Finding], Tally]:
    """The last step, and the tally after it; each commit as it is read from the cache."""
    tally = Tally()
    for commit in read(written(commits)):
        step = tally.count(commit)
    return step, tally


def names(step: Step[Finding]) -> dict[str, list[str]]:
    kinds = ("introduced", "resolved", "hidden", "seen", "late")
    return {kind: [f.subject.name for f in found] for kind in kinds if (found := getattr(step, kind))}


def test_what_a_failing_build_hides_is_neither_resolved_nor_counted() -> None:
    step, tally = told(judged((FAILS,)), judged((), (FAILS,), HIDES))
    assert names(step) == {"hidden": ["echo"]}
    assert (tally.findings, tally.unseen[FAILS.id].curtain.ks) == ({}, APPS)


def test_what_is_seen_again_did_not_come_back() -> None:
    step, tally = told(judged((FAILS,)), judged((), (FAILS,), HIDES), judged((FAILS,), (), FREES))
    assert names(step) == {"seen": ["echo"]}
    assert (tally.findings.keys(), tally.unseen) == ({FAILS.id}, {})


def test_what_is_not_seen_again_is_resolved_by_then() -> None:
    step, tally = told(judged((FAILS,)), judged((), (FAILS,), HIDES), judged((), (), FREES))
    assert names(step) == {"resolved": ["echo"], "late": ["echo"]}
    assert not tally.unseen


def test_a_build_of_another_cluster_hides_nothing_and_frees_nothing() -> None:
    west = replace(HIDES, cluster="west")
    assert names(told(judged((FAILS,)), judged((), (FAILS,), west))[0]) == {"resolved": ["echo"]}
    step, _ = told(judged((FAILS,)), judged((), (FAILS,), HIDES), judged((), (), replace(FREES, cluster="w")))
    assert not step.tells


def test_what_is_hidden_by_a_build_that_is_hidden_itself_waits_for_its_own() -> None:
    before = (
        judged((FAILS,)),
        judged((), (FAILS,), HIDES),
        judged((), (), Shift(stalled=(ROOT,), behind={APPS: ROOT})),
    )
    still, tally = told(*before, judged((), (), Shift(stalled=(APPS,), freed=(ROOT,))))
    assert not still.tells
    assert tally.unseen.keys() == {FAILS.id}
    repaired, _ = told(*before, judged((), (), Shift(freed=(ROOT,))))
    assert names(repaired) == {"resolved": ["echo"], "late": ["echo"]}


def test_an_object_that_something_else_applies_now_is_in_sight() -> None:
    hidden = (judged((FAILS,)), judged((), (FAILS,), HIDES))
    step, _ = told(*hidden, judged((), (), Shift(appeared=(str(FAILS.subject),))))
    assert names(step) == {"resolved": ["echo"], "late": ["echo"]}


def test_a_reference_to_what_a_failing_build_may_make_is_in_doubt_until_it_is_settled() -> None:
    doubt = f"{FAILS.subject}:OCIRepository/default/charts"
    before = (judged((FAILS,)), judged((), (FAILS,), Shift(stalled=(APPS,), blinded={doubt: APPS})))
    step, tally = told(*before)
    assert names(step) == {"hidden": ["echo"]}
    assert tally.unseen[FAILS.id].doubtful
    assert not told(*before, judged((), (), FREES))[0].tells
    settled = judged((), (), Shift(freed=(APPS,), settled={doubt: None}))
    assert names(told(*before, settled)[0]) == {"resolved": ["echo"], "late": ["echo"]}
    went = judged((), (), Shift(stalled=(ROOT,), settled={doubt: ROOT}))
    step, tally = told(*before, went)
    assert not step.tells
    assert (tally.unseen[FAILS.id].curtain.ks, tally.unseen[FAILS.id].doubtful) == (ROOT, False)
    back = judged((), (), Shift(freed=(ROOT,), blinded={doubt: APPS}))
    assert not told(*before, went, back)[0].tells


def test_a_proved_failure_is_proved_still_when_it_is_seen_again() -> None:
    weak = replace(FAILS, certainty=Certainty.POSSIBLE)
    proved = judged((weak,), proofs={weak.id: Proof(Certainty.CERTAIN, "git made it")})
    step, tally = told(proved, judged((), (weak,), HIDES), judged((weak,), (), FREES))
    assert names(step) == {"seen": ["echo"]}
    assert tally.findings[weak.id].certainty is Certainty.CERTAIN
    step, tally = told(proved, judged((), (weak,)), judged((weak,)))
    assert not step.tells


def test_a_cluster_that_is_called_otherwise_fails_as_before() -> None:
    other = finding("other")
    hides = Shift(stalled=(APPS,), hidden={other.id: APPS})
    before = (judged((FAILS, other)), judged((), (other,), hides))
    step, tally = told(*before, judged(renamed={"": "west"}))
    assert names(step) == {}
    assert [(old.cluster, new.cluster) for old, new in step.renamed] == [("", "west")] * 2
    assert (tally.findings.keys(), tally.unseen.keys()) == ({f"west:{FAILS.id}"}, {f"west:{other.id}"})
    west = replace(other, cluster="west")
    step, _ = told(*before, judged(renamed={"": "west"}), judged((west,), (), replace(FREES, cluster="west")))
    assert names(step) == {"seen": ["other"]}


def test_a_commit_may_rename_a_cluster_and_repair_and_hide_in_it() -> None:
    other = finding("other")
    shift = Shift(cluster="west", stalled=(APPS,), hidden={f"west:{other.id}": APPS})
    both = judged((), (FAILS, other), shift, renamed={"": "west"})
    step, tally = told(judged((FAILS, other)), both)
    assert names(step) == {"resolved": ["echo"], "hidden": ["other"]}
    assert (tally.findings, tally.unseen.keys()) == ({}, {f"west:{other.id}"})
    assert [(old.id, new.id) for old, new in step.renamed] == [(other.id, f"west:{other.id}")]


def test_what_was_out_of_sight_in_a_cluster_that_goes_is_gone_with_it() -> None:
    west = finding("echo", cluster="west")
    hides = Shift(cluster="west", stalled=(APPS,), hidden={west.id: APPS})
    step, tally = told(
        judged((west, finding("own", cluster="east"))),
        judged((), (west,), hides),
        judged(gone=("west",), renamed={"east": ""}),
    )
    assert names(step) == {"resolved": ["echo"], "late": ["echo"]}
    assert (list(tally.findings), tally.unseen) == ([finding("own").id], {})


def test_an_object_of_one_file_that_misses_the_same_under_another_name_fails_as_before() -> None:
    renamed = finding("echo-two", origin=FAILS.origin)
    step, _ = told(judged((FAILS,)), judged((renamed,), (FAILS,)))
    assert names(step) == {}
    assert step.renamed == ((FAILS, renamed),)
    hidden = (judged((FAILS,)), judged((), (FAILS,), HIDES))
    step, _ = told(*hidden, judged((renamed,), (), FREES))
    assert names(step) == {"seen": ["echo-two"]}
    assert step.renamed == ((FAILS, renamed),)


def test_two_objects_in_one_place_are_not_taken_for_one_another() -> None:
    others = tuple(finding(name, origin=FAILS.origin) for name in ("b", "c"))
    step, _ = told(judged((FAILS,)), judged(others, (FAILS,)))
    assert names(step) == {"introduced": ["b", "c"], "resolved": ["echo"]}
    elsewhere = finding("d")
    step, _ = told(judged((FAILS,)), judged((elsewhere,), (FAILS,)))
    assert names(step) == {"introduced": ["d"], "resolved": ["echo"]}
