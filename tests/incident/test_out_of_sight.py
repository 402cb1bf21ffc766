"""Failures behind a build that fails at the bad end: told as last judged, never as certain."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.errors import MissingObject
from bisectops.git.objects import RepoPath
from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.report.json import blame_break
from bisectops.report.lines import plain
from bisectops.report.markdown import markdown
from bisectops.report.text import text
from bisectops.search.reporter import Reporter

APPS = app("apps", "flux-system").replace("./base", "./apps")
NOISE = {"README.md": "x"}


def child(needs: str) -> dict[str, str]:
    return {"apps/first.yaml": app("first", needs)}


START = {
    "cluster/flux.yaml": ROOT,
    "cluster/apps.yaml": APPS,
    "apps/kustomization.yaml": build("first.yaml"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    **child("flux-system"),
}
LOST = {"apps/kustomization.yaml": build("first.yaml", "second.yaml")}
FOUND = {"apps/kustomization.yaml": build("first.yaml")}
FIRST = "Kustomization/flux-system/first"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """c1 is sound, c2 breaks a dependency, c4 the build above it, c6 repairs the build alone."""
    scribe = Scribe()
    for number, changed in enumerate([START, child("nobody"), NOISE, LOST, {"README.md": "y"}, FOUND]):
        scribe.commit(changed, *([number] if number else []))
    scribe.repository(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def every_line_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bisectops.incident.trail._SHORT", 0)


def asked(repository: Path, bad: str, *objects: str, good: str | None = "c1") -> Incident:
    request = Request(directory=str(repository), good=good, bad=bad, objects=frozenset(objects))
    return blame(request, Reporter())


@pytest.mark.parametrize("good", ["c1", None])
def test_the_commit_that_broke_an_object_is_the_culprit_although_its_parent_stands_still(
    repository: Path, good: str | None
) -> None:
    incident = asked(repository, "c5", FIRST, good=good)
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == asked(repository, "c2", good=None).bad.oid
    assert [finding.rule for finding in incident.findings] == ["build-failed"]
    (unseen,) = incident.out_of_sight
    assert [str(finding.subject) for finding in unseen.findings] == [FIRST]
    assert (unseen.behind, unseen.since) == ("Kustomization/flux-system/apps", incident.chain[1].commit)
    assert "unknown since" in incident.problem


def test_what_is_seen_to_fail_comes_before_what_is_only_known_to_have_failed(repository: Path) -> None:
    incident = asked(repository, "c5")
    assert len(incident.chain) == 2
    assert incident.culprit == incident.chain[1]
    assert "also, when last judged, Kustomization `flux-system/first` depends on" in incident.root_cause


def test_a_sound_object_behind_a_build_that_fails_is_answered_with_that_build(tmp_path: Path) -> None:
    scribe = Scribe()
    for number, changed in enumerate([START, NOISE, LOST]):
        scribe.commit(changed, *([number] if number else []))
    scribe.repository(tmp_path)
    incident = asked(tmp_path, "c3", FIRST)
    assert incident.culprit is not None
    assert incident.culprit.commit == incident.bad
    assert [finding.rule for finding in incident.findings] == ["build-failed"]
    assert incident.out_of_sight == ()
    assert incident.notes[0].startswith(f"Nothing is known of {FIRST} since ")
    nobody = asked(tmp_path, "c3", "Kustomization/flux-system/nobody")
    assert (nobody.culprit, nobody.findings) == (None, ())


def test_what_was_out_of_sight_before_the_range_is_older_than_it(repository: Path) -> None:
    incident = asked(repository, "c5", FIRST, good="c3")
    assert [each.introduced_by for each in incident.out_of_sight] == [None]
    assert incident.culprit is not None
    assert [finding.rule for finding in incident.culprit.introduced] == ["build-failed"]


def test_a_failure_that_was_out_of_sight_began_before_it_was_hidden(repository: Path) -> None:
    incident = asked(repository, "c6")
    assert incident.out_of_sight == ()
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == asked(repository, "c2", good=None).bad.oid


@pytest.fixture
def uncovered(tmp_path: Path) -> Path:
    """c1 is sound, c2 breaks a build, c4 what it hides, c6 repairs the build alone."""
    scribe = Scribe()
    for number, changed in enumerate([START, LOST, NOISE, child("nobody"), {"README.md": "y"}, FOUND]):
        scribe.commit(changed, *([number] if number else []))
    scribe.repository(tmp_path)
    return tmp_path


@pytest.mark.parametrize("good", ["c1", "c3", None])
@pytest.mark.parametrize("every", [False, True])
def test_the_commit_that_broke_what_nobody_could_see_is_the_culprit(
    uncovered: Path, good: str | None, every: bool
) -> None:
    request = Request(directory=str(uncovered), good=good, bad="c6", all_parents=every)
    incident = blame(request, Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == Repository(uncovered).resolve("c4")
    assert [str(finding.subject) for finding in incident.culprit.introduced] == [FIRST]
    short = Repository(uncovered).resolve("c6")[:7]
    assert f"{short} only brought the failures to light" in "".join(incident.notes)


@pytest.mark.parametrize("every", [False, True])
def test_what_was_broken_out_of_sight_before_the_range_is_older_than_it(uncovered: Path, every: bool) -> None:
    request = Request(directory=str(uncovered), good="c5", bad="c6", all_parents=every)
    incident = blame(request, Reporter())
    assert incident.culprit is None
    assert [str(finding.subject) for finding in incident.already_broken] == [FIRST]


def test_a_repair_may_bring_to_light_what_was_out_of_sight(repository: Path) -> None:
    repairs = asked(repository, "c5").resolutions
    assert repairs
    assert all(resolution.verified for resolution in repairs)


def test_every_form_tells_what_is_out_of_sight(repository: Path) -> None:
    incident = asked(repository, "c5", FIRST)
    since = incident.chain[1].commit.short
    told = json.loads(blame_break(incident))
    schema = json.loads(files("bisectops.report").joinpath("schemas/blame-break.v1.json").read_text())
    jsonschema.validate(told, schema)
    assert [each["behind"] for each in told["out_of_sight"]] == ["Kustomization/flux-system/apps"]
    assert f"**Failing when last judged, unknown at `{incident.bad.short}`:**" in markdown(incident)
    lines = plain(text(incident, report_command="x"))
    assert f"Failing when last judged, unknown at {incident.bad.short}: 1 failure" in lines
    assert f"unknown since {since}, from which on" in lines


def test_a_file_that_a_partial_clone_lacks_is_not_taken_back(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit(START)
    scribe.commit({**child("nobody"), "tool.exe": "much"}, 1)
    scribe.commit({"tool.exe": "more"}, 2)
    repository = scribe.repository(tmp_path)
    blob = repository.snapshot(repository.resolve("c2")).entry(RepoPath("tool.exe"))
    assert blob is not None
    (tmp_path / "objects" / blob.oid[:2] / blob.oid[2:]).unlink()
    incident = asked(tmp_path, "c3")
    assert incident.culprit is not None
    assert [resolution.resolves for resolution in incident.resolutions] == [1]


def test_a_repair_that_would_leave_no_cluster_is_none(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit(START)
    scribe.commit(dict.fromkeys(START, "# later\n"), 1)
    scribe.commit({**START, **child("nobody")}, 2)
    scribe.repository(tmp_path)
    incident = asked(tmp_path, "c3")
    assert incident.culprit is not None
    assert incident.culprit.commit == incident.bad
    files = {each.path for found in incident.resolutions for pair in found.edits for each in pair if each}
    assert (files, incident.pattern) == ({"apps/first.yaml", "apps/kustomization.yaml"}, None)


@pytest.mark.parametrize("good", ["c1", None])
def test_a_bad_end_whose_objects_are_lost_is_no_answer(tmp_path: Path, good: str | None) -> None:
    scribe = Scribe()
    scribe.commit(START)
    scribe.commit(NOISE, 1)
    scribe.commit(child("nobody"), 2)
    repository = scribe.repository(tmp_path)
    blob = repository.snapshot(repository.resolve("c3")).entry(RepoPath("apps/first.yaml"))
    assert blob is not None
    (tmp_path / "objects" / blob.oid[:2] / blob.oid[2:]).unlink()
    with pytest.raises(MissingObject):
        asked(tmp_path, "c3", good=good)
