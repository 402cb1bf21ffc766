"""Every commit of a range judged, side branches too: who made what fails at its end.

A commit introduces what none of its parents has, and resolves what all of them have; so a merge does
neither where one of its sides did. Each is judged after its first parent, whatever order it comes in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner
from bisectops.history.line import Line
from bisectops.history.tally import Tally
from bisectops.history.unseen import Unseen
from bisectops.rules.finding import Finding
from bisectops.rules.movement import Movement
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step


@dataclass(frozen=True, slots=True)
class Told:
    """What every commit of a range did."""

    steps: tuple[Step[Finding], ...]
    findings: Mapping[str, Finding]
    """What counts as failing at the newest commit, by id."""
    unseen: Mapping[str, Unseen]
    """What is out of sight at the newest commit, and failed when it was last judged on its first parents."""
    began: Mapping[str, Oid]
    """The commit that made each of them, the first where several did; none for what came from before."""


class Forks:
    """Judges the commits of a range one by one, none before its parents."""

    def __init__(self, repository: Repository, clusters: tuple[str, ...], line: Line) -> None:
        self.examiner = Examiner(repository, clusters)
        """Stands at the newest commit in the end."""
        self._repository = repository
        self._line = line
        self._tallies: dict[Oid, Tally] = {}
        self._names: dict[Oid, Mapping[str, str]] = {}
        """By commit, what is only called otherwise since: its id, and its id before."""
        self._stand_ins: dict[Oid, Oid | None] = {}
        """By commit, the last one up to it that can be judged."""
        self._made: dict[tuple[Oid, str], Oid] = {}
        """By commit and failure, of what it only brought to light, the older commit that made it."""
        self._at: Oid | None = None

    def told(self, reporter: Reporter) -> Told:
        """Judge them all."""
        reporter.begin(len(self._line.commits))
        steps = []
        try:
            for commit in self._line.commits:
                step = self._step(commit)
                reporter.advanced(1)
                if step.introduced:
                    reporter.begun(1)
                if step.tells:
                    steps.append(step)
        finally:
            reporter.end()
        last = self._tallies[self._line.bad]
        began = {key: made for key in last.known if (made := self._maker(key)) is not None}
        return Told(tuple(steps), last.findings, last.unseen, began)

    def _step(self, commit: Oid) -> Step[Finding]:
        parents = self._repository.parents(commit)
        before = [self._tally(parent).known for parent in parents]
        tally = self._tallies[parents[0]].copy() if parents else Tally()
        self._stand(self._stand_ins[parents[0]] if parents else None)
        step = tally.count(self.examiner.judged(commit))
        self._tallies[commit] = tally
        if step.untestable:
            self._stand_ins[commit] = self._stand_ins[parents[0]] if parents else None
            return Step(commit, untestable=step.untestable)
        self._at = self._stand_ins[commit] = commit
        self._names[commit] = {new.id: old.id for old, new in step.renamed}
        now, known = tally.findings, tally.known
        had = {self._names[commit].get(key, key) for key in known}
        new = [now[key] for key in sorted(now) if not any(self._has(each, commit, key) for each in before)]
        shown = tuple(each for each in new if each.id in step.made)
        new = [each for each in new if each.id not in step.made]
        made = {each.id: step.made[each.id] for each in shown}
        self._made |= {(commit, key): maker for key, maker in made.items()}
        gone = [
            finding
            for key, finding in sorted(before[0].items() if before else ())
            if key not in had and all(key in each for each in before)
        ]
        return Step(commit, tuple(new), tuple(gone), seen=shown, made=made, renamed=step.renamed)

    def _has(self, known: Mapping[str, Finding], commit: Oid, key: str) -> bool:
        """Does a parent of a commit know a failure, as it is called there or as it was before?"""
        return key in known or self._names[commit].get(key) in known

    def _stand(self, commit: Oid | None) -> None:
        """Move the examiner to a commit that can be judged."""
        if commit is not None and commit != self._at:
            self.examiner.judged(commit)
            self._at = commit

    def _tally(self, commit: Oid) -> Tally:
        """What fails at a commit of the range, or at one that the range begins after."""
        if commit not in self._tallies:
            judged = self.examiner.judged(commit)
            found = {} if judged.untestable else self.examiner.judge.findings
            self._at = self._at if judged.untestable else commit
            self._stand_ins[commit] = None if judged.untestable else commit
            self._tallies[commit] = Tally.of(found.values())
        return self._tallies[commit]

    def _maker(self, key: str) -> Oid | None:
        """Who made a failure, as far back as it is there; None where it comes from before the range."""
        order = {commit: place for place, commit in enumerate(self._line.commits)}
        waiting, passed = [(self._line.bad, key)], {self._line.bad}
        makers: list[tuple[Oid, str]] = []
        while waiting:
            commit, key = waiting.pop()
            if commit not in order:
                return None
            before = self._names.get(commit, {}).get(key, key)
            having = [
                (parent, name)
                for parent in self._repository.parents(commit)
                for name in (key if key in self._tallies[parent].known else before,)
                if name in self._tallies[parent].known
            ]
            if not having:
                makers.append((commit, key))
            waiting += [each for each in having if each[0] not in passed]
            passed.update(parent for parent, _ in having)
        first = min(makers, key=lambda each: order[each[0]])
        maker = self._made.get(first, first[0])
        return maker if maker in order else None


class Movements(Mapping[Oid, Movement]):
    """What commits did to the objects, each told against its first parent when it is asked for."""

    def __init__(self, repository: Repository, clusters: tuple[str, ...], commits: tuple[Oid, ...]) -> None:
        self._repository = repository
        self._commits = commits
        self._examiner = Examiner(repository, clusters)

    def __getitem__(self, commit: Oid) -> Movement:
        if commit not in self._examiner.movements:
            for parent in self._repository.parents(commit)[:1]:
                self._examiner.move(parent)
            self._examiner.movements.pop(commit, None)
            self._examiner.move(commit)
        return self._examiner.movements.get(commit, Movement())

    def __iter__(self) -> Iterator[Oid]:
        return iter(self._commits)

    def __len__(self) -> int:
        return len(self._commits)
