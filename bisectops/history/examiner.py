"""Judge commits one after another, around those that cannot be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bisectops.errors import MissingObject, NoClusterRoot
from bisectops.flux.root import Root
from bisectops.git.objects import Change, Oid
from bisectops.git.repository import Repository
from bisectops.history.hindsight import Hindsight
from bisectops.history.proofs import proofs
from bisectops.history.tally import Judged, Tally
from bisectops.history.unseen import Unseen
from bisectops.rules.cascade import blocks
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.movement import Movement
from bisectops.search.walk import Step


class Examined(NamedTuple):
    """What judging one commit, after the one before it, told, and what it did to the objects."""

    judged: Judged
    movement: Movement


class Examiner:
    """Moves from commit to commit and tells what each one did to the findings."""

    def __init__(
        self, repository: Repository, clusters: tuple[str, ...] = (), *, tells_blocks: bool = False
    ) -> None:
        """`tells_blocks`: say of each new failure what it holds up."""
        self.judge = RepositoryJudge(clusters)
        self.movements: dict[Oid, Movement] = {}
        """What each commit that changed the findings did to the objects."""
        self._repository = repository
        self._clusters = clusters
        self._tells_blocks = tells_blocks
        self._at: Oid | None = None
        self._tally = Tally()
        self._started_from: dict[str, Root | None] = {}
        """What each cluster started from at the commit before, by its label in findings."""
        self._broken_off = False

    def anew(self) -> Examiner:
        """Another one, that stands nowhere yet; they remember together what was read and built."""
        other = Examiner(self._repository, self._clusters, tells_blocks=self._tells_blocks)
        other.judge = self.judge.beside()
        return other

    @property
    def findings(self) -> dict[str, Finding]:
        """What counts as failing at the last commit that could be judged, by id."""
        return self._tally.findings

    @property
    def unseen(self) -> Mapping[str, Unseen]:
        """What was failing when it was last judged, and is out of sight there, by id."""
        return self._tally.unseen

    def move(self, commit: Oid, *, findings_only: bool = False) -> Step[Finding]:
        """Judge another commit; a commit that cannot be judged changes nothing.

        `findings_only` as for `RepositoryJudge.move`; `settle` brings the objects up to date.
        """
        return self.count(self.examined(commit, findings_only=findings_only))

    def count(self, examined: Examined) -> Step[Finding]:
        """What a commit did to the findings that count, after those that were counted before."""
        step = self._tally.count(examined.judged)
        if step.tells:
            self.movements[step.commit] = examined.movement
        return step

    def settle(self) -> None:
        """Look at all that was put off at the commit where the examiner stands."""
        if self._at is not None and not self._broken_off:
            self.judge.move(self._repository.snapshot(self._at), ())

    def judged(self, commit: Oid, changes: Sequence[Change] | None = None) -> Judged:
        """What judging another commit tells, before it is known what counts.

        `changes` are told against its first parent, for one who has them at hand.
        """
        return self.examined(commit, changes, findings_only=True).judged

    def examined(
        self, commit: Oid, changes: Sequence[Change] | None = None, *, findings_only: bool = False
    ) -> Examined:
        """As `judged`, with the objects, of which `findings_only` leaves some behind; nothing is counted."""
        before = self._at
        try:
            movement = self._moved(commit, changes, findings_only)
        except NoClusterRoot as error:
            return Examined(Judged(commit, untestable=error.message, rootless=True), Movement())
        except MissingObject as error:
            self._broken_off = True
            return Examined(Judged(commit, untestable=error.message), Movement())
        judged = self._told(commit, movement)
        if before in self._repository.parents(commit)[:1]:
            judged = self._looked_back(judged, findings_only)
        return Examined(judged, movement)

    def _looked_back(self, judged: Judged, findings_only: bool) -> Judged:
        """What a commit told, with what it only brought to light said to be of the commits that made it."""
        counting = [each for each in judged.introduced if each.counts or each.id in judged.proofs]
        if not counting or not any(shift.freed for shift in judged.shifts):
            return judged
        hindsight = Hindsight(self._repository, self.judge, judged.commit)
        try:
            made = hindsight.makers(counting, judged.shifts, findings_only=findings_only)
        except MissingObject:
            self._start_over()
            return judged
        return replace(judged, made=made)

    def _moved(self, commit: Oid, changes: Sequence[Change] | None, findings_only: bool) -> Movement:
        if self._broken_off:
            self._start_over()
        if self._at is None:
            changes = None
        elif changes is None or self._at not in self._repository.parents(commit)[:1]:
            changes = self._repository.changes(self._at, commit)
        snapshot = self._repository.snapshot(commit)
        scenes = (judge.scene for judge in self.judge.clusters.values())
        self._started_from = {scene.label: scene.cluster.root for scene in scenes}
        movement = self.judge.move(snapshot, changes, findings_only=findings_only)
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

    def _told(self, commit: Oid, movement: Movement) -> Judged:
        scenes = {judge.scene.label: judge.scene for judge in self.judge.clusters.values()}
        proven = proofs(movement, scenes, self._started_from)
        clouded = movement.shifts or any(judge.sight.clouded for judge in self.judge.clusters.values())
        introduced = tuple(
            each
            for each in movement.introduced
            if clouded or each.counts or each.id in proven  # one that was proved may be seen again
        )
        held = {each.id: self._held_up(each) for each in introduced} if self._tells_blocks else {}
        return Judged(
            commit,
            introduced=introduced,
            revised=movement.revised,
            resolved=tuple(finding.id for finding in movement.resolved),
            proofs=proven,
            blocks=held,
            shifts=movement.shifts,
            renamed=movement.renamed,
            gone=movement.gone,
        )

    def _held_up(self, finding: Finding) -> tuple[str, ...]:
        scenes = (judge.scene for judge in self.judge.clusters.values() if finding.id in judge.findings)
        return tuple(str(held) for scene in scenes for held in blocks(scene, finding))
