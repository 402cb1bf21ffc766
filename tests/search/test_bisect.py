"""Bisection: git's numbers, its terms, and its answer on any history where a fault comes once."""

from __future__ import annotations

from collections.abc import Callable, Set
from math import ceil, log2
from random import Random

import pytest

from bisectops.git.history import History
from bisectops.git.objects import Oid
from bisectops.search.bisect import (
    ContradictoryMarks,
    FirstBad,
    Mark,
    Probe,
    bisect,
    log,
    next_step,
    replayed,
)


def oid(number: int) -> Oid:
    return Oid(f"{number:040x}")


def line(length: int) -> list[Oid]:
    return [oid(number) for number in range(length)]


def marked(broken: Set[Oid]) -> Callable[[Probe], Mark]:
    return lambda probe: Mark.BAD if probe.commit in broken else Mark.GOOD


def ends(commits: list[Oid]) -> dict[Oid, Mark]:
    return {commits[-1]: Mark.BAD, commits[0]: Mark.GOOD}


@pytest.mark.parametrize("length", [2, 3, 4, 10, 100, 1000])
def test_on_a_line_the_first_bad_commit_takes_log2_probes(length: int) -> None:
    commits = line(length)
    history = History.of_line(commits)
    for first in range(1, length, max(1, length // 17)):
        broken = frozenset(commits[first:])
        done = bisect(history, marked(broken), ends(commits))
        assert done.answer == FirstBad((commits[first],))
        assert len(done.probes) <= ceil(log2(length))


def test_the_numbers_are_git_s() -> None:
    """As `git bisect start` printed them for lines of so many suspects."""
    said = {}
    for suspects in (3, 10, 100, 1000):
        commits = line(suspects + 1)
        said[suspects] = str(next_step(History.of_line(commits), ends(commits)))
    assert said == {
        3: "Bisecting: 0 revisions left to test after this (roughly 1 step)",
        10: "Bisecting: 4 revisions left to test after this (roughly 2 steps)",
        100: "Bisecting: 49 revisions left to test after this (roughly 6 steps)",
        1000: "Bisecting: 499 revisions left to test after this (roughly 9 steps)",
    }


def random_history(random: Random, commits: int) -> dict[Oid, tuple[Oid, ...]]:
    """Mostly a line, with side branches that come back; the last commit reaches everything."""
    parents: dict[Oid, tuple[Oid, ...]] = {oid(0): ()}
    tips = [oid(0)]
    for number in range(1, commits):
        at = random.randrange(len(tips))
        if len(tips) > 1 and random.random() < 0.4:
            other = tips.pop(random.randrange(len(tips)))
            at = random.randrange(len(tips))
            parents[oid(number)] = (tips[at], other)
        else:
            parents[oid(number)] = (tips[at],)
        if random.random() < 0.25 and len(tips) < 4 and number < commits - 8:
            tips.append(tips[at])
        tips[at] = oid(number)
    parents[oid(commits)] = tuple(dict.fromkeys(tips))
    return parents


@pytest.mark.parametrize("seed", range(60))
def test_on_a_random_history_it_agrees_with_asking_everywhere(seed: int) -> None:
    random = Random(seed)
    parents = random_history(random, random.choice((5, 20, 80, 300)))
    history = History(parents)
    commits = history.oldest_first(parents)
    first = random.choice(commits[1:])
    broken = {commit for commit in commits if first in history.ancestors([commit])}
    done = bisect(history, lambda probe: Mark.BAD if probe.commit in broken else Mark.GOOD, ends(commits))
    assert done.answer == FirstBad((first,))
    assert len(done.probes) <= ceil(log2(len(commits))) + 1


def test_commits_that_cannot_be_judged_are_stepped_around() -> None:
    commits = line(32)
    skipped = set(commits[10:20])

    def ask(probe: Probe) -> Mark:
        return (
            Mark.SKIP if probe.commit in skipped else Mark.BAD if probe.commit >= commits[25] else Mark.GOOD
        )

    assert bisect(History.of_line(commits), ask, ends(commits)).answer == FirstBad((commits[25],))


def test_skipped_commits_that_hide_the_answer_are_all_named() -> None:
    commits = line(6)
    marks = ends(commits) | {commits[2]: Mark.SKIP, commits[3]: Mark.SKIP, commits[1]: Mark.GOOD}
    marks[commits[4]] = Mark.BAD
    assert next_step(History.of_line(commits), marks) == FirstBad(tuple(commits[2:5]))


def test_a_good_commit_after_a_bad_one_is_a_contradiction() -> None:
    commits = line(4)
    with pytest.raises(ContradictoryMarks):
        next_step(History.of_line(commits), {commits[1]: Mark.BAD, commits[3]: Mark.GOOD})


def test_a_log_can_be_replayed() -> None:
    commits = line(40)
    done = bisect(
        History.of_line(commits), lambda p: Mark.BAD if p.commit >= commits[7] else Mark.GOOD, ends(commits)
    )
    text = "\n".join(log(done, lambda commit: "what it said"))
    assert replayed(text) == done.marks
    assert f"# first bad commit: [{commits[7]}] what it said" in text
    assert next_step(History.of_line(commits), replayed(text)) == done.answer
