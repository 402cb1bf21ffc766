"""Merges that break: who made the fault before the merge shipped it, or that nobody had."""

from __future__ import annotations

from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner
from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.incident.merges import shipment, shipment_told
from bisectops.search.reporter import Reporter

START = {
    "cluster/flux.yaml": ROOT,
    "cluster/first.yaml": app("first", "flux-system"),
    "cluster/second.yaml": app("second", "first"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
}
RENAMED = {
    "cluster/first.yaml": app("renamed", "flux-system"),
    "cluster/second.yaml": app("second", "renamed"),
}
LEANS_ON_FIRST = {"cluster/third.yaml": app("third", "first")}
WRONG = {"cluster/third.yaml": app("third", "nobody")}


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


def failures(repository: Repository, commit: str) -> frozenset[str]:
    examiner = Examiner(repository)
    examiner.move(repository.resolve(commit))
    return frozenset(examiner.findings)


def test_the_commit_on_the_side_that_made_the_fault_is_named(scribe: Scribe, tmp_path: Path) -> None:
    start = scribe.commit(START)
    harmless = scribe.commit({"README.md": "x"}, start)
    wrong = scribe.commit(WRONG, harmless)
    later = scribe.commit({"README.md": "y"}, wrong)
    line = scribe.commit({"NEWS.md": "x"}, start)
    merge = scribe.commit({**WRONG, "README.md": "y"}, line, later)
    repository = scribe.repository(tmp_path)
    broken = failures(repository, f"c{merge}")
    assert len(broken) == 1
    found = shipment(repository, (), repository.resolve(f"c{merge}"), broken)
    assert found is not None
    assert [maker.oid for maker in found.makers] == [repository.resolve(f"c{wrong}")]
    assert not found.conflict


def test_a_side_on_which_a_build_fails_is_not_called_sound(scribe: Scribe, tmp_path: Path) -> None:
    start = scribe.commit(START | {"cluster/kustomization.yaml": build("flux.yaml", "gone.yaml")})
    listed = ["flux.yaml", "first.yaml", "second.yaml"]
    side = scribe.commit(WRONG, start)
    line = scribe.commit({"cluster/kustomization.yaml": build(*listed)}, start)
    both = WRONG | {"cluster/kustomization.yaml": build(*listed, "third.yaml")}
    merge = scribe.commit(both, line, side)
    repository = scribe.repository(tmp_path)
    broken = failures(repository, f"c{merge}")
    assert len(broken) == 1
    found = shipment(repository, (), repository.resolve(f"c{merge}"), broken)
    assert found is not None
    assert [each.oid for each in found.stalled] == [repository.resolve(f"c{side}")]
    assert (found.makers, found.conflict) == ((), False)
    assert "builds failed" in shipment_told(found)


def test_two_sound_sides_that_do_not_fit_are_a_semantic_conflict(scribe: Scribe, tmp_path: Path) -> None:
    start = scribe.commit(START)
    line = scribe.commit(RENAMED, start)
    side = scribe.commit(LEANS_ON_FIRST, start)
    merge = scribe.commit(LEANS_ON_FIRST, line, side)
    repository = scribe.repository(tmp_path)
    assert failures(repository, f"c{line}") == failures(repository, f"c{side}") == frozenset()
    broken = failures(repository, f"c{merge}")
    found = shipment(repository, (), repository.resolve(f"c{merge}"), broken)
    assert found is not None
    assert found.conflict
    assert [side.paths for side in found.sides] == [tuple(sorted(RENAMED)), tuple(LEANS_ON_FIRST)]
    incident = blame(Request(directory=str(tmp_path), good=f"c{start}", bad=f"c{merge}"), Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == repository.resolve(f"c{merge}")
    assert "semantic conflict" in incident.culprit.changes[0]


def test_a_merge_of_unrelated_histories_is_looked_through(scribe: Scribe, tmp_path: Path) -> None:
    start = scribe.commit(START)
    stranger = scribe.commit(WRONG)
    merge = scribe.commit(WRONG, start, stranger)
    repository = scribe.repository(tmp_path)
    found = shipment(repository, (), repository.resolve(f"c{merge}"), failures(repository, f"c{merge}"))
    assert found is not None
    assert [maker.oid for maker in found.makers] == [repository.resolve(f"c{stranger}")]


def test_an_octopus_is_looked_through_on_every_side(scribe: Scribe, tmp_path: Path) -> None:
    start = scribe.commit(START)
    sound = scribe.commit({"README.md": "x"}, start)
    wrong = scribe.commit(WRONG, start)
    merge = scribe.commit({**WRONG, "README.md": "x"}, start, sound, wrong)
    repository = scribe.repository(tmp_path)
    found = shipment(repository, (), repository.resolve(f"c{merge}"), failures(repository, f"c{merge}"))
    assert found is not None
    assert [maker.oid for maker in found.makers] == [repository.resolve(f"c{wrong}")]


def test_a_commit_that_is_no_merge_ships_nothing(scribe: Scribe, tmp_path: Path) -> None:
    scribe.commit(START)
    repository = scribe.repository(tmp_path)
    assert shipment(repository, (), repository.resolve("c1"), frozenset()) is None


def test_the_fault_is_the_same_when_a_second_cluster_gives_the_first_a_name(
    scribe: Scribe, tmp_path: Path
) -> None:
    start = scribe.commit(START)
    wrong = scribe.commit(WRONG, start)
    merge = scribe.commit(WRONG, start, wrong)
    other = {path.replace("cluster/", "other/"): text for path, text in START.items()}
    other["other/flux.yaml"] = ROOT.replace("./cluster", "./other")
    last = scribe.commit(other, merge)
    repository = scribe.repository(tmp_path)
    incident = blame(Request(directory=str(tmp_path), good=f"c{start}", bad=f"c{last}"), Reporter())
    assert [finding.cluster for finding in incident.findings] == ["cluster"]
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == repository.resolve(f"c{merge}")
    assert [maker.oid for maker in incident.culprit.made_by] == [repository.resolve(f"c{wrong}")]
