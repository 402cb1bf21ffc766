from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import bisectops.report.json
from bisectops.cli.blame_break import report_command
from bisectops.history.request import Request

Ask = Callable[..., Any]
SCHEMA = Path(bisectops.report.json.__file__).parent / "schemas" / "blame-break.v1.json"


def git(repository: Path, *arguments: str) -> str:
    told = subprocess.run(("git", *arguments), cwd=repository, check=True, capture_output=True, text=True)
    return told.stdout.strip()


def test_the_answer_begins_with_the_culprit(blamed: Ask) -> None:
    answer = blamed("good..main")
    assert answer.status == 0
    assert answer.out.splitlines()[0].endswith(" broke it: feat(apps): one kustomization for all apps")
    assert answer.err == ""


def test_the_answer_fits_one_screen_of_80_columns(blamed: Ask) -> None:
    lines = blamed("good..main").out.splitlines()
    assert len(lines) <= 48
    assert [line for line in lines if len(line) > 80 and "bisectops blame-break" not in line] == []


def test_json_is_what_the_schema_says(blamed: Ask, sample: Path) -> None:
    answer = blamed("good..main", "--format", "json")
    told = json.loads(answer.out)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    assert told["good"] == git(sample, "rev-parse", "good")
    assert told["bad"] == git(sample, "rev-parse", "main")
    assert told["line"] == int(git(sample, "rev-list", "--count", "good..main"))
    assert [link["role"] for link in told["chain"]] == [
        "initial-change",
        "attempted-fix",
        "partial-fix",
        "completed-partial-fix",
    ]


def test_the_line_of_a_finding_is_that_of_its_field(blamed: Ask, sample: Path) -> None:
    told = json.loads(blamed("good..main", "--format", "json").out)
    charts = [finding for finding in told["findings"] if finding["rule"] == "source-not-found"]
    assert len(charts) == 8
    for finding in charts:
        text = git(sample, "show", f"main:{finding['path']}").splitlines()
        assert text[finding["line"] - 1].strip() == "chartRef:"


def test_a_rule_has_its_own_culprit(blamed: Ask) -> None:
    keys = blamed("good..main", "--rule", "decryption-secret-missing")
    sources = blamed("good..main", "--rule", "source-not-found")
    assert keys.out.splitlines()[0].endswith("fix(apps): use the shared resources directly")
    assert sources.out.splitlines()[0].endswith("feat(apps): one kustomization for all apps")


def test_a_range_of_two_options_is_the_same_question(blamed: Ask) -> None:
    ranged = blamed("good..main", "--format", "json")
    assert blamed("--good", "good", "--format", "json") == ranged


def test_without_a_range_the_whole_line_is_searched(blamed: Ask) -> None:
    told = json.loads(blamed("--format", "json").out)
    assert told["good"] is None
    assert told["culprit"]["subject"] == "feat(apps): one kustomization for all apps"


def test_a_bare_repository_will_do(ask: Ask, blamed: Ask, sample: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(sample), "bare")
    expected = blamed("good..main", "--format", "json")
    assert ask("blame-break", "-C", tmp_path / "bare", "good..main", "--format", "json") == expected


def test_nothing_broken_exits_1(blamed: Ask) -> None:
    answer = blamed("good..fixed")
    assert answer.status == 1
    assert answer.out.startswith("Nothing is broken at ")


def test_broken_before_the_range_exits_3(blamed: Ask) -> None:
    answer = blamed("main~3..main")
    assert answer.status == 3
    assert answer.out.startswith("Broken already at ")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("nope..main",), 128, "unknown revision 'nope'"),
        (("main..good",), 128, "is no ancestor of"),
        (("good..main", "--cluster", "nowhere"), 128, "nowhere"),
        (("good..main", "-o", "/nonexistent/report.md"), 128, "there is no folder '/nonexistent'"),
        (("main..main",), 129, "the range is empty"),
        (("good...main",), 129, "no line of commits"),
        (("good..main", "--bad", "main"), 129, "given twice"),
        (("good..main", "--rule", "sops"), 129, "no rule is called 'sops'"),
        (("good..main", "--object", "echo"), 129, "'echo' names no object"),
        (("good..main", "--format", "yaml"), 129, "'yaml'"),
        (("good", "main"), 129, "unexpected extra argument"),
    ],
)
def test_what_cannot_be_answered_is_one_clear_sentence(
    blamed: Ask, arguments: tuple[str, ...], status: int, said: str
) -> None:
    answer = blamed(*arguments)
    assert answer.status == status
    assert answer.out == ""
    assert answer.err.startswith("bisectops: error: ")
    assert said in answer.err
    assert answer.err.count("\n") <= 2


def test_no_repository_is_told(ask: Ask, tmp_path: Path) -> None:
    answer = ask("blame-break", "-C", tmp_path)
    assert (answer.status, answer.out) == (128, "")
    assert "is not a git repository" in answer.err


def test_an_unborn_branch_is_told(ask: Ask, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    answer = ask("blame-break", "-C", tmp_path)
    assert (answer.status, answer.out) == (128, "")
    assert "HEAD has no commit yet" in answer.err


def test_the_report_goes_to_a_file(blamed: Ask, tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    answer = blamed("good..main", "--format", "markdown", "-o", file)
    assert (answer.status, answer.out) == (0, "")
    assert file.read_text() == blamed("good..main", "--format", "markdown").out


def test_the_repository_is_left_as_it_was(blamed: Ask, sample: Path) -> None:
    def state() -> list[tuple[str, int, int]]:
        found = (Path(folder) / name for folder, _, names in os.walk(sample) for name in names)
        return sorted((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in found)

    before = state()
    blamed("good..main", "--format", "markdown")
    assert state() == before


def test_the_report_command_asks_the_same_question() -> None:
    request = Request(
        directory="/srv/home ops",
        good="v1",
        bad="v2",
        clusters=("clusters/prod",),
        rules=frozenset({"build-failed"}),
        events=Path("events.json"),
    )
    assert report_command(request) == (
        "bisectops blame-break -C '/srv/home ops' v1..v2 --cluster clusters/prod --rule build-failed "
        "--events events.json --format markdown -o report.md"
    )
