"""The findings of one cluster, kept up to date while a search moves from commit to commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import ObjectId
from bisectops.flux.out_of_band import HandFinder
from bisectops.flux.reconcile import BuildMemo
from bisectops.flux.roots import Root
from bisectops.git.objects import Change
from bisectops.git.snapshot import Snapshot
from bisectops.rules import builds, cycles, decryption, namespaces, references, refusals, values
from bisectops.rules.doubt import weighed
from bisectops.rules.finding import Finding
from bisectops.rules.movement import Movement
from bisectops.rules.scene import Scene
from bisectops.rules.sight import Sight
from bisectops.yaml.fields import boolean

Rule = Callable[[Scene, Applied], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    references.check,
    refusals.check_charts,
    refusals.check_sources,
    values.check,
    cycles.check,
    decryption.check,
    builds.check,
    builds.check_remote_bases,
    builds.check_patches,
    namespaces.check,
)


class Advance(NamedTuple):
    """What moving a cluster to another commit did, before anything was judged."""

    objects: set[ObjectId]
    turned: set[ObjectId]
    """The ks that were reconciled anew, or forgotten."""
    before: tuple[Applied, ...]
    dirty: set[ObjectId]
    unsettled: bool


class ClusterJudge:
    """The findings of one cluster, commit after commit."""

    def __init__(self, builds: BuildMemo, hands: HandFinder | None = None, label: str = "") -> None:
        self.scene = Scene(Cluster(builds), hands)
        self.scene.label = self._called = label
        self.findings: dict[str, Finding] = {}
        self.sight = Sight(self.scene)
        self._by_subject: dict[ObjectId, tuple[Finding, ...]] = {}
        self._unresolved: set[ObjectId] = set()

    def advance(
        self, snapshot: Snapshot, root: Root, changes: Sequence[Change] | None, *, hands_moved: bool = True
    ) -> Advance:
        """Move to another commit without judging it yet; `changes` as for `Cluster.advance`.

        `hands_moved`: may what is applied by hand have changed?
        """
        delta = self.scene.cluster.advance(snapshot, root, changes)
        before = self._applied(delta.objects)
        dirty, unsettled = self.scene.follow(delta, snapshot, hands_moved=hands_moved)
        return Advance(delta.objects, delta.kustomizations, before, dirty, unsettled)

    def judge(
        self,
        advance: Advance,
        neighbours: tuple[Scene, ...],
        *,
        unsettled: bool,
        handed_over: frozenset[ObjectId] = frozenset(),
    ) -> Movement:
        """Judge what an advance changed: with what was unresolved if `unsettled` or near it moved."""
        unsettled |= advance.unsettled or neighbours != self.scene.neighbours
        unsettled |= handed_over != self.scene.handed_over
        self.scene.neighbours = neighbours
        self.scene.handed_over = handed_over
        dirty = advance.dirty | self._unresolved if unsettled else advance.dirty
        introduced, resolved, revised = self._judge_all(dirty)
        shift = self.sight.shift(advance.turned, advance.objects, advance.before, resolved)
        now, before = self.scene.label, self._called
        if now != before:
            resolved = tuple(replace(finding, cluster=before) for finding in resolved)
        self._called = now
        return Movement(
            introduced,
            resolved,
            advance.before,
            self._applied(advance.objects),
            revised,
            () if shift.empty else (shift,),
            {before: now} if now != before else {},
        )

    def is_at(self, root: Root) -> bool:
        """Does the cluster start in a root's folder?"""
        own = self.scene.cluster.root
        return own is not None and (own.base, own.path) == (root.base, root.path)

    def call(self, label: str) -> None:
        """Give the cluster another name in findings: where a second one came, or the last other one went."""
        if label == self.scene.label:
            return
        self.scene.label = label
        for subject, found in self._by_subject.items():
            self._by_subject[subject] = tuple(replace(finding, cluster=label) for finding in found)
        self.findings = {each.id: each for found in self._by_subject.values() for each in found}

    def _applied(self, objects: Iterable[ObjectId]) -> tuple[Applied, ...]:
        found = (self.scene.graph.applied(object_id) for object_id in sorted(objects))
        return tuple(applied for applied in found if applied is not None)

    def _judge_all(self, dirty: set[ObjectId]) -> tuple[tuple[Finding, ...], ...]:
        """Judge objects again: the findings that came, those that went, those that are told otherwise."""
        self.sight.forget(dirty)
        before = {finding.id: finding for subject in dirty for finding in self._by_subject.pop(subject, ())}
        after = {finding.id: finding for subject in dirty for finding in self._judge(subject)}
        for gone in before:
            del self.findings[gone]
        self.findings.update(after)
        return (
            tuple(after[key] for key in sorted(after.keys() - before.keys())),
            tuple(before[key] for key in sorted(before.keys() - after.keys())),
            tuple(after[key] for key in sorted(after.keys() & before.keys()) if after[key] != before[key]),
        )

    def _judge(self, subject: ObjectId) -> tuple[Finding, ...]:
        applied = self.scene.graph.applied(subject)
        self._unresolved.discard(subject)
        if applied is None:
            return ()
        wanted = self.scene.graph.references(subject)
        if any(self.scene.graph.applied(reference.target) is None for reference in wanted):
            self._unresolved.add(subject)
        if wanted and (boolean(applied.content, "spec", "suspend") or not subject.namespace):
            return ()  # what is suspended, or never came to be, is not reconciled and reports nothing
        if subject in self._unresolved:
            self.sight.look(subject, wanted)
        told = {f.id: f for rule in RULES for f in rule(self.scene, applied)}
        found = tuple(weighed(self.scene, applied, each) for each in told.values())
        if found:
            self._by_subject[subject] = found
        return found
