"""Processes that judge parts of a history side by side; their answers come back in order.

Each process has a repository and a memory of its own, and goes on from piece to piece where they
follow one another. One that dies leaves its work to this process: the answer is the same, only later.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import Thread

from bisectops.git.repository import Repository
from bisectops.history.child import begin
from bisectops.history.ledger import read, telling, written
from bisectops.history.segments import Judging, Piece, Terms
from bisectops.history.tally import Judged
from bisectops.search.reporter import Reporter

_WORTH_A_PROCESS = 600
"""Commits below which starting a process takes longer than it saves."""
_SHARE = 2
"""A part is this fraction, among all processes, of what is left; who is done takes the next."""
_SMALLEST = 400
"""Commits of a part, but for the last: each part begins with a look at a whole commit."""

Answers = Iterator[tuple[Piece, list[Judged]]]


def judge_all(
    repository: Repository, terms: Terms, wanted: Sequence[Piece], jobs: int, reporter: Reporter
) -> Answers:
    """Judge pieces, in order; they need not follow one another."""
    commits = sum(len(piece.commits) for piece in wanted)
    jobs = min(jobs, 1 + commits // _WORTH_A_PROCESS)
    if jobs < 2:
        yield from _here(repository, terms, wanted, reporter)
        return
    crew = [_process() for _ in range(jobs)]
    names = [process.submit(os.getpid) for process in crew]
    try:
        for piece, answer in zip(wanted, _at_work_on(crew, repository, terms, wanted), strict=True):
            yield piece, _answer(repository, terms, piece, answer)
            reporter.advanced(len(piece.commits))
    finally:
        _dismiss(crew, names)


def _at_work_on(
    crew: Sequence[ProcessPoolExecutor], repository: Repository, terms: Terms, wanted: Sequence[Piece]
) -> list[Future[bytes]]:
    """The answers to come; each process takes part after part, and goes on from piece to piece in it."""
    answers: list[Future[bytes]] = [Future() for _ in wanted]
    parts = iter(_parts(wanted, len(crew) * _SHARE))

    def work(process: ProcessPoolExecutor) -> None:
        for part in parts:
            for place in part:
                try:
                    told = process.submit(_judged_there, repository.location, terms, wanted[place])
                    answers[place].set_result(told.result())
                except Exception as error:  # raised again where the answer is asked for
                    answers[place].set_exception(error)

    for process in crew:
        Thread(target=work, args=(process,), daemon=True).start()
    return answers


def _here(repository: Repository, terms: Terms, wanted: Sequence[Piece], reporter: Reporter) -> Answers:
    judging = Judging(repository, terms)
    for piece in wanted:
        yield piece, telling(judging.judge(piece))
        reporter.advanced(len(piece.commits))


def _parts(wanted: Sequence[Piece], share: int) -> list[list[int]]:
    """The places of the pieces in parts that become smaller: at the end nobody waits long for another."""
    left = sum(len(piece.commits) for piece in wanted)
    parts: list[list[int]] = []
    room = 0
    for place, piece in enumerate(wanted):
        if room <= 0:
            parts.append([])
            room = max(left // share, _SMALLEST)
        parts[-1].append(place)
        room -= len(piece.commits)
        left -= len(piece.commits)
    return parts


def _process() -> ProcessPoolExecutor:
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=fresh, initializer=begin)


def _dismiss(crew: Sequence[ProcessPoolExecutor], names: Sequence[Future[int]]) -> None:
    """End all processes at once: they hold nothing that is not written down, and freeing it takes long."""
    for name in names:
        if name.done() and name.exception() is None:
            os.kill(name.result(), signal.SIGKILL)
    for process in crew:
        process.shutdown(cancel_futures=True)


def _answer(repository: Repository, terms: Terms, piece: Piece, future: Future[bytes]) -> list[Judged]:
    try:
        return list(read(future.result()))
    except BrokenProcessPool:
        return telling(Judging(repository, terms).judge(piece))


_at_work: dict[tuple[str, Terms], Judging] = {}
"""In a process of the crew: what it goes on with."""


def _judged_there(location: str, terms: Terms, piece: Piece) -> bytes:
    if (location, terms) not in _at_work:
        _at_work[location, terms] = Judging(Repository(location), terms)
    return written(telling(_at_work[location, terms].judge(piece)))
