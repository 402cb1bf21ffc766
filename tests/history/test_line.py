"""Dates cut a line as `git log` does: by the committer's dates, back to the first that is too old."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scribe import Scribe

from bisectops.errors import RequestError
from bisectops.git.repository import Repository
from bisectops.history.line import dated, line_asked
from bisectops.history.request import Request

TIMES = (100_000_000, 100_000_010, 100_000_020, 100_000_005, 100_000_030, 100_000_040)
"""One clock was behind."""


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    scribe = Scribe()
    for number, time in enumerate(TIMES):
        scribe.commit({"a": str(number)}, *([number] if number else []), time=time)
    return scribe.repository(tmp_path)


@pytest.mark.parametrize("since", [None, 100_000_000, 100_000_010, 100_000_025, 100_000_040])
@pytest.mark.parametrize("until", [None, 100_000_040, 100_000_035, 100_000_005])
def test_dates_cut_where_git_cuts(repository: Repository, since: int | None, until: int | None) -> None:
    options = [f"--since=@{since}"] if since else []
    options += [f"--until=@{until}"] if until else []
    asked = subprocess.run(
        ("git", "-C", repository.location, "log", "--format=%H", "--first-parent", *options, "c6"),
        check=True,
        capture_output=True,
        text=True,
    )
    expected = tuple(reversed(asked.stdout.split()))
    request = Request(directory=repository.location, bad="c6", since=since, until=until)
    if not expected:
        with pytest.raises(RequestError, match="no commit of the line"):
            dated(repository, request)
        return
    commits = line_asked(repository, dated(repository, request)).commits
    assert (commits[0], commits[-1]) == (expected[0], expected[-1])
    assert set(expected) <= set(commits)  # a line has no gaps where a clock was ahead


def test_dates_and_a_good_end_both_hold(repository: Repository) -> None:
    early = Request(directory=repository.location, good="c5", bad="c6", since=100_000_000)
    assert dated(repository, early).good == "c5"
    late = Request(directory=repository.location, good="c1", bad="c6", since=100_000_030)
    assert dated(repository, late).good == repository.resolve("c4")
