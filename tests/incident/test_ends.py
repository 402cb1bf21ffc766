"""Histories that are not all there, or not as they were recorded: nothing breaks, and the answer says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.cache.store import Store
from bisectops.cli.app import run
from bisectops.errors import UnrelatedRange
from bisectops.history.events import Means
from bisectops.history.request import Request
from bisectops.incident.chronicle import Course
from bisectops.incident.incident import Incident, Role
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

SOUND = {
    "cluster/kustomization.yaml": build("flux.yaml", "first.yaml", "second.yaml"),
    "cluster/flux.yaml": ROOT,
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    "cluster/first.yaml": app("first", "flux-system"),
    "cluster/second.yaml": app("second", "first"),
}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """c1, c2 and c4 on a line of which c3 breaks a dependency; c5 beside it from c1; c6 of its own."""
    scribe = Scribe()
    scribe.commit(SOUND)
    scribe.commit({"README.md": "1"}, 1)
    scribe.commit({"cluster/second.yaml": app("second", "nobody")}, 2)
    scribe.commit({"README.md": "2"}, 3)
    scribe.commit({"README.md": "3"}, 1)
    scribe.commit(SOUND)
    folder = tmp_path / "origin"
    scribe.repository(folder)
    git(folder, "symbolic-ref", "HEAD", "refs/heads/c4")
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def shallow(origin: Path, depth: int) -> Path:
    clone = origin.parent / f"depth{depth}"
    git(origin.parent, "clone", "--quiet", f"--depth={depth}", origin.as_uri(), str(clone))
    return clone


def asked(folder: Path, good: str | None, bad: str) -> Incident:
    return blame(Request(directory=str(folder), good=good, bad=bad), Reporter())


@pytest.mark.parametrize(
    ("good", "bad", "hint"),
    [("c4", "c1", "wrong way round"), ("c5", "c4", "they part at"), ("c6", "c4", "nothing in common")],
)
def test_ends_that_make_no_range_say_what_may_be_meant(origin: Path, good: str, bad: str, hint: str) -> None:
    with pytest.raises(UnrelatedRange) as refused:
        asked(origin, good, bad)
    assert hint in refused.value.hint


def test_ends_whose_meeting_was_never_fetched_say_so(origin: Path) -> None:
    clone = shallow(origin, 1)
    git(clone, "fetch", "--quiet", "--depth=1", "origin", "c5")
    with pytest.raises(UnrelatedRange) as refused:
        asked(clone, "FETCH_HEAD", "HEAD")
    assert "--unshallow" in refused.value.hint


def test_what_broke_within_a_shallow_clone_has_its_culprit(origin: Path) -> None:
    incident = asked(shallow(origin, 3), None, "HEAD")
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == git(origin, "rev-parse", "c3")


def test_what_broke_before_a_shallow_clone_ends_is_older_and_where_it_ends_is_told(origin: Path) -> None:
    incident = asked(shallow(origin, 2), None, "HEAD")
    assert incident.culprit is None
    assert len(incident.already_broken) == 1
    end = git(origin, "rev-parse", "c3")[:7]
    assert [note for note in incident.notes if f"shallow and ends at {end}" in note]


def test_a_clone_of_one_commit_is_judged(origin: Path) -> None:
    assert len(asked(shallow(origin, 1), None, "HEAD").findings) == 1


def test_a_replaced_history_is_told_as_it_was_recorded(origin: Path) -> None:
    git(origin, "replace", "--graft", "c4", "c1")
    incident = asked(origin, "c1", "c4")
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == git(origin, "rev-parse", "c3")
    assert [note for note in incident.notes if "git replace" in note]
    notes = Course(Request(directory=str(origin), good="c1", bad="c4"), Means(Store(None))).notes
    assert [note for note in notes if "git replace" in note]


@pytest.mark.parametrize(("form", "told"), [("text", "shallow and ends at"), ("json", "shallow and ends at")])
def test_a_timeline_tells_where_a_shallow_clone_ends(
    origin: Path, capsys: pytest.CaptureFixture[str], form: str, told: str
) -> None:
    assert run(["timeline", "-C", str(shallow(origin, 3)), "--no-cache", "--format", form]) == 0
    assert told in capsys.readouterr().out


def test_who_only_changed_what_a_failure_misses_is_told_and_not_blamed(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit(SOUND | {"cluster/second.yaml": app("second", "nobody")})
    scribe.commit({"cluster/second.yaml": app("second", "noone")}, 1)
    scribe.commit({"README.md": "1"}, 2)
    changed = scribe.repository(tmp_path).resolve("c2")
    incident = asked(tmp_path, "c1", "c3")
    assert incident.culprit is None
    assert [finding.reference.name for finding in incident.already_broken] == ["noone"]
    assert [(link.commit.oid, link.role) for link in incident.chain] == [(changed, Role.ATTEMPTED_FIX)]
    note = "changed what Kustomization/flux-system/second misses: it failed before the range too"
    assert f"{changed[:7]} {note}" in incident.notes


def test_an_object_that_was_renamed_while_it_failed_is_found_by_either_name(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit(SOUND)
    scribe.commit({"cluster/second.yaml": app("second", "nobody")}, 1)
    scribe.commit({"cluster/second.yaml": app("third", "nobody")}, 2)
    broke, renamed = (scribe.repository(tmp_path).resolve(name) for name in ("c2", "c3"))
    for name in ("second", "third"):
        object_id = f"Kustomization/flux-system/{name}"
        asking = Request(directory=str(tmp_path), good="c1", bad="c3", objects=frozenset({object_id}))
        incident = blame(asking, Reporter())
        assert incident.culprit is not None
        assert incident.culprit.commit.oid == broke
        assert [finding.subject.name for finding in incident.findings] == ["third"]
        assert (
            "Kustomization/flux-system/second is called Kustomization/flux-system/third "
            f"since {renamed[:7]}, and failed all along"
        ) in incident.notes
