"""Who made what the repair of a build brings to light: the repair itself, or a commit before it.

While a build fails nobody sees what else goes wrong behind it, and the commit that repairs the build
shows all of it at once. So the commits at which the build fails are judged again with the repair, in
memory: the first that then fails alike made the fault. Where the build fails there all the same, the next
commit repaired a part of it, and is laid over older ones too. A repair made the fault itself where it
touches what is missed, where it has built what never was before, or where what came before the build failed
would fail under it as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.repaired import Repaired, Repairs
from bisectops.history.unseen import Ks
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.sight import Shift, doubt, is_of_its_build

_FURTHEST = 500
"""Commits looked back for the one since which a build fails."""
_MOST_REPAIRS = 20
"""Commits that repaired a build part by part."""


@dataclass(frozen=True, slots=True)
class _Stall:
    """The commits, newest first, at which a Kustomization could not be built, up to the repair."""

    commits: tuple[Oid, ...]
    before: Oid | None = None
    """The commit before them; None where the history, or the cluster, begins with them."""
    known: frozenset[str] = frozenset()
    """What failed at that one, by id."""
    born: bool = True
    """Was the Kustomization not there yet?"""
    there: frozenset[ObjectId] = frozenset()
    """What was applied at that one, of what is looked for."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """What is seen at a commit, of what is looked for: by id, what fails and what is out of sight."""

    failing: frozenset[str]
    hidden: frozenset[str]


class Hindsight:
    """Looks back from a commit that repaired builds, with the judge that stands there."""

    def __init__(self, repository: Repository, judge: RepositoryJudge, commit: Oid) -> None:
        self._commit = commit
        self._commits = Repaired(repository, judge, commit)
        self._behind: dict[Finding, Ks] = {}
        """What is looked for, with the ks that hid it."""
        self._seen: dict[tuple[Oid, Repairs], _Sight] = {}
        self._faulty: dict[Finding, Mapping[ObjectId, RepoPath]] = {}
        """The object at fault and those that it comes from, with their files."""

    def makers(
        self, introduced: Iterable[Finding], shifts: Iterable[Shift], *, findings_only: bool
    ) -> dict[str, Oid]:
        """By id, of what a move from the first parent seems to introduce, the older commit that made it.

        What failed already when the build could be judged last is told to be that commit's. The judge
        stands here again afterwards, after a move as `findings_only` says. Raises MissingObject.
        """
        freed = self._freed(introduced, shifts)
        owners = {each: ks for each, ks in freed if self._is_mere_repair(self._commit, each)}
        self._faulty = {each: self._way_to(each) for each in owners}
        parent = self._commits.parent(self._commit)
        if not owners or parent is None:
            return {}
        self._commits.go(parent)
        hiding = ((each, self._hiding(each, owner)) for each, owner in owners.items())
        self._behind = {each: ks for each, ks in hiding if ks is not None}
        stalls = self._stalls(parent, set(self._behind.values()))
        found = (
            (each.id, self._maker(each, stalls[ks])) for each, ks in self._behind.items() if ks in stalls
        )
        made = {key: maker for key, maker in found if maker is not None}
        self._commits.go(self._commit, findings_only=findings_only)
        return made

    def _freed(
        self, introduced: Iterable[Finding], shifts: Iterable[Shift]
    ) -> Iterator[tuple[Finding, ObjectId | None]]:
        """What may have been hidden by a ks that can be built now, with the ks that applies it.

        None where what was hidden is whether the ks makes what is missed.
        """
        for shift in shifts:
            judge = self._cluster(shift.cluster)
            if judge is None or not shift.freed:
                continue
            for finding in introduced:
                if finding.cluster != shift.cluster:
                    continue
                if doubt(finding) in shift.settled:
                    yield finding, None
                elif above := set(_above(judge, finding.subject)).intersection(shift.freed):
                    yield finding, min(above)

    def _hiding(self, finding: Finding, owner: ObjectId | None) -> Ks | None:
        """The ks that hides a failure where the judge stands; None where nothing does."""
        judge = self._cluster(finding.cluster)
        if judge is None:
            return None
        graph = judge.scene.graph
        if owner is None:
            wanted = (each.target for each in graph.references(finding.subject))
            missed = (each for each in wanted if f"{finding.subject}:{each}" == doubt(finding))
            owner = next(filter(None, map(judge.scene.hidden_maker, missed)), None)
        elif owner == finding.subject:
            owner = owner if is_of_its_build(finding) else None
        elif graph.applied(finding.subject) is not None:
            owner = None
        return (finding.cluster, owner) if owner and judge.sight.stands_still(owner) else None

    def _stalls(self, parent: Oid, waiting: set[Ks]) -> dict[Ks, _Stall]:
        """Since when each ks has been failing; none for one that cannot be followed so far."""
        found: dict[Ks, _Stall] = {}
        passed: list[Oid] = []
        here: Oid | None = parent
        while waiting and len(passed) < _FURTHEST:
            if here is None or not self._commits.go(here):
                return found | {ks: _Stall(tuple(passed)) for ks in waiting}
            for ks in sorted(waiting):
                if self._is_out_of_sight(ks):
                    continue
                waiting.remove(ks)
                if judge := self._cluster(ks[0]):
                    known = frozenset(self._commits.judge.findings)
                    born = judge.scene.cluster.reconciled(ks[1]) is None
                    faulty = {each for way in self._faulty.values() for each in way}
                    there = frozenset(each for each in faulty if judge.scene.graph.applied(each))
                    found[ks] = _Stall(tuple(passed), here, known, born, there)
            passed.append(here)
            here = self._commits.parent(here)
        return found

    def _is_out_of_sight(self, ks: Ks) -> bool:
        """Does a ks fail to be built where the judge stands, or one that hides it?"""
        judge = self._cluster(ks[0])
        return judge is not None and (judge.sight.stands_still(ks[1]) or judge.scene.is_unknown(str(ks[1])))

    def _maker(self, finding: Finding, stall: _Stall) -> Oid | None:
        """The commit of a stall that made a failure, or the one before it; None where the repair did."""
        key = finding.id
        repairs: Repairs = (self._commit,)
        if key in stall.known:
            return stall.before
        if stall.born and self._commits.edit(self._commit).places(finding):
            return None  # what it came to miss was never there to be built
        if self._leads_to(self._commit, finding, stall):
            return None
        maker = None
        while len(repairs) <= _MOST_REPAIRS:
            if stall.before is not None and key in self._under(repairs, stall.before).failing:
                return maker
            place = self._first_failing(key, stall, repairs)
            maker = stall.commits[place]
            older = stall.commits[place + 1 : place + 2]
            if not older or key not in self._under(repairs, older[0]).hidden:
                return maker
            if not self._is_mere_repair(maker, finding) or self._leads_to(maker, finding, stall):
                return maker
            repairs = (*repairs, maker)
        return maker

    def _first_failing(self, key: str, stall: _Stall, repairs: Repairs) -> int:
        """The place in a stall of the oldest commit that fails under some repairs, as the newest does."""
        fails, sound = 0, len(stall.commits)
        while sound - fails > 1:
            middle = (fails + sound) // 2
            if key in self._under(repairs, stall.commits[middle]).failing:
                fails = middle
            else:
                sound = middle
        return fails

    def _is_mere_repair(self, commit: Oid, finding: Finding) -> bool:
        """Does a commit leave alone what a failure misses?"""
        edit = self._commits.edit(commit)
        return edit.is_small and not edit.touches(finding)

    def _leads_to(self, commit: Oid, finding: Finding, stall: _Stall) -> bool:
        """Does a commit have built what is at fault, and was not before the stall?"""
        edit = self._commits.edit(commit)
        new = (file for each, file in self._faulty[finding].items() if each not in stall.there)
        return any(map(edit.leads_to, new))

    def _way_to(self, finding: Finding) -> dict[ObjectId, RepoPath]:
        """What a failure is about, who applies it, and so on, with the files where the judge stands."""
        judge = self._cluster(finding.cluster)
        if judge is None:
            return {}
        graph, objects = judge.scene.graph, judge.scene.cluster.objects
        at_fault = finding.subject
        if is_of_its_build(finding):
            named = (finding.reference.kind, finding.reference.namespace, finding.reference.name)
            at_fault = next((each for each in objects if each[:3] == named), at_fault)
        way = ((each, graph.applied(each)) for each in _above(judge, at_fault))
        return {each: applied.origin.path for each, applied in way if applied is not None}

    def _under(self, repairs: Repairs, commit: Oid) -> _Sight:
        """What would be seen at a commit with some repairs."""
        known = self._seen.get((commit, repairs))
        if known is None:
            there = self._commits.go(commit, repairs)
            known = self._seen[commit, repairs] = _Sight(
                frozenset(self._commits.judge.findings if there else ()),
                frozenset(each.id for each, ks in self._behind.items() if not there or self._hides(each, ks)),
            )
        return known

    def _hides(self, finding: Finding, ks: Ks) -> bool:
        """Is what a failure is about out of sight where the judge stands, behind a ks or another one?"""
        judge = self._cluster(ks[0])
        unknown = judge is not None and judge.scene.is_unknown(str(finding.subject))
        return unknown or self._is_out_of_sight(ks)

    def _cluster(self, label: str) -> ClusterJudge | None:
        clusters = self._commits.judge.clusters.values()
        return next((each for each in clusters if each.scene.label == label), None)


def _above(judge: ClusterJudge, here: ObjectId) -> Iterator[ObjectId]:
    """An object, who applies it, and so on."""
    seen: set[ObjectId] = set()
    while here not in seen and (applied := judge.scene.graph.applied(here)) is not None:
        yield here
        seen.add(here)
        here = applied.applied_by
