"""A run that is killed half-way: the next one goes on from its cache, and says the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bisectops.cache.store import Store
from bisectops.cli.samples import build_sample
from bisectops.history import crew, events, segments
from bisectops.history.segments import Piece

PIECE = 4
"""Commits of a piece, on average: a sample is walked in many."""
STORED = 3
VICTIM = f"""
import signal, sys
from bisectops.cache.store import Store
from bisectops.cli.app import run
from bisectops.history import segments

segments._CUT = {PIECE}
put, puts = Store.put, []

def put_and_wait(store, key, answer):
    put(store, key, answer)
    puts.append(key)
    if len(puts) == {STORED}:
        print("stored", file=sys.stderr, flush=True)
        signal.pause()

Store.put = put_and_wait
run(sys.argv[1:])
"""
"""An audit that stops, to be killed, once it has kept its first few pieces."""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    build_sample("oci-moved", tmp_path / "sample")
    return tmp_path / "sample"


def audit(ask: Callable[..., Any], sample: Path, *options: str | Path) -> dict[str, Any]:
    answer = ask("audit", "-C", sample, "main", "--format", "json", "--jobs", "1", *options)
    assert answer.status == 0, answer.err
    told: dict[str, Any] = json.loads(answer.out)
    return told


def test_the_next_run_goes_on_where_a_killed_one_stood(
    ask: Callable[..., Any], sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    arguments = ("audit", "-C", sample, "main", "--cache-dir", cache, "--jobs", "1")
    command = [sys.executable, "-c", VICTIM, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as victim:
        assert victim.stderr is not None
        assert victim.stderr.readline() == "stored\n"
        victim.kill()
    assert victim.returncode == -signal.SIGKILL
    with closing(Store(cache)) as store:
        usage = store.usage()
    assert usage is not None
    assert usage.entries == STORED

    monkeypatch.setattr(segments, "_CUT", PIECE)
    judged: list[Piece] = []

    def judge_all(repository: Any, terms: Any, wanted: Sequence[Piece], *rest: Any) -> Iterator[Any]:
        judged.extend(wanted)
        yield from crew.judge_all(repository, terms, wanted, *rest)

    monkeypatch.setattr(events, "judge_all", judge_all)
    continued = audit(ask, sample, "--cache-dir", cache)
    rest = len(judged)
    judged.clear()
    assert continued == audit(ask, sample, "--no-cache")
    assert rest == len(judged) - STORED > 0
    judged.clear()
    assert continued == audit(ask, sample, "--cache-dir", cache)
    assert judged == []
