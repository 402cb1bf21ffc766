"""Judge commits one after another, around those that cannot be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bisectops.errors import MissingObject, NoClusterRoot
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import Movement, RepositoryJudge
from bisectops.search.walk import Step, Untestable


class Examiner:
    """Moves from commit to commit and tells what each one did to the findings.

    A `possible` finding counts once history proves it: git itself made the object, and the commit
    that introduced the finding took it away.
    """

    def __init__(self, repository: Repository, clusters: tuple[str, ...] = ()) -> None:
        self.judge = RepositoryJudge(clusters)
        self.movements: dict[Oid, Movement] = {}
        """What each commit that changed the findings did to the objects."""
        self._repository = repository
        self._clusters = clusters
        self._at: Oid | None = None
        self._counted: dict[str, Finding] = {}
        self._proven: dict[str, Finding] = {}
        self._broken_off = False

    @property
    def findings(self) -> dict[str, Finding]:
        """What counts as failing at the last commit that could be judged, by id."""
        return dict(self._counted)

    def move(self, commit: Oid) -> Step[Finding]:
        """Judge another commit; a commit that cannot be judged changes nothing."""
        try:
            movement = self._judged(commit)
        except (NoClusterRoot, MissingObject) as error:
            self._broken_off = True
            return Step(commit, untestable=Untestable(error.message))
        introduced, resolved = self._count(movement)
        if introduced or resolved:
            self.movements[commit] = movement
        return Step(commit, introduced, resolved)

    def _judged(self, commit: Oid) -> Movement:
        if self._broken_off:
            self._start_over()
        changes = self._repository.changes(self._at, commit) if self._at else None
        movement = self.judge.move(self._repository.snapshot(commit), changes)
        self._at = commit
        return movement

    def _start_over(self) -> None:
        """After a commit that broke off half-way nothing of its state can be trusted."""
        last, self._at = self._at, None
        self.judge = RepositoryJudge(self._clusters)
        self._broken_off = False
        if last is not None:
            self.judge.move(self._repository.snapshot(last), None)
            self._at = last

    def _count(self, movement: Movement) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        for finding in movement.resolved:
            self._proven.pop(finding.id, None)
        self._prove(movement)
        before, self._counted = self._counted, self._counting(self.judge.findings.values())
        introduced = sorted(self._counted.keys() - before.keys())
        resolved = sorted(before.keys() - self._counted.keys())
        return tuple(self._counted[key] for key in introduced), tuple(before[key] for key in resolved)

    def _counting(self, findings: Iterable[Finding]) -> dict[str, Finding]:
        return {
            finding.id: self._proven.get(finding.id, finding)
            for finding in findings
            if finding.certainty is not Certainty.POSSIBLE or finding.id in self._proven
        }

    def _prove(self, movement: Movement) -> None:
        vanished = {applied.id for applied in movement.before} - {applied.id for applied in movement.after}
        for finding in movement.introduced:
            target = ObjectId(finding.reference.kind, finding.reference.namespace, finding.reference.name)
            if finding.certainty is Certainty.POSSIBLE and target in vanished:
                because = (*finding.because, f"git itself made {target} until this commit")
                self._proven[finding.id] = replace(finding, certainty=Certainty.CERTAIN, because=because)
