"""The findings of a commit, kept up to date while a search moves from commit to commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import ObjectId
from bisectops.flux.left_out import LeftOut, left_out
from bisectops.flux.out_of_band import HandFinder
from bisectops.flux.reconcile import BuildMemo, build_memo
from bisectops.flux.roots import Root, RootFinder
from bisectops.git.objects import Change, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.rules import builds, cycles, decryption, namespaces, references, values
from bisectops.rules.bootstrapped import handed_over
from bisectops.rules.doubt import weighed
from bisectops.rules.finding import Finding
from bisectops.rules.quiet import Quiet
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import boolean

Rule = Callable[[Scene, Applied], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    references.check,
    references.check_charts,
    references.check_sources,
    values.check,
    cycles.check,
    decryption.check,
    builds.check,
    builds.check_remote_bases,
    builds.check_patches,
    namespaces.check,
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What moving to another commit did to a cluster's findings and objects."""

    introduced: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    before: tuple[Applied, ...] = ()
    """The objects that changed or vanished, as they were."""
    after: tuple[Applied, ...] = ()
    """The objects that changed or appeared, as they are."""
    revised: tuple[Finding, ...] = ()
    """The findings that were there and are now told otherwise: another certainty, another reason."""

    def __add__(self, other: Movement) -> Movement:
        return Movement(
            self.introduced + other.introduced,
            self.resolved + other.resolved,
            self.before + other.before,
            self.after + other.after,
            self.revised + other.revised,
        )


class Advance(NamedTuple):
    """What moving a cluster to another commit did, before anything was judged."""

    objects: set[ObjectId]
    before: tuple[Applied, ...]
    dirty: set[ObjectId]
    unsettled: bool


class ClusterJudge:
    """The findings of one cluster, commit after commit."""

    def __init__(self, builds: BuildMemo, hands: HandFinder | None = None) -> None:
        self.scene = Scene(Cluster(builds), hands)
        self.findings: dict[str, Finding] = {}
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
        return Advance(delta.objects, before, dirty, unsettled)

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
        return Movement(introduced, resolved, advance.before, self._applied(advance.objects), revised)

    def call(self, label: str) -> Movement:
        """Give the cluster another name in findings: where a second one came, or the last other one went."""
        if label == self.scene.label:
            return Movement()
        self.scene.label = label
        introduced, resolved, _ = self._judge_all(set(self._by_subject))
        return Movement(introduced, resolved)

    def _applied(self, objects: Iterable[ObjectId]) -> tuple[Applied, ...]:
        found = (self.scene.graph.applied(object_id) for object_id in sorted(objects))
        return tuple(applied for applied in found if applied is not None)

    def _judge_all(self, dirty: set[ObjectId]) -> tuple[tuple[Finding, ...], ...]:
        """Judge objects again: the findings that came, those that went, those that are told otherwise."""
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
        told = {f.id: f for rule in RULES for f in rule(self.scene, applied)}
        found = tuple(weighed(self.scene, applied, each) for each in told.values())
        if found:
            self._by_subject[subject] = found
        return found


class RepositoryJudge:
    """The findings of all clusters of a repository, commit after commit."""

    def __init__(self, clusters: tuple[str, ...] = ()) -> None:
        """`clusters` names the root folders by hand; discovered at each commit when there are none."""
        self.roots: tuple[Root, ...] = ()
        self.clusters: dict[str, ClusterJudge] = {}
        self._finder = RootFinder(clusters)
        self._builds = build_memo()
        self._hands = HandFinder()
        self._quiet = Quiet()
        self._at: Snapshot | None = None
        self._put_off: set[RepoPath] = set()

    def left_out(self, snapshot: Snapshot) -> tuple[LeftOut, ...]:
        """The Kustomizations of the commit that was moved to which are part of no cluster."""
        clusters = [judge.scene.cluster for judge in self.clusters.values()]
        return left_out(snapshot, self._finder.clues(snapshot), clusters)

    @property
    def findings(self) -> dict[str, Finding]:
        """What fails at the commit that was moved to, by id."""
        return {key: found for judge in self.clusters.values() for key, found in judge.findings.items()}

    def move(
        self, snapshot: Snapshot, changes: Sequence[Change] | None, *, findings_only: bool = False
    ) -> Movement:
        """Judge another commit; raises NoClusterRoot where nothing starts a reconciliation.

        `findings_only` puts off changes on which no finding can depend: the objects of the movement,
        and of the clusters, may then be some versions of an image behind. The next full move makes up
        for it; `changes` may be empty then.
        """
        before, self._at = self._at, None
        if before is not None and changes is not None:
            told = self._loud(changes, before, snapshot) if findings_only else self._all(changes, snapshot)
            if findings_only and not told:
                self._at = snapshot
                return Movement()
            changes = told
        movement = self._moved(before, snapshot, changes)
        self._at = snapshot
        return movement

    def _loud(self, changes: Sequence[Change], before: Snapshot, after: Snapshot) -> list[Change]:
        """The changes that are not put off."""
        loud = [change for change in changes if not self._is_quiet(change, before, after)]
        self._put_off |= {change.path for change in changes}
        self._put_off -= {change.path for change in loud}
        return loud

    def _all(self, changes: Sequence[Change], snapshot: Snapshot) -> list[Change]:
        """The changes, and those that were put off: told as edits, as they are where anybody reads them."""
        late = sorted(self._put_off - {change.path for change in changes})
        self._put_off.clear()
        entries = [(path, entry) for path in late if (entry := snapshot.entry(path)) is not None]
        return [*changes, *(Change(path, entry, entry) for path, entry in entries)]

    def _is_quiet(self, change: Change, before: Snapshot, after: Snapshot) -> bool:
        if self._finder.matters(change, before, after) or self._hands.matters(change, before, after):
            return False
        clusters = [judge.scene.cluster for judge in self.clusters.values()]
        return self._quiet.is_quiet(change, before, after, clusters)

    def _moved(
        self, before: Snapshot | None, snapshot: Snapshot, changes: Sequence[Change] | None
    ) -> Movement:
        roots = self._finder.find(snapshot, changes)
        moved = before is None or changes is None or self._hands.moved(changes, before, snapshot)
        movement = Movement()
        advances: dict[str, Advance] = {}
        for gone in self.clusters.keys() - {root.name for root in roots}:
            movement += Movement(resolved=tuple(self.clusters.pop(gone).findings.values()))
        for root in roots:
            fresh = root.name not in self.clusters
            judge = self.clusters.setdefault(root.name, ClusterJudge(self._builds, self._hands))
            movement += judge.call(root.name if len(roots) > 1 else "")
            advances[root.name] = judge.advance(
                snapshot, root, None if fresh else changes, hands_moved=moved or fresh
            )
        handed = handed_over(judge.scene for judge in self.clusters.values())
        for name, advance in advances.items():
            near = self._neighbours(name)
            stirred = any(advances[other].objects or advances[other].dirty for other in near)
            scenes = tuple(self.clusters[other].scene for other in near)
            movement += self.clusters[name].judge(advance, scenes, unsettled=stirred, handed_over=handed)
        self.roots = roots
        return movement

    def _neighbours(self, name: str) -> list[str]:
        """The roots that may belong to the same cluster as one of them."""
        own = self.clusters[name].scene
        return [
            other
            for other, judge in self.clusters.items()
            if other != name and own.may_be_one_with(judge.scene)
        ]
