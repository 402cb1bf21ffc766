"""The demo's repository, made once, and the command line run on it in this process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from bisectops.cli.app import run
from bisectops.cli.samples import build_sample


class Answer(NamedTuple):
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str


Ask = Callable[..., Answer]


def _ask(*arguments: str | Path) -> Answer:
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = run([str(argument) for argument in arguments])
    return Answer(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the incident, HEAD on its broken main."""
    repository = tmp_path_factory.mktemp("samples") / "sops-inheritance"
    build_sample("sops-inheritance", repository)
    return repository


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Run one command line."""
    return _ask


@pytest.fixture(scope="session")
def blamed(sample: Path) -> Ask:
    """`blame-break` on the sample; a question that was asked before is not asked again."""
    return cache(lambda *arguments: _ask("blame-break", "-C", sample, *arguments))
