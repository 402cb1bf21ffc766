from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from bisectops.cli.dates import moment
from bisectops.errors import RequestError

NOW = datetime(2025, 7, 20, 12, 0, 0, tzinfo=timezone(timedelta(hours=2)))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2025-07-19", "2025-07-19T00:00:00+02:00"),
        ("2025-07-19 15:19", "2025-07-19T15:19:00+02:00"),
        ("2025-07-19T15:19:36+00:00", "2025-07-19T15:19:36+00:00"),
        ("2025-07-19 15:19:36 +0200", "2025-07-19T15:19:36+02:00"),
        ("2025-07-19T13:19:36Z", "2025-07-19T13:19:36+00:00"),
        ("@1752931176", "2025-07-19T15:19:36+02:00"),
        ("1752931176", "2025-07-19T15:19:36+02:00"),
        ("yesterday", "2025-07-19T00:00:00+02:00"),
        ("today", "2025-07-20T00:00:00+02:00"),
        ("now", "2025-07-20T12:00:00+02:00"),
        ("2 weeks ago", "2025-07-06T12:00:00+02:00"),
        ("3.days.ago", "2025-07-17T12:00:00+02:00"),
        ("an hour ago", "2025-07-20T11:00:00+02:00"),
    ],
)
def test_a_date_is_gits(said: str, meant: str) -> None:
    assert moment(said, "--since", NOW) == at(meant)


def test_until_a_day_means_all_of_it() -> None:
    assert moment("2025-07-19", "--until", NOW, end=True) == at("2025-07-19T23:59:59+02:00")
    assert moment("2025-07-19 10:00", "--until", NOW, end=True) == at("2025-07-19T10:00:00+02:00")


@pytest.mark.parametrize("said", ["", "soon", "2025-13-01", "99999999999 years ago"])
def test_what_is_no_date_is_wrong_usage(said: str) -> None:
    with pytest.raises(RequestError, match="--since does not understand") as raised:
        moment(said, "--since", NOW)
    assert raised.value.exit_status == 129


def test_commands_take_dates(ask: Callable[..., Any], sample: Path) -> None:
    """The sample's chain is of July 19, 2025, its good end of the day before."""
    dates = ("--since", "2025-07-19T15:00:00+02:00", "--until", "2025-07-19T15:37:00+02:00")
    answer = ask("blame-break", "-C", sample, "main", *dates, "--format", "json")
    told = json.loads(answer.out)
    assert answer.status == 0
    assert [link["subject"] for link in told["chain"]] == [
        "feat(apps): one kustomization for all apps",
        "fix(apps): use the shared resources directly",
    ]
    assert told["bad"] == told["chain"][1]["commit"]
    events = ask("timeline", "-C", sample, "main", *dates, "--no-cache", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["commit"] for line in events] == [link["commit"] for link in told["chain"]]
    audit = json.loads(ask("audit", "-C", sample, "main", *dates, "--no-cache", "--format", "json").out)
    assert audit["totals"]["commits"] == told["line"]


def test_a_time_without_commits_is_told(ask: Callable[..., Any], sample: Path) -> None:
    answer = ask("audit", "-C", sample, "--since", "2031-01-01", "--no-cache")
    assert (answer.status, answer.out) == (129, "")
    assert "no commit of the line" in answer.err
