"""Random histories of several clusters: what goes out of sight is neither lost nor counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from flux_histories import Files, history
from test_law import changes

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Oid
from bisectops.git.snapshot import MemorySnapshot
from bisectops.history.tally import Judged, Tally
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.movement import Movement
from bisectops.search.walk import Step

COMMITS = 25
PLACES = ("clusters/a", "clusters/b", "k8s/a", "k8s/c")


def fleets(seed: int) -> Iterator[Files]:
    """The files of each commit: one to three clusters of the same objects that come, move and go."""
    random = Random(seed)
    places = ["clusters/a"]
    for files in history(seed, COMMITS):
        yield {path: text for place in places for path, text in _at(place, files)}
        if random.random() < 0.25:
            new = random.choice(PLACES)
            kept = random.sample(places, random.randint(0, min(len(places), 2)))
            places = sorted({*kept, new})


def _at(place: str, files: Files) -> Iterator[tuple[str, str]]:
    for path, text in files.items():
        if path.startswith("cluster/"):
            yield f"{place}/{path.removeprefix('cluster/')}", text.replace("./cluster,", f"./{place},")
        else:
            yield path, text


def moved(judge: RepositoryJudge, before: Files | None, files: Files) -> Movement | None:
    told = None if before is None else changes(before, files)
    try:
        return judge.move(MemorySnapshot(files), told, findings_only=True)
    except NoClusterRoot:
        return None


def counts(findings: dict[str, Finding]) -> set[str]:
    return {key for key, found in findings.items() if found.certainty is not Certainty.POSSIBLE}


@pytest.mark.parametrize("seed", range(25))
def test_a_move_tells_the_same_whatever_was_judged_before(seed: int) -> None:
    judge = RepositoryJudge()
    before: Files | None = None
    for number, files in enumerate(fleets(seed)):
        movement = moved(judge, before, files)
        if movement is None:
            continue
        if before is not None:
            other = RepositoryJudge()
            moved(other, None, before)
            again = moved(other, before, files)
            assert again is not None
            assert _told(again) == _told(movement), f"commit {number}"
            assert judge.findings == other.findings
        before = files


def _told(movement: Movement) -> tuple[object, ...]:
    findings = (movement.introduced, movement.resolved, movement.revised)
    return (
        *({found.id: found for found in each} for each in findings),
        {shift.cluster: shift for shift in movement.shifts},
        movement.renamed,
        set(movement.gone),
    )


Counted = tuple[int, RepositoryJudge, Tally, Step[Finding]]


def counted(seed: int) -> Iterator[Counted]:
    """Each commit of a history that can be judged, with what it did to the findings that count."""
    judge, tally = RepositoryJudge(), Tally()
    before: Files | None = None
    for number, files in enumerate(fleets(seed)):
        movement = moved(judge, before, files)
        if movement is None:
            continue
        before = files
        told = Judged(
            Oid(f"{number:040}"),
            introduced=movement.introduced,
            resolved=tuple(found.id for found in movement.resolved),
            revised=movement.revised,
            shifts=movement.shifts,
            renamed=movement.renamed,
            gone=movement.gone,
        )
        yield number, judge, tally, tally.count(told)


@pytest.mark.parametrize("seed", range(40))
def test_what_comes_goes_and_hides_adds_up(seed: int) -> None:
    seen: set[str] = set()
    unseen: set[str] = set()
    for number, judge, tally, step in counted(seed):
        names = {old.id: new.id for old, new in step.renamed}
        seen, unseen = {names.get(key, key) for key in seen}, {names.get(key, key) for key in unseen}
        introduced, resolved, hidden, again = (
            {found.id for found in each} for each in (step.introduced, step.resolved, step.hidden, step.seen)
        )
        assert not introduced & (seen | unseen), f"commit {number}"
        assert resolved <= seen | unseen, f"commit {number}"
        assert hidden <= seen, f"commit {number}"
        assert again <= unseen, f"commit {number}"
        seen, unseen = (seen | introduced | again) - resolved - hidden, (unseen | hidden) - resolved - again
        assert seen == set(tally.findings) == counts(judge.findings), f"commit {number}"
        assert unseen == set(tally.unseen), f"commit {number}"
        assert not unseen or any(each.sight.clouded for each in judge.clusters.values())
        for each in tally.unseen.values():
            assert not _is_known(judge, each.finding), f"commit {number}: {each}"


def _is_known(judge: RepositoryJudge, finding: Finding) -> bool:
    """Is an object in sight with all that it refers to, and a failure of it would be told?"""
    (scene,) = (each.scene for each in judge.clusters.values() if each.scene.label == finding.cluster)
    if scene.graph.applied(finding.subject) is None or scene.cluster.reconciled(finding.subject) is not None:
        return False
    wanted = scene.graph.references(finding.subject)
    return not any(scene.hidden_maker(reference.target) for reference in wanted)


def test_the_histories_hide_failures_and_show_them_again() -> None:
    steps = [step for seed in range(40) for *_, step in counted(seed)]
    for kind in ("hidden", "seen", "late", "renamed"):
        assert sum(len(getattr(step, kind)) for step in steps) > 5, kind
