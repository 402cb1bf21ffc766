"""Bisection as git does it, a step at a time: marks in, the next commit to ask about or the answer out.

The caller asks, so this knows no world. Suspects are what the bad commits all reach and no good one
does, hence merges are no special case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from bisectops.errors import BisectopsError
from bisectops.git.history import History
from bisectops.git.objects import Oid


class ContradictoryMarks(BisectopsError):
    """A bad commit is one that a good one descends from: the fault came and went."""


class Mark(Enum):
    """What is known of a commit, in git's words."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


Marks: TypeAlias = Mapping[Oid, Mark]


@dataclass(frozen=True, slots=True)
class Probe:
    """A commit to ask about."""

    commit: Oid
    left: int
    """Revisions left to test after this."""
    steps: int
    """Roughly how many more steps that takes."""

    def __str__(self) -> str:
        revisions = "revision" if self.left == 1 else "revisions"
        steps = "step" if self.steps == 1 else "steps"
        return f"Bisecting: {self.left} {revisions} left to test after this (roughly {self.steps} {steps})"


@dataclass(frozen=True, slots=True)
class FirstBad:
    """The answer: one commit, or those that could be it where skipped ones hide which."""

    commits: tuple[Oid, ...]
    """Oldest first; the last one is known to be bad."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The answer with every question, in the order of asking."""

    answer: FirstBad
    marks: Marks
    probes: tuple[Probe, ...]


def next_step(history: History, marks: Marks) -> Probe | FirstBad:
    """Name the commit whose answer halves the suspects, or what is left when none can be asked.

    Raises ContradictoryMarks where nothing is left to suspect.
    """
    suspects = _suspects(history, marks)
    if not suspects:
        raise ContradictoryMarks("a commit that was good has one that was bad among its ancestors")
    unasked = [commit for commit in reversed(history.oldest_first(suspects)) if commit not in marks]
    if not unasked:
        return FirstBad(tuple(history.oldest_first(suspects)))
    weights = history.weights(suspects)
    best = max(unasked, key=lambda commit: min(weights[commit], len(suspects) - weights[commit]))
    return Probe(best, len(suspects) - weights[best] - 1, _steps(len(suspects)))


def _suspects(history: History, marks: Marks) -> frozenset[Oid]:
    bad = [history.ancestors([commit]) for commit, mark in marks.items() if mark is Mark.BAD]
    good = history.ancestors(commit for commit, mark in marks.items() if mark is Mark.GOOD)
    return frozenset.intersection(*bad) - good if bad else frozenset()


def _steps(suspects: int) -> int:
    """git's estimate (bisect.c, estimate_bisect_steps)."""
    if suspects < 3:
        return 0
    n = suspects.bit_length() - 1
    whole = 1 << n
    return n if whole < 3 * (suspects - whole) else n - 1


def bisect(history: History, ask: Callable[[Probe], Mark], marks: Marks) -> Transcript:
    """Ask until the first bad commit is known."""
    known = dict(marks)
    probes: list[Probe] = []
    while isinstance(step := next_step(history, known), Probe):
        probes.append(step)
        known[step.commit] = ask(step)
    return Transcript(step, known, tuple(probes))


def log(transcript: Transcript, subject: Callable[[Oid], str]) -> Iterator[str]:
    """The transcript as `git bisect log` prints one: `git bisect replay` reads it."""
    yield "git bisect start"
    for commit, mark in transcript.marks.items():
        yield f"# {mark.value}: [{commit}] {subject(commit)}"
        yield f"git bisect {mark.value} {commit}"
    commits = transcript.answer.commits
    if len(commits) == 1:
        yield f"# first bad commit: [{commits[0]}] {subject(commits[0])}"
        return
    yield "# only skipped commits left to test"
    for commit in reversed(commits):
        yield f"# possible first bad commit: [{commit}] {subject(commit)}"


def replayed(text: str) -> dict[Oid, Mark]:
    """The marks of a log, in its order."""
    marks: dict[Oid, Mark] = {}
    for line in text.splitlines():
        words = line.split()
        if words[:2] == ["git", "bisect"] and len(words) == 4 and words[2] in {mark.value for mark in Mark}:
            marks[Oid(words[3])] = Mark(words[2])
    return marks
