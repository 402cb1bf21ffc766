"""A line of commits judged in parts side by side: its end here, what comes before it by forks.

The judge of the newest commit is here in the end. A fork has all that was read so far and begins at once;
if it dies, its part is judged here: the answer is the same, only later.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bisectops.errors import BisectopsError
from bisectops.git.objects import Oid
from bisectops.history.child import FORKS, begin
from bisectops.history.examiner import Examined, Examiner
from bisectops.rules.movement import Movement
from bisectops.search.reporter import Reporter

_WORTH_A_PROCESS = 400
"""Commits below which the look at a whole commit, with which a part begins, takes longer than it saves."""
_AT_ONCE = 32
"""Commits of which a fork tells at once."""
_NOTHING = Movement()


def judge_line(examiner: Examiner, line: Sequence[Oid], jobs: int, reporter: Reporter) -> list[Examined]:
    """Judge commits one after another, with an examiner that stands nowhere yet; it stands at the last then.

    What each did is not counted yet; movements are told only of the commits that changed findings.
    """
    parts = min(jobs, 1 + len(line) // _WORTH_A_PROCESS) if FORKS else 1
    *earlier, last = pairwise(len(line) * part // parts for part in range(parts + 1))
    forks = [_Fork(examiner, line, *part) for part in earlier]
    own: list[Examined] = []
    reporter.begin(len(line))
    try:
        for examined in _judged(examiner, line, *last):
            own.append(examined)
            _report([examined], reporter)
            for fork in forks:
                fork.listen(reporter)
        return [each for fork in forks for each in fork.told(reporter)] + own
    finally:
        reporter.end()
        for fork in forks:
            fork.end()


def _judged(examiner: Examiner, line: Sequence[Oid], start: int, end: int) -> Iterator[Examined]:
    """Judge a part of a line, after the last commit before it that can be judged."""
    for before in reversed(line[:start]):
        if not examiner.judged(before).untestable:
            break
    for commit in line[start:end]:
        examined = examiner.examined(commit, findings_only=True)
        yield Examined(examined.judged, _NOTHING) if examined.judged.quiet else examined


def _report(told: Sequence[Examined], reporter: Reporter) -> None:
    reporter.advanced(len(told))
    if begun := sum(each.judged.breaks for each in told):
        reporter.begun(begun)


class _Fork:
    """A process that judges a part of a line."""

    def __init__(self, examiner: Examiner, line: Sequence[Oid], start: int, end: int) -> None:
        self._part = (examiner, line, start, end)
        self._told: list[Examined] = []
        self._left = end - start
        fork = multiprocessing.get_context("fork")
        self._connection, there = fork.Pipe()
        self._process: BaseProcess | None = fork.Process(
            target=_tell, args=(self._connection, there, *self._part), daemon=True
        )
        try:
            self._process.start()
        except OSError:  # no process more is allowed
            self._process = None
        there.close()

    def listen(self, reporter: Reporter) -> None:
        """Take over what the process has told by now."""
        while self._left and self._connection.poll():
            self._hear(reporter)

    def told(self, reporter: Reporter) -> list[Examined]:
        """What each commit of the part did, once that is known."""
        while self._left:
            self._hear(reporter)
        return self._told

    def end(self) -> None:
        """Let the process go."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _hear(self, reporter: Reporter) -> None:
        try:
            told: list[Examined] = self._connection.recv()
        except (EOFError, ConnectionResetError):  # it died
            examiner, line, start, end = self._part
            told = list(_judged(examiner.anew(), line, start + len(self._told), end))
        self._told += told
        self._left -= len(told)
        _report(told, reporter)


def _tell(
    parent: Connection, own: Connection, examiner: Examiner, line: Sequence[Oid], start: int, end: int
) -> None:
    parent.close()
    begin()
    told: list[Examined] = []
    try:
        for examined in _judged(examiner, line, start, end):
            told.append(examined)
            if len(told) == _AT_ONCE:
                own.send(told)
                told.clear()
        own.send(told)
    except (BisectopsError, OSError):
        return  # the parent comes to it by itself, and says so
