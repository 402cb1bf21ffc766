from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
COMMAND = (sys.executable, "-m", "bisectops")


def test_no_command_prints_the_help_and_is_wrong_usage(ask: Ask) -> None:
    answer = ask()
    assert answer.status == 129
    assert "blame-break" in answer.out


def test_help_and_version_are_no_failures(ask: Ask) -> None:
    assert ask("--help").status == 0
    assert ask("blame-break", "-h").status == 0
    assert ask("--version").out.startswith("bisectops ")


def test_a_mistyped_command_names_the_right_one(ask: Ask) -> None:
    answer = ask("blame-brake")
    assert answer.status == 129
    assert "Did you mean 'blame-break'?" in answer.err


COMMON = ("--jobs", "1", "--no-cache", "--cache-dir", "cache", "--no-progress", "--no-color", "-q", "-v")


@pytest.mark.parametrize(
    "asked",
    [
        *(("blame-break", "HEAD"), ("timeline", "HEAD"), ("audit", "HEAD"), ("check", "HEAD")),
        *(("diff", "HEAD~1"), ("graph",), ("build", "kubernetes/apps/media")),
        ("explain", "HEAD", "Kustomization/flux-system/flux-system"),
    ],
    ids=lambda asked: asked[0],
)
def test_scripts_give_every_command_the_same_options(ask: Ask, sample: Path, asked: tuple[str, ...]) -> None:
    command, *words = asked
    plain = ask(command, "-C", str(sample), *words)
    answer = ask(command, "-C", str(sample), *words, *COMMON)
    assert (answer.status, answer.err) == (plain.status, "")
    assert plain.out
    assert answer.out == ""


def test_a_reader_who_leaves_early_is_no_error(sample: Path) -> None:
    with subprocess.Popen(
        (*COMMAND, "build", "-C", str(sample), *["kubernetes/apps/media"] * 200),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def opened_by_a_reader(pipe: Path, process: subprocess.Popen[bytes]) -> int:
    """Wait until the process reads the pipe; the end to write to."""
    while process.poll() is None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # ENXIO: nobody reads yet
            time.sleep(0.01)
    raise AssertionError(f"the command ended with {process.returncode} before it read")


def test_ctrl_c_ends_at_once_with_130_and_leaves_nothing(sample: Path, tmp_path: Path) -> None:
    events, report = tmp_path / "events", tmp_path / "report.md"
    os.mkfifo(events)
    arguments = ("blame-break", "-C", str(sample), "--events", str(events), "-o", str(report))
    with subprocess.Popen((*COMMAND, *arguments), stderr=subprocess.PIPE) as process:
        writer = opened_by_a_reader(events, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        os.close(writer)
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == [events]
