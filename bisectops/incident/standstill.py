"""A failure that only became unknown is not repaired: the story goes on where it is seen again.

While a Kustomization cannot be built, nothing is known of what it would apply, so its objects have no
findings, and neither has a reference to what it may apply. In a story they are as they were: what was
applied before stays applied. What is out of sight at the end is told apart: it failed when it was last
judged, and nobody knows since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from bisectops.flux.applied import NamedKind
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.rules.finding import Finding
from bisectops.rules.judge import Movement, RepositoryJudge
from bisectops.search.walk import Step

Ks = tuple[str, ObjectId]
"""A Kustomization with its cluster, by the cluster's name in findings."""
Blinded = Mapping[Oid, Mapping[str, ObjectId]]
"""By commit and by id of what it resolved: the ks that stands still and may apply what was missed."""

_OF_ITS_BUILD = frozenset(
    ("encrypted-without-decryption", "namespace-unspecified", "substitute-source-missing")
)
"""What a ks fails with because of what it builds: no word of it while it builds nothing."""


class Curtain(NamedTuple):
    """A Kustomization that cannot be built, and what it would apply is out of sight."""

    ks: ObjectId
    since: Oid
    """The commit from which on something is out of sight."""
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A failure that was there when it was last judged, and is out of sight."""

    finding: Finding
    curtain: Curtain


@dataclass(frozen=True, slots=True)
class Told:
    """A walk in which nothing that went out of sight is repaired."""

    steps: tuple[Step[Finding], ...]
    unseen: Mapping[str, Unseen] = field(default_factory=dict)
    """The failures that are out of sight after the last step, by id."""
    unknown: Mapping[str, Curtain] = field(default_factory=dict)
    """Of the objects watched, by KIND/NAMESPACE/NAME, those that are out of sight after it."""


def without_standstills(
    steps: Sequence[Step[Finding]],
    movements: Mapping[Oid, Movement],
    blinded: Blinded,
    watched: Set[str] = frozenset(),
) -> Told:
    """The steps with findings neither resolved by a build that fails nor introduced by its repair.

    `watched` are the objects, by KIND/NAMESPACE/NAME, of which it is asked whether they are in sight.
    """
    sight = _Sight(movements, blinded, watched)
    told = [sight.over(step) for step in steps]
    kept = tuple(step for step in told if step.introduced or step.resolved or step.untestable)
    return Told(kept, sight.unseen, sight.unknown)


def blinded_by(judge: RepositoryJudge, resolved: Iterable[Finding]) -> dict[str, ObjectId]:
    """Of findings that a commit resolved, those whose target is only unknown now, and who may apply it."""
    found = {}
    for finding in resolved:
        ks = next(_who_may_apply(judge, finding), None)
        if ks is not None:
            found[finding.id] = ks
    return found


def _who_may_apply(judge: RepositoryJudge, finding: Finding) -> Iterator[ObjectId]:
    """The Kustomizations that stand still, where a finding's object refers to its target all the same."""
    wanted = finding.reference
    for scene in (each.scene for each in judge.clusters.values() if each.scene.label == finding.cluster):
        references = scene.graph.references(finding.subject)
        if not any(
            each.target[:3] == (wanted.kind, wanted.namespace, wanted.name)
            and scene.graph.applied(each.target) is None
            for each in references
        ):
            continue
        for ks, answer in scene.cluster.kustomizations.items():
            if NamedKind(wanted.kind, wanted.name) in answer.would_make:
                yield ks


class _Sight:
    """What is out of sight, step after step."""

    def __init__(self, movements: Mapping[Oid, Movement], blinded: Blinded, watched: Set[str]) -> None:
        self.unseen: dict[str, Unseen] = {}
        self.unknown: dict[str, Curtain] = {}
        self._movements = movements
        self._blinded = blinded
        self._watched = watched

    def over(self, step: Step[Finding]) -> Step[Finding]:
        """The next step, as the story tells it."""
        movement = self._movements.get(step.commit, Movement())
        owners = {applied.id: applied.applied_by for applied in movement.before}
        stalled = set(_not_built(step.introduced))
        hidden = {
            finding.id: Unseen(finding, Curtain(ks, step.commit, finding.cluster))
            for finding in step.resolved
            if (ks := self._hides(finding, step.commit, owners, stalled)) is not None
        }
        gone = tuple(finding for finding in step.resolved if finding.id not in hidden)
        seen = {finding.id for finding in step.introduced}
        moving = self._moving(set(_not_built(gone)) - stalled, stalled, seen)
        repaired = tuple(
            each.finding
            for key, each in self.unseen.items()
            if key not in seen and (each.curtain.cluster, each.curtain.ks) in moving
        )
        known = self.unseen.keys() & seen
        lifted = known | {finding.id for finding in repaired}
        self.unseen = {key: each for key, each in self.unseen.items() if key not in lifted} | hidden
        self._watch(movement, moving, {ks: Curtain(ks, step.commit, name) for name, ks in stalled}, owners)
        introduced = tuple(finding for finding in step.introduced if finding.id not in known)
        return Step(step.commit, introduced, (*repaired, *gone), step.untestable)

    def _hides(
        self, finding: Finding, commit: Oid, owners: Mapping[ObjectId, ObjectId], stalled: Set[Ks]
    ) -> ObjectId | None:
        """The Kustomization behind which a finding is that is no longer told; None where it is repaired."""
        still = {ks for cluster, ks in stalled if cluster == finding.cluster}
        if finding.subject in still and finding.rule in _OF_ITS_BUILD:
            return finding.subject
        return _stalled_owner(finding.subject, owners, still) or self._blinded.get(commit, {}).get(finding.id)

    def _moving(self, moving: set[Ks], stalled: Set[Ks], seen: Set[str]) -> set[Ks]:
        """The Kustomizations that are built again, with those that were behind them and fail no more."""
        found: set[Ks] = set()
        while moving:
            found |= moving
            behind = [
                each.finding
                for key, each in self.unseen.items()
                if key not in seen and (each.curtain.cluster, each.curtain.ks) in moving
            ]
            moving = set(_not_built(behind)) - found - stalled
        return found

    def _watch(
        self,
        movement: Movement,
        moving: Set[Ks],
        curtains: Mapping[ObjectId, Curtain],
        owners: Mapping[ObjectId, ObjectId],
    ) -> None:
        after = {str(applied.id) for applied in movement.after}
        self.unknown = {
            name: curtain
            for name, curtain in self.unknown.items()
            if name not in after and (curtain.cluster, curtain.ks) not in moving
        }
        for applied in movement.before:
            name = str(applied.id)
            if name in self._watched and name not in after:
                ks = _stalled_owner(applied.id, owners, curtains.keys())
                if ks is not None:
                    self.unknown[name] = curtains[ks]


def _not_built(findings: Iterable[Finding]) -> Iterator[Ks]:
    return ((finding.cluster, finding.subject) for finding in findings if finding.rule == "build-failed")


def _stalled_owner(
    subject: ObjectId, owners: Mapping[ObjectId, ObjectId], stalled: Set[ObjectId]
) -> ObjectId | None:
    """The Kustomization that stands still from now on and had applied an object, directly or not."""
    here, passed = subject, {subject}
    while (owner := owners.get(here)) is not None and owner not in passed:
        if owner in stalled:
            return owner
        passed.add(owner)
        here = owner
    return None
