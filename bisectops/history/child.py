"""A process that works for another one: interrupts are the other's, and it leaves with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from threading import Thread

from bisectops.garbage import collect_seldom

FORKS = sys.platform == "linux"
"""Elsewhere a process that uses the system's libraries cannot be trusted to go on in a fork."""


def cores() -> int:
    """How many processes can work at once: what this one is allowed, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def begin() -> None:
    """Leave interrupts to the parent, and leave with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()
    collect_seldom()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
