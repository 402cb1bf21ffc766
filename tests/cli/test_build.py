from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Ask = Callable[..., Any]


def test_a_build_is_printed_as_kustomize_prints_it(ask: Ask, sample: Path) -> None:
    answer = ask("build", "-C", sample, "--rev", "good", "kubernetes/components/common/repos")
    assert answer.status == 0
    assert answer.out.startswith("apiVersion: source.toolkit.fluxcd.io/")
    assert "name: app-template" in answer.out


def test_several_builds_are_one_stream(ask: Ask, sample: Path) -> None:
    one = ask("build", "-C", sample, "kubernetes/apps/default").out
    assert ask("build", "-C", sample, *["kubernetes/apps/default"] * 2).out == f"{one}---\n{one}"


def test_each_build_has_its_file_and_a_failure_has_none(ask: Ask, sample: Path, tmp_path: Path) -> None:
    paths = ("kubernetes/apps/default", "kubernetes/nope", "../outside", "kubernetes/apps/media/")
    answer = ask("build", "-C", sample, *paths, "--output-dir", tmp_path / "new" / "builds")
    assert (answer.status, answer.out) == (1, "")
    written = sorted(file.name for file in (tmp_path / "new" / "builds").iterdir())
    assert written == ["kubernetes__apps__default.yaml", "kubernetes__apps__media.yaml"]
    assert "error: kubernetes/nope: " in answer.err
    assert "error: ../outside: path '../outside' in '.' leads out of the repository" in answer.err


def test_a_failed_path_does_not_keep_the_others_from_stdout(ask: Ask, sample: Path) -> None:
    answer = ask("build", "-C", sample, "kubernetes/nope", "kubernetes/apps/default")
    assert answer.status == 1
    assert answer.out == ask("build", "-C", sample, "kubernetes/apps/default").out


def test_two_places_for_one_answer_are_wrong_usage(ask: Ask, sample: Path, tmp_path: Path) -> None:
    arguments = ("kubernetes", "-o", tmp_path / "a.yaml", "--output-dir", tmp_path)
    assert ask("build", "-C", sample, *arguments).status == 129
    assert ask("build", "-C", sample).status == 129
