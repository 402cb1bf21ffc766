"""`check`, `graph`, `diff` and `explain` on the sample, held to their schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

Ask = Callable[..., Any]


def schema(name: str) -> Any:
    return json.loads(files("bisectops.report").joinpath(f"schemas/{name}.v1.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("check", ("main",)),
        ("graph", ("main",)),
        ("graph", ("main", "--object", "Kustomization/media/jellyfin", "--depth", "2")),
        ("diff", ("main~12", "main")),
        ("explain", ("main", "Kustomization/media/jellyfin")),
    ],
)
def test_json_is_as_its_schema_says(ask: Ask, sample: Path, name: str, arguments: tuple[str, ...]) -> None:
    answer = ask(name, "-C", sample, *arguments, "--format", "json")
    validate(json.loads(answer.out), schema(name))
    assert answer.err == ""


def test_check_finds_what_fails_with_file_and_line(ask: Ask, sample: Path) -> None:
    answer = ask("check", "-C", sample, "main", "--format", "json")
    assert answer.status == 1
    findings = json.loads(answer.out)["findings"]
    assert {finding["rule"] for finding in findings} == {"decryption-secret-missing", "source-not-found"}
    assert all(finding["line"] and finding["path"].endswith(".yaml") for finding in findings)
    text = ask("check", "-C", sample, "main")
    first = findings[0]
    assert text.out.startswith(f"{first['path']}:{first['line']}: {first['certainty']} {first['rule']}\n")


def test_check_counts_what_was_asked_about(ask: Ask, sample: Path) -> None:
    one = ask("check", "-C", sample, "main", "--rule", "source-not-found", "--format", "json")
    assert {finding["rule"] for finding in json.loads(one.out)["findings"]} == {"source-not-found"}
    assert ask("check", "-C", sample, "main", "--object", "Kustomization/no/body").status == 0
    weak = ask("check", "-C", sample, "main", "--certainty", "possible", "--format", "json")
    strong = ask("check", "-C", sample, "main", "--certainty", "certain", "--format", "json")
    counts = [len(json.loads(each.out)["findings"]) for each in (strong, weak)]
    assert counts[0] <= counts[1]


def test_check_of_a_sound_commit_is_0_and_of_no_commit_128(ask: Ask, sample: Path) -> None:
    assert ask("check", "-C", sample, "main~21", "-q").status == 0
    assert ask("check", "-C", sample, "nowhere").status == 128
    assert ask("check", "-C", sample, "--certainty", "perhaps").status == 129
    assert ask("check", "-C", sample, "--rule", "no-such-rule").status == 129


def test_explain_tells_why_a_kustomization_needs_a_secret(ask: Ask, sample: Path) -> None:
    answer = ask("explain", "-C", sample, "main", "Kustomization/media/jellyfin")
    assert answer.status == 0
    assert "Kustomization/media/jellyfin decrypts with Secret/media/sops-age" in " ".join(answer.out.split())
    assert "kubernetes/apps/media/jellyfin/ks.yaml:" in answer.out


def test_explain_of_what_is_only_referred_to_says_who_wants_it(ask: Ask, sample: Path) -> None:
    answer = ask("explain", "-C", sample, "main", "Secret/media/sops-age")
    assert answer.status == 0
    assert "(not there)" in answer.out.splitlines()[0]
    assert "Kustomization/media/jellyfin needs it: spec.decryption.secretRef" in answer.out


def test_explain_of_nothing_names_what_is_like_it(ask: Ask, sample: Path) -> None:
    answer = ask("explain", "-C", sample, "main", "HelmRelease/nowhere/jellyfin")
    assert answer.status == 128
    assert "HelmRelease/media/jellyfin" in answer.err


def test_diff_of_a_commit_with_itself_is_nothing(ask: Ask, sample: Path) -> None:
    answer = ask("diff", "-C", sample, "main", "main")
    assert (answer.status, answer.out) == (0, "Nothing that Flux reconciles changed\n")


def test_graph_is_written_in_every_form(ask: Ask, sample: Path) -> None:
    near = ("graph", "-C", sample, "main", "--object", "Kustomization/media/jellyfin")
    assert ask(*near, "--format", "mermaid").out.startswith("flowchart LR\n")
    assert ask(*near, "--format", "dot").out.startswith("digraph bisectops {\n")
    assert ask(*near, "--format", "graphml").out.startswith("<graphml")
    assert ask(*near[:-1], "Kustomization/no/body").status == 128
