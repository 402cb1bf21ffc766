"""The clusters of one commit, judged by two processes side by side.

Of a repository with many clusters each is built by itself; only what they hand to one another is told.
The other process is a fork, which has all that was read so far. If it dies, this one judges everything.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

from bisectops.errors import BisectopsError
from bisectops.flux.root import Root
from bisectops.git.snapshot import Snapshot
from bisectops.history.child import FORKS, begin, cores
from bisectops.rules.bootstrapped import Settings
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.judge import RepositoryJudge

_WORTH_A_PROCESS = 6
"""Clusters; below that, starting another process takes longer than it saves."""

T = TypeVar("T")


def told_of_each(
    judge: RepositoryJudge, snapshot: Snapshot, tell: Callable[[ClusterJudge], T], jobs: int | None = None
) -> list[T]:
    """Judge a commit from nothing: what is to tell of each of its clusters, in their order.

    By `jobs` processes at most; by as many as there are cores where that is None. The judge holds some of
    the clusters afterwards. Raises NoClusterRoot, MissingObject, and what `tell` raises.
    """
    if (jobs or cores()) > 1 and _can_be_shared(judge.find(snapshot)):
        told = _shared(judge, snapshot, tell)
        if told is not None:
            return told
        judge.forget()
    judge.move(snapshot, None)
    return [tell(each) for each in judge.clusters.values()]


def _can_be_shared(roots: Sequence[Root]) -> bool:
    """Are there enough clusters, and are they surely clusters of their own: see Scene.may_be_one_with?"""
    if not FORKS or len(roots) < _WORTH_A_PROCESS:
        return False
    return len({root.id for root in roots}) == 1 and not any(root.made_up for root in roots)


def _shared(judge: RepositoryJudge, snapshot: Snapshot, tell: Callable[[ClusterJudge], T]) -> list[T] | None:
    """What is to tell of each cluster; None where there is no other process that tells its part."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    other = fork.Process(target=_judge_the_rest, args=(here, there, judge, snapshot, tell), daemon=True)
    try:
        other.start()
    except OSError:  # no process more is allowed
        return None
    there.close()
    try:
        judge.move_with(_Other(here, first=True), snapshot)
        told = [tell(each) for each in judge.clusters.values()]
        rest: list[T] = here.recv()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return None
    finally:
        other.kill()
        other.join()
    return told + rest


def _judge_the_rest(
    parent: Connection,
    own: Connection,
    judge: RepositoryJudge,
    snapshot: Snapshot,
    tell: Callable[[ClusterJudge], T],
) -> None:
    parent.close()
    begin()
    try:
        judge.move_with(_Other(own, first=False), snapshot)
        own.send([tell(each) for each in judge.clusters.values()])
    except (BisectopsError, EOFError, OSError):
        return  # the parent comes to it by itself, and says so


class _Other:
    """The partner in the other process: each judges half of the clusters."""

    def __init__(self, connection: Connection, *, first: bool) -> None:
        self._connection = connection
        self._first = first

    def share(self, roots: Sequence[Root]) -> Sequence[Root]:
        half = len(roots) // 2
        return roots[:half] if self._first else roots[half:]

    def exchange(self, told: Sequence[Settings]) -> Sequence[Settings]:
        if self._first:
            self._connection.send(told)
        answer: Sequence[Settings] = self._connection.recv()
        if not self._first:
            self._connection.send(told)
        return answer
