"""What can be seen of a cluster while Kustomizations cannot be built, commit after commit.

What a Kustomization that stands still had applied stays applied, and nobody can tell any more what is
wrong with it: such a failure is neither there nor repaired. A `Shift` says what one move took out of
sight and what it may have brought back, so that whoever counts failures need not look at objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import HELM_GROUP, SOURCE_GROUP, ObjectId, is_ks
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.finding import Finding
from bisectops.rules.scene import Scene

_OF_ITS_BUILD = frozenset(("encrypted-without-decryption", "namespace-unspecified"))
"""What a ks fails with because of the objects that it builds: no word of it while it builds none."""
_FOR_ITS_BUILD = (EdgeKind.SUBSTITUTES_FROM, EdgeKind.DECRYPTS_WITH, EdgeKind.CHECKS_HEALTH)
"""What a ks looks up for the sake of what it builds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What moving to another commit did to what can be seen of a cluster."""

    cluster: str = ""
    """Its name in findings."""
    hidden: Mapping[str, ObjectId] = field(default_factory=dict)
    """By id of a finding that is no longer told, the ks that hides what it is about."""
    stalled: tuple[ObjectId, ...] = ()
    """The ks that cannot be built, and could before or were not to be seen."""
    freed: tuple[ObjectId, ...] = ()
    """The ks that could not be built, and can now or are gone."""
    behind: Mapping[ObjectId, ObjectId] = field(default_factory=dict)
    """The ks that could not be built and are now out of sight themselves, with the ks that hides them."""
    blinded: Mapping[str, ObjectId] = field(default_factory=dict)
    """References, as `doubt` writes them, to what is not there and a ks may make that cannot be built."""
    settled: Mapping[str, ObjectId | None] = field(default_factory=dict)
    """Those that are none any more; with the ks behind which the referring object went, if it did."""
    appeared: tuple[str, ...] = ()
    """The Flux objects that came to be seen while a ks could not be built, KIND/NAMESPACE/NAME."""

    @property
    def empty(self) -> bool:
        """Did nothing go out of sight, and can nothing have come back?"""
        return not (
            self.hidden
            or self.stalled
            or self.freed
            or self.behind
            or self.blinded
            or self.settled
            or self.appeared
        )


def doubt(finding: Finding) -> str:
    """The reference that a finding is about, as a shift names it."""
    return f"{finding.subject}:{finding.reference}"


def is_of_its_build(finding: Finding) -> bool:
    """Does a Kustomization fail so because of the objects that it builds?"""
    return finding.rule in _OF_ITS_BUILD


class Sight:
    """Follows which Kustomizations of a scene stand still, and which references hang on them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._standing: set[ObjectId] = set()
        self._doubts: dict[ObjectId, Mapping[str, ObjectId]] = {}
        self._before: dict[ObjectId, Mapping[str, ObjectId]] = {}
        self._now: dict[ObjectId, Mapping[str, ObjectId]] = {}

    @property
    def clouded(self) -> bool:
        """Does a Kustomization stand still?"""
        return bool(self._standing)

    def forget(self, subjects: Set[ObjectId]) -> None:
        """Objects are about to be judged again."""
        for subject in self._doubts.keys() & subjects:
            self._before[subject] = self._doubts.pop(subject)

    def look(self, subject: ObjectId, references: Iterable[Reference]) -> None:
        """Take over which references of an object lead to what a ks may make that cannot be built."""
        makers = ((each.target, self._scene.hidden_maker(each.target)) for each in references)
        found = {f"{subject}:{target}": ks for target, ks in makers if ks is not None}
        if found:
            self._doubts[subject] = self._now[subject] = found

    def shift(
        self,
        turned: Set[ObjectId],
        changed: Set[ObjectId],
        before: Iterable[Applied],
        went: Iterable[Finding],
    ) -> Shift:
        """What a move did, by the ks that it turned, the objects that it changed, the findings that went.

        `before`: those of the objects that were there, as they were.
        """
        stood, stalled, ended = self._turn(turned)
        if not (stood or stalled or self._before or self._now):
            return Shift()
        owners = {was.id: was.applied_by for was in before}
        graph = self._scene.graph
        vanished = {was: owner for was, owner in owners.items() if graph.applied(was) is None}
        move = _Move(self._scene, vanished, frozenset(stalled))
        came = changed - owners.keys()
        above = {ks: move.curtain(ks) for ks in sorted(ended)}
        blinded, settled = self._doubted(move)
        return Shift(
            cluster=self._scene.label,
            hidden={each.id: ks for each in went if (ks := move.hides(each, came)) is not None},
            stalled=tuple(sorted(stalled)),
            freed=tuple(ks for ks, curtain in above.items() if curtain is None),
            behind={ks: curtain for ks, curtain in above.items() if curtain is not None},
            blinded=blinded,
            settled=settled,
            appeared=tuple(str(each) for each in sorted(came) if stood and move.is_seen(each)),
        )

    def _turn(self, turned: Set[ObjectId]) -> tuple[bool, set[ObjectId], set[ObjectId]]:
        """Whether any ks stood still, which do now and did not, and which do no longer."""
        stood = bool(self._standing)
        failing = set(filter(self.stands_still, turned))
        stalled, ended = failing - self._standing, (self._standing & turned) - failing
        self._standing = (self._standing | stalled) - ended
        return stood, stalled, ended

    def stands_still(self, ks: ObjectId) -> bool:
        """Does a ks fail to be built? One that nothing in git writes, and whose folder is gone, is gone."""
        answer = self._scene.cluster.reconciled(ks)
        if answer is None or answer.failure is None:
            return False
        return not (answer.failure.path_missing and self._scene.is_made_up(ks))

    def _doubted(self, move: _Move) -> tuple[dict[str, ObjectId], dict[str, ObjectId | None]]:
        """The references that came to hang on a ks, and those that do no longer."""
        was, now = self._before, self._now
        self._before, self._now = {}, {}
        blinded = {
            told: now[subject][told]
            for subject in sorted(now)
            for told in sorted(now[subject].keys() - was.get(subject, {}).keys())
        }
        settled = {
            told: move.curtain(subject)
            for subject in sorted(was)
            for told in sorted(was[subject].keys() - now.get(subject, {}).keys())
        }
        return blinded, settled


