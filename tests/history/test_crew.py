"""Processes that judge parts of a history, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG = """\
import sys, time
from bisectops.history import crew
if __name__ == "__main__":
    processes = [crew._process() for _ in range(2)]
    print(*[process.submit(__import__("os").getpid).result() for process in processes], flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_they_leave_with_their_parent_however_it_ends(ending: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(LONG)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.send_signal(ending)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while (left := [pid for pid in children if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def _runs(pid: int) -> bool:
    """Is a process there, and not only waiting for somebody to ask how it ended?"""
    try:
        os.kill(pid, 0)
        told = Path(f"/proc/{pid}/stat")
        return not told.exists() or told.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
