"""Every parent searched: the commit that made a fault, on whatever branch, as git bisect names it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest
from scribe import ROOT, Scribe, app

from bisectops.history.request import Request, Strategy
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

START = {
    "cluster/flux.yaml": ROOT,
    "cluster/first.yaml": app("first", "flux-system"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
}
WRONG = {"cluster/third.yaml": app("third", "nobody")}
RIGHT = {"cluster/third.yaml": app("third", "first")}


def told(scribe: Scribe, folder: Path, good: int | None, bad: int, **options: object) -> Incident:
    if not (folder / "HEAD").exists():
        scribe.repository(folder)
    request = Request(directory=str(folder), good=f"c{good}" if good else None, bad=f"c{bad}", **options)  # type: ignore[arg-type]
    return blame(request, Reporter())


def oid(folder: Path, number: int) -> str:
    asked = subprocess.run(
        ("git", "-C", folder, "rev-parse", f"c{number}"), check=True, capture_output=True, text=True
    )
    return asked.stdout.strip()


def culprit(incident: Incident) -> str | None:
    return incident.culprit.commit.oid if incident.culprit else None


def test_a_fault_of_a_side_branch_is_its_own_commits_and_not_the_merges(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit(START)
    side = scribe.commit(WRONG, start)
    later = scribe.commit({"README.md": "x"}, side)
    line = scribe.commit({"NEWS.md": "x"}, start)
    merge = scribe.commit({**WRONG, "README.md": "x"}, line, later)
    end = scribe.commit({"NEWS.md": "y"}, merge)
    first = told(scribe, tmp_path, start, end)
    every = told(scribe, tmp_path, start, end, all_parents=True)
    assert culprit(first) == oid(tmp_path, merge)
    assert culprit(every) == oid(tmp_path, side)
    assert (first.line, every.line) == (3, 5)
    assert len(every.chain) == 1
    assert every.chain[0].changes == ("Added Kustomization `flux-system/third`, which builds `./base`",)


def test_an_octopus_that_brings_a_fault_did_not_make_it(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit(START)
    sides = [scribe.commit(files, start) for files in ({"a": "x"}, WRONG, {"b": "x"})]
    merge = scribe.commit({**WRONG, "a": "x", "b": "x"}, start, *sides)
    assert culprit(told(scribe, tmp_path, start, merge, all_parents=True)) == oid(tmp_path, sides[1])
    assert culprit(told(scribe, tmp_path, None, merge, all_parents=True)) == oid(tmp_path, sides[1])


def test_two_sound_sides_that_do_not_fit_are_the_merges_fault(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit({**START, "cluster/second.yaml": app("second", "first")})
    line = scribe.commit(
        {
            "cluster/first.yaml": app("renamed", "flux-system"),
            "cluster/second.yaml": app("second", "renamed"),
        },
        start,
    )
    side = scribe.commit(RIGHT, start)
    merge = scribe.commit(RIGHT, line, side)
    incident = told(scribe, tmp_path, start, merge, all_parents=True)
    assert culprit(incident) == oid(tmp_path, merge)
    assert "semantic conflict" in incident.chain[0].changes[0]


def test_what_came_from_before_the_range_is_older_whatever_a_side_did(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit(START)
    wrong = scribe.commit(WRONG, start)
    side = scribe.commit({"a": "x"}, wrong)
    merge = scribe.commit({"a": "x"}, wrong, side)
    incident = told(scribe, tmp_path, wrong, merge, all_parents=True)
    assert incident.culprit is None
    assert len(incident.already_broken) == 1


def test_a_repair_on_one_side_counts_when_it_is_merged(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit(START)
    wrong = scribe.commit(WRONG, start)
    repaired = scribe.commit(RIGHT, wrong)
    line = scribe.commit({"a": "x"}, wrong)
    merge = scribe.commit(RIGHT, line, repaired)
    assert told(scribe, tmp_path, start, merge, all_parents=True).findings == ()
    still = told(scribe, tmp_path, start, line, all_parents=True)
    assert culprit(still) == oid(tmp_path, wrong)


def test_a_branch_that_cannot_be_judged_is_passed_by(tmp_path: Path) -> None:
    scribe = Scribe()
    start = scribe.commit(START)
    rootless = scribe.commit(dict.fromkeys(START, "# later\n"), start)
    back = scribe.commit({**START, **WRONG}, rootless)
    merge = scribe.commit(WRONG, start, back)
    incident = told(scribe, tmp_path, start, merge, all_parents=True)
    assert culprit(incident) == oid(tmp_path, back)
    assert [each.commit.oid for each in incident.untestable] == [oid(tmp_path, rootless)]


@pytest.mark.parametrize("seed", range(6))
def test_walking_and_bisecting_random_histories_name_the_commit_that_made_the_fault(
    tmp_path: Path, seed: int
) -> None:
    random, scribe = Random(seed), Scribe()
    commits = [scribe.commit(START)]
    made = random.randrange(2, 15)
    wrong: set[int] = set()
    for number in range(2, 24):
        parents = random.sample(commits, min(len(commits), random.choice((1, 1, 2, 3))))
        files = {"README.md": str(number)}
        if number == made or wrong & set(parents):
            files |= WRONG
            wrong.add(number)
        commits.append(scribe.commit(files, *parents))
    heads = [*random.sample(sorted(wrong), min(2, len(wrong))), commits[-1]]
    end = scribe.commit({**WRONG, "README.md": "end"}, *dict.fromkeys(heads))
    for strategy in (Strategy.WALK, Strategy.BISECT):
        incident = told(scribe, tmp_path, 1, end, all_parents=True, strategy=strategy)
        assert culprit(incident) == oid(tmp_path, made)