def stalled_owner(
    here: ObjectId, vanished: Mapping[ObjectId, ObjectId], stalled: Set[ObjectId]
) -> ObjectId | None:
    """The ks that stands still and had applied an object that vanished, directly or not, if one had.

    `vanished`: such objects with who had applied each.
    """
    passed: set[ObjectId] = set()
    while here in vanished and here not in passed:
        passed.add(here)
        here = vanished[here]
        if here in stalled:
            return here
    return None


@dataclass(frozen=True, slots=True)
class _Move:
    """What is known of one move: who had applied what vanished, and which ks stand still from now on."""

    scene: Scene
    vanished: Mapping[ObjectId, ObjectId]
    stalled: frozenset[ObjectId]

    def is_seen(self, here: ObjectId) -> bool:
        """Is it one of Flux's own objects, and there?"""
        ours = is_ks(here) or here.group in (HELM_GROUP, SOURCE_GROUP)
        return ours and self.scene.graph.applied(here) is not None

    def curtain(self, here: ObjectId) -> ObjectId | None:
        """The ks that stands still and had applied an object, directly or not; None for one in sight."""
        return stalled_owner(here, self.vanished, self.stalled)

    def hides(self, finding: Finding, came: Set[ObjectId]) -> ObjectId | None:
        """The ks behind which a finding is that is no longer told; None where nothing hides it."""
        ks = finding.subject
        if ks not in self.stalled:
            return self.curtain(ks)
        if is_of_its_build(finding):
            return ks
        wanted = (finding.reference.kind, finding.reference.namespace, finding.reference.name)
        needed = self.scene.graph.references(ks, *_FOR_ITS_BUILD)
        return ks if any(it.target[:3] == wanted and it.target not in came for it in needed) else None
