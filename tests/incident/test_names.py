"""A cluster that gets a name, or loses it, when another comes or goes: nothing broke by that."""

from __future__ import annotations

from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app

from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

WEST = {
    "west/flux.yaml": ROOT.replace("./cluster", "./west"),
    "west/first.yaml": app("first", "flux-system"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
}
EAST = {"east/flux.yaml": ROOT.replace("./cluster", "./east"), "east/first.yaml": app("first", "flux-system")}
GONE = dict.fromkeys(EAST, "# gone\n")
WRONG = {"west/third.yaml": app("third", "nobody")}
RIGHT = {"west/third.yaml": app("third", "first")}


def blamed(folder: Path, *changes: dict[str, str], good: str | None = "c1") -> str | None:
    scribe = Scribe()
    for number, files in enumerate(changes):
        scribe.commit(files, *([number] if number else []))
    repository = scribe.repository(folder)
    request = Request(directory=str(folder), good=good, bad=f"c{len(changes)}")
    incident = blame(request, Reporter())
    if incident.culprit is None:
        return None
    assert len(incident.chain) == 1
    return _name(repository, incident.culprit.commit.oid, len(changes))


def _name(repository: Repository, oid: str, commits: int) -> str:
    names = (f"c{number}" for number in range(1, commits + 1))
    return next(name for name in names if repository.resolve(name) == oid)


@pytest.mark.parametrize("good", ["c1", None])
def test_a_second_cluster_does_not_break_what_failed_in_the_first(tmp_path: Path, good: str | None) -> None:
    assert blamed(tmp_path, WEST, WRONG, {"a": "x"}, EAST, {"a": "y"}, good=good) == "c2"


@pytest.mark.parametrize("good", ["c1", None])
def test_neither_does_one_that_goes(tmp_path: Path, good: str | None) -> None:
    assert blamed(tmp_path, {**WEST, **EAST}, WRONG, {"a": "x"}, GONE, {"a": "y"}, good=good) == "c2"


def test_a_failure_that_came_back_after_the_name_changed_began_at_its_return(tmp_path: Path) -> None:
    assert blamed(tmp_path, WEST, WRONG, EAST, RIGHT, WRONG, {"a": "x"}) == "c5"


def test_the_same_failure_in_another_cluster_is_another(tmp_path: Path) -> None:
    wrong_there = {path.replace("west", "east"): text for path, text in WRONG.items()}
    assert blamed(tmp_path, {**WEST, **EAST, **WRONG}, {"a": "x"}, {**RIGHT, **wrong_there}) == "c3"
