from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bisectops.cli import samples

Ask = Callable[..., Any]


def test_the_demo_shows_the_report_of_its_incident(ask: Ask) -> None:
    answer = ask("demo")
    assert answer.status == 0
    assert answer.out.startswith("# SOPS Secret Management Troubleshooting\n")
    assert '`secrets "sops-age" not found`' in answer.out
    assert "sops-inheritance" in answer.err


def test_the_demo_keeps_the_repository_where_it_is_told_to(ask: Ask, tmp_path: Path) -> None:
    answer = ask("demo", tmp_path / "home-ops", "--format", "text", "-q")
    assert answer == (0, "", "")
    again = ask("blame-break", "-C", tmp_path / "home-ops", "good..main", "--format", "markdown")
    assert again.out == ask("demo").out


def test_the_demo_never_writes_into_a_folder_in_use(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    answer = ask("demo", tmp_path)
    assert (answer.status, answer.out) == (129, "")
    assert "not an empty folder" in answer.err
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_the_demo_says_that_it_needs_git(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = ask("demo")
    assert answer.status == 128
    assert "git is not installed" in answer.err


def test_the_samples_are_found_in_a_wheel_as_in_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "bisectops"
    (installed / "sample_repos").mkdir(parents=True)
    checkout = Path(samples.bisectops.__file__).parent.parent / "sample-repos"
    for source in ("build.py", "sops-inheritance"):
        (installed / "sample_repos" / source).symlink_to(checkout / source)
    monkeypatch.setattr(samples.bisectops, "__file__", str(installed / "__init__.py"))
    samples.build_sample("sops-inheritance", tmp_path / "made")
    told = subprocess.run(["git", "tag"], cwd=tmp_path / "made", check=True, capture_output=True, text=True)
    assert told.stdout == "good\n"
