"""Whole histories told the same by one process, by two, and from the cache; and their incidents."""

from __future__ import annotations

import io
import json
from contextlib import closing, redirect_stderr, redirect_stdout
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from bisectops.cache.store import Store
from bisectops.cli.app import run
from bisectops.cli.samples import build_sample
from bisectops.git.repository import Repository
from bisectops.history import crew, segments
from bisectops.history.events import Event, Means, events
from bisectops.history.ledger import read, telling, written
from bisectops.history.line import line_asked
from bisectops.history.request import Request
from bisectops.history.segments import Judging, Terms, pieces
from bisectops.incident.chronicle import Course
from bisectops.search.reporter import Reporter


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("samples") / "oci-moved"
    build_sample("oci-moved", repository)
    return repository


def walked(sample: Path, store: Store, jobs: int, good: str | None = None) -> list[Event]:
    repository = Repository(sample)
    request = Request(directory=str(sample), good=good, bad="main")
    return list(events(repository, request, line_asked(repository, request), Means(store, jobs)))


def answered(*arguments: str | Path) -> str:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        status = run([str(argument) for argument in arguments])
    assert status == 0, err.getvalue()
    return out.getvalue()


def test_two_processes_a_cache_and_pieces_of_any_size_tell_the_same(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = walked(sample, Store(None), 1)
    monkeypatch.setattr(segments, "_CUT", 4)
    assert walked(sample, Store(None), 1) == alone
    monkeypatch.setattr(crew, "_WORTH_A_PROCESS", 1)
    assert walked(sample, Store(None), 2) == alone
    with closing(Store(tmp_path)) as store:
        assert walked(sample, store, 1) == alone
        monkeypatch.setattr(crew, "judge_all", None)
        monkeypatch.setattr("bisectops.history.events.judge_all", lambda *_: iter(()))
        assert walked(sample, store, 1) == alone


def test_a_line_that_has_grown_is_cut_where_it_was(sample: Path) -> None:
    repository = Repository(sample)
    line = line_asked(repository, Request(directory=str(sample), bad="main")).commits
    segments_before = pieces(None, line[:30])
    assert segments_before[:-1] == pieces(None, line)[: len(segments_before) - 1]
    assert [commit for piece in pieces(None, line) for commit in piece.commits] == list(line)


def test_what_fails_before_a_range_is_known_and_not_told(sample: Path) -> None:
    told = walked(sample, Store(None), 1, good="bad")
    assert [(len(event.introduced), len(event.resolved), event.broken) for event in told] == [(0, 1, 0)]


def test_commits_without_a_root_at_the_beginning_are_no_alarm(sample: Path) -> None:
    assert not any(event.untestable for event in walked(sample, Store(None), 1))


def test_a_ledger_reads_as_it_was_written(sample: Path) -> None:
    repository = Repository(sample)
    line = line_asked(repository, Request(directory=str(sample), bad="main"))
    judging = Judging(repository, Terms(tells_blocks=True))
    judged = telling(found for piece in pieces(None, line.commits) for found in judging.judge(piece))
    assert list(read(written(judged))) == judged


def test_an_audit_tells_who_opened_and_closed(sample: Path) -> None:
    (incident,) = json.loads(answered("audit", "-C", sample, "main", "--no-cache", "--format", "json"))[
        "incidents"
    ]
    assert incident["opened"]["subject"] == "Move app-template to flux-system"
    assert [attempt["role"] for attempt in incident["attempts"]] == ["partial-fix", "fix"]
    assert incident["closed"] == incident["attempts"][-1]
    assert incident["seconds"] == 24 * 3600 + 45 * 60 + 23
    assert incident["recurrence_of"] is None


@pytest.mark.parametrize("command", ["timeline", "audit"])
def test_answers_for_programs_are_as_their_schemas_say(sample: Path, command: str) -> None:
    schemas = files("bisectops.report") / "schemas"
    whole = json.loads(answered(command, "-C", sample, "main", "--no-cache", "--format", "json"))
    lines = answered(command, "-C", sample, "main", "--no-cache", "--format", "jsonl").splitlines()
    told = [whole, *map(json.loads, lines)]
    for answer in told:
        name = answer["schema"].split("/")[1]
        jsonschema.validate(answer, json.loads((schemas / f"{name}.v1.json").read_text()))
    assert len(lines) == len(whole["events" if command == "timeline" else "incidents"]) > 0


@pytest.mark.parametrize("command", ["timeline", "audit"])
def test_tables_have_a_row_for_each(sample: Path, command: str) -> None:
    csv = answered(command, "-C", sample, "main", "--no-cache", "--format", "csv").splitlines()
    markdown = answered(command, "-C", sample, "main", "--no-cache", "--format", "markdown")
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert len(csv) - 1 == len(rows) - 2 == (3 if command == "timeline" else 1)


def test_a_cache_can_be_shown_and_cleared(sample: Path, tmp_path: Path) -> None:
    answered("timeline", "-C", sample, "main", "--cache-dir", tmp_path)
    assert "1 answers" in answered("cache", "info", "--cache-dir", tmp_path)
    answered("cache", "clear", "--cache-dir", tmp_path)
    assert "0 answers" in answered("cache", "info", "--cache-dir", tmp_path)


def test_progress_counts_the_incidents_that_an_audit_tells(sample: Path) -> None:
    class Heard(Reporter):
        incidents = 0

        def begun(self, incidents: int) -> None:
            self.incidents += incidents

    heard = Heard()
    request = Request(directory=str(sample), bad="main")
    audit = Course(request, Means(Store(None), 1, heard)).audit(lambda outage: None)
    assert heard.incidents == len(audit.outages) > 0
