"""A line judged by several processes tells what one tells, whatever becomes of the others."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flux_histories import Files, history

from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history import relay
from bisectops.history.child import FORKS
from bisectops.history.examiner import Examiner
from bisectops.search.reporter import Reporter

COMMITS = 24


class Heard(Reporter):
    """Adds up what it hears."""

    def __init__(self) -> None:
        self.commits = self.incidents = 0

    def advanced(self, commits: int) -> None:
        self.commits += commits

    def begun(self, incidents: int) -> None:
        self.incidents += incidents


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    if not FORKS:
        pytest.skip("nothing forks here")
    monkeypatch.setattr(relay, "_WORTH_A_PROCESS", 5)
    monkeypatch.setattr(relay, "_AT_ONCE", 2)


def recorded(folder: Path, states: Sequence[Files]) -> tuple[Repository, list[Oid]]:
    """A repository with these states, one after another, and its commits."""
    stream = []
    for number, files in enumerate(states, start=1):
        stream += ["commit refs/heads/main", f"committer A <a@example.org> {number} +0000", "data 1", "x"]
        stream += ["deleteall"]
        for path, text in files.items():
            stream += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
    subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
    command = ["git", "-C", folder, "fast-import", "--quiet"]
    subprocess.run(command, input="\n".join([*stream, ""]).encode(), check=True)
    repository = Repository(folder)
    return repository, list(repository.since(repository.resolve("main"), None))[::-1]


def judged(repository: Repository, line: Sequence[Oid], jobs: int) -> tuple[Any, ...]:
    """All that is told of a line: its steps, what they did to the objects, and what is left at its end."""
    examiner, heard = Examiner(repository), Heard()
    steps = [examiner.count(each) for each in relay.judge_line(examiner, line, jobs, heard)]
    assert heard.commits == len(line)
    movements = {step.commit: examiner.movements[step.commit] for step in steps if step.tells}
    return steps, movements, heard.incidents, examiner.findings, dict(examiner.unseen)


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("seed", range(6))
def test_parts_tell_together_what_one_process_tells(tmp_path: Path, seed: int) -> None:
    told = judged(*recorded(tmp_path, list(history(seed, COMMITS))), 1)
    assert any(step.introduced for step in told[0])
    repository, line = Repository(tmp_path), [step.commit for step in told[0]]
    assert judged(repository, line, 2) == told
    assert judged(repository, line, 4) == told


@pytest.mark.usefixtures("many_parts")
def test_a_part_after_commits_that_cannot_be_judged_is_told_against_the_last_that_can(
    tmp_path: Path,
) -> None:
    states = list(history(1, COMMITS))
    states[9:14] = [{"README.md": str(number)} for number in range(5)]
    repository, line = recorded(tmp_path, states)
    told = judged(repository, line, 1)
    assert sum(bool(step.untestable) for step in told[0]) == 5
    assert judged(repository, line, 2) == told  # cut in their midst
    assert judged(repository, line, 4) == told


@pytest.mark.usefixtures("many_parts")
@pytest.mark.parametrize("at", [0, 3])
def test_the_part_of_a_process_that_dies_is_judged_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    repository, line = recorded(tmp_path, list(history(2, COMMITS)))
    told = judged(repository, line, 1)
    here, examined = os.getpid(), Examiner.examined

    def dies(self: Examiner, commit: Oid, *given: Any, **named: Any) -> Any:
        if os.getpid() != here and commit == line[at]:
            os._exit(9)
        return examined(self, commit, *given, **named)

    monkeypatch.setattr(Examiner, "examined", dies)
    assert judged(repository, line, 2) == told


@pytest.mark.usefixtures("many_parts")
def test_where_no_process_more_is_allowed_all_is_judged_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, line = recorded(tmp_path, list(history(3, COMMITS)))
    told = judged(repository, line, 1)

    def refused() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert judged(repository, line, 3) == told
