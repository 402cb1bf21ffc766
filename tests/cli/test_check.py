from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import bisectops.report.json

Ask = Callable[..., Any]
SCHEMA = Path(bisectops.report.json.__file__).parent / "schemas" / "check.v1.json"


def test_a_healthy_commit_exits_0(ask: Ask, sample: Path) -> None:
    answer = ask("check", "-C", sample, "good")
    assert answer.status == 0
    assert "no finding" in answer.out


def test_a_broken_commit_exits_1_and_says_where(ask: Ask, sample: Path) -> None:
    answer = ask("check", "-C", sample)
    assert answer.status == 1
    assert "kubernetes/apps/default/echo/app/helmrelease.yaml:8: certain source-not-found\n" in answer.out


def test_json_is_what_the_schema_says(ask: Ask, sample: Path) -> None:
    told = json.loads(ask("check", "-C", sample, "main", "--format", "json").out)
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(told)
    assert len(told["findings"]) == 23
    assert told["graph"]["kustomizations"] == 19


def test_a_rule_and_an_object_narrow_the_question(ask: Ask, sample: Path) -> None:
    one = ("--rule", "source-not-found", "--object", "HelmRelease/default/echo", "--format", "json")
    [finding] = json.loads(ask("check", "-C", sample, *one).out)["findings"]
    assert finding["id"] == "source-not-found:HelmRelease/default/echo:OCIRepository/default/app-template"
    assert ask("check", "-C", sample, "--object", "Kustomization/flux-system/cluster-apps").status == 0


def test_a_name_without_a_namespace_means_it_in_any(ask: Ask, blamed: Ask, sample: Path) -> None:
    short, full = ("--object", "HelmRelease/echo"), ("--object", "HelmRelease/default/echo")
    for asked in (("check", "-C", sample, "main"), ("graph", "-C", sample, "main")):
        assert ask(*asked, *short).out == ask(*asked, *full).out
    told, meant = (json.loads(blamed("good..main", *each, "--format", "json").out) for each in (short, full))
    assert told["culprit"] is not None
    assert told["culprit"] == meant["culprit"]
    assert told["findings"] == meant["findings"]
    assert not ask("check", "-C", sample, "--object", "HelmRelease/default").status


def test_a_name_that_nothing_has_is_told_with_what_is_called_alike(
    ask: Ask, blamed: Ask, sample: Path
) -> None:
    asked = ("--object", "HelmRelease/media/echoo")
    meant = (
        r"is called HelmRelease/media/echoo, and nothing refers to it: there is .*HelmRelease/default/echo\b"
    )
    for answer, status in ((ask("check", "-C", sample, *asked), 0), (blamed("good..main", *asked), 1)):
        assert answer.status == status
        assert re.search(meant, " ".join(answer.out.split()))
    assert "Nothing at" not in ask("check", "-C", sample, "--object", "HelmRelease/default/echo").out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("nope",), 128), (("--cluster", "nowhere"), 128), (("--certainty", "sure"), 129), (("a", "b"), 129)],
)
def test_what_cannot_be_checked_calls_no_commit_bad(
    ask: Ask, sample: Path, arguments: tuple[str, ...], status: int
) -> None:
    answer = ask("check", "-C", sample, *arguments)
    assert (answer.status, answer.out) == (status, "")
    assert answer.err.startswith("bisectops: error: ")


def test_git_bisect_run_finds_what_blame_break_names(blamed: Ask, sample: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        told = subprocess.run(("git", *arguments), cwd=clone, check=True, capture_output=True, text=True)
        return told.stdout

    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "--quiet", str(sample), str(clone)), check=True)
    git("bisect", "start", "main", "good")
    said = git("bisect", "run", sys.executable, "-m", "bisectops", "check", "-q")
    first = next(line for line in said.splitlines() if line.endswith("is the first bad commit"))
    told = json.loads(blamed("good..main", "--format", "json").out)
    assert first.split()[0] == told["culprit"]["commit"]


def test_kustomizations_that_no_cluster_has_are_counted_and_listed_on_demand(
    ask: Ask, sample: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "-q", str(sample), str(clone)), check=True)
    (clone / "archive").mkdir()
    source = "sourceRef: {kind: GitRepository, name: flux-system}"
    (clone / "archive" / "old.yaml").write_text(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: old, namespace: media}}\nspec: {{path: ./old, {source}}}\n"
    )
    me = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("add", "-A"), (*me, "commit", "-qm", "old")):
        subprocess.run(("git", *command), cwd=clone, check=True)
    before = len(json.loads(ask("check", "-C", sample, "--format", "json").out)["left_out"])
    told = json.loads(ask("check", "-C", clone, "--format", "json").out)
    assert {"path": "archive/old.yaml", "name": "media/old", "reason": "archived"} in told["left_out"]
    assert len(told["left_out"]) == before + 1
    assert "part of no cluster: -v lists what, and why\n" in ask("check", "-C", clone).out
    assert (
        "archive/old.yaml: media/old is part of no cluster: archived\n" in ask("check", "-C", clone, "-v").out
    )
