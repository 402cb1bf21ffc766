"""The findings of a commit, in all of its clusters, kept up to date while a search moves on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from bisectops.flux.left_out import Held, LeftOut, left_out
from bisectops.flux.out_of_band import HandFinder
from bisectops.flux.reconcile import build_memo
from bisectops.flux.roots import Root, RootFinder
from bisectops.git.objects import Change, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.rules.bootstrapped import Settings, handed_over, settings
from bisectops.rules.cluster_judge import Advance, ClusterJudge
from bisectops.rules.finding import Finding
from bisectops.rules.movement import Movement
from bisectops.rules.quiet import Quiet


class Partner(Protocol):
    """Another judge, of other clusters of the same commit."""

    def share(self, roots: Sequence[Root]) -> Sequence[Root]:
        """Those of the commit's roots that are left to this one."""
        ...

    def exchange(self, told: Sequence[Settings]) -> Sequence[Settings]:
        """What the other's clusters substitute from, for what those of this one do."""
        ...


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
        self._put_off = _PutOff()
        self._partner: Partner | None = None

    def beside(self) -> RepositoryJudge:
        """Another one, that was not moved yet; they remember together what was read and built."""
        other = RepositoryJudge()
        other._finder = self._finder.beside()
        other._builds = self._builds
        return other

    def left_out(self, snapshot: Snapshot, held: Iterable[Held]) -> tuple[LeftOut, ...]:
        """The Kustomizations of the commit that was moved to which are part of none of its clusters."""
        return left_out(snapshot, self._finder.clues(snapshot), held)

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
        before, self._at = self._at, None  # None is left where this breaks off
        movement = Movement()
        if before is None or changes is None:
            movement = self._moved(before, snapshot, changes)
        elif not findings_only:
            movement = self._moved(before, snapshot, self._put_off.made_up_for(changes, snapshot))
        elif loud := self._put_off.but_for(changes, lambda each: self._is_quiet(each, before, snapshot)):
            movement = self._moved(before, snapshot, loud)
        self._at = snapshot
        return movement

    def move_with(self, partner: Partner, snapshot: Snapshot) -> None:
        """Judge some clusters of a commit, while a partner judges the others; raises as `move` does.

        No root of the one may be of the same cluster as one of the other: see `Scene.may_be_one_with`.
        """
        self._partner = partner
        self.move(snapshot, None)

    def forget(self) -> None:
        """Hold no cluster, and go without a partner, as before the first move."""
        self.roots, self.clusters, self._at, self._partner = (), {}, None, None

    def find(self, snapshot: Snapshot) -> tuple[Root, ...]:
        """Where the clusters of a commit start; raises NoClusterRoot where nothing does."""
        return self._finder.find(snapshot)

    def _is_quiet(self, change: Change, before: Snapshot, after: Snapshot) -> bool:
        if self._finder.matters(change, before, after) or self._hands.matters(change, before, after):
            return False
        clusters = [judge.scene.cluster for judge in self.clusters.values()]
        return self._quiet.is_quiet(change, before, after, clusters)

    def _moved(
        self, before: Snapshot | None, snapshot: Snapshot, changes: Sequence[Change] | None
    ) -> Movement:
        roots = self._finder.find(snapshot, changes, before)
        several = len(roots) > 1
        if self._partner is not None:
            roots = tuple(self._partner.share(roots))
        moved = before is None or changes is None or self._hands.moved(changes, before, snapshot)
        movement = self._succeed(roots)
        advances: dict[str, Advance] = {}
        for root in roots:
            label = root.name if several else ""
            fresh = root.name not in self.clusters
            judge = self.clusters.setdefault(root.name, ClusterJudge(self._builds, self._hands, label))
            judge.call(label)
            advances[root.name] = judge.advance(
                snapshot, root, None if fresh else changes, hands_moved=moved or fresh
            )
        substituting = [settings(judge.scene) for judge in self.clusters.values()]
        if self._partner is not None:
            substituting += self._partner.exchange(substituting)
        handed = handed_over(substituting)
        for name, advance in advances.items():
            near = self._neighbours(name)
            stirred = any(advances[other].objects or advances[other].dirty for other in near)
            scenes = tuple(self.clusters[other].scene for other in near)
            movement += self.clusters[name].judge(advance, scenes, unsettled=stirred, handed_over=handed)
        self.roots = roots
        return movement

    def _succeed(self, roots: Sequence[Root]) -> Movement:
        """Let clusters go on that are only called otherwise, or lie elsewhere, and forget the others."""
        if roots == self.roots:
            return Movement()
        heirs = _heirs(roots, self.clusters)
        gone = [self.clusters[name] for name in sorted(self.clusters.keys() - set(heirs.values()))]
        self.clusters = {root.name: self.clusters[heirs[root.name]] for root in roots if root.name in heirs}
        return Movement(
            resolved=tuple(finding for judge in gone for finding in judge.findings.values()),
            gone=tuple(judge.scene.label for judge in gone),
        )

    def _neighbours(self, name: str) -> list[str]:
        """The roots that may belong to the same cluster as one of them."""
        own = self.clusters[name].scene
        return [
            other
            for other, judge in self.clusters.items()
            if other != name and own.may_be_one_with(judge.scene)
        ]


class _PutOff:
    """The files whose last changes nobody has looked at yet."""

    def __init__(self) -> None:
        self._paths: set[RepoPath] = set()

    def but_for(self, changes: Sequence[Change], is_quiet: Callable[[Change], bool]) -> list[Change]:
        """Put off what is quiet; the rest."""
        loud = [change for change in changes if not is_quiet(change)]
        self._paths |= {change.path for change in changes}
        self._paths -= {change.path for change in loud}
        return loud

    def made_up_for(self, changes: Sequence[Change], snapshot: Snapshot) -> list[Change]:
        """The changes, and what was put off: as edits, since it is where anybody reads it."""
        late = sorted(self._paths - {change.path for change in changes})
        self._paths.clear()
        entries = [(path, entry) for path in late if (entry := snapshot.entry(path)) is not None]
        return [*changes, *(Change(path, entry, entry) for path, entry in entries)]


def _heirs(roots: Sequence[Root], clusters: Mapping[str, ClusterJudge]) -> dict[str, str]:
    """By a root's name, the cluster that goes on there: of the same folder, else of the same name.

    Where one is left over on each side, the cluster has moved.
    """
    left = dict(clusters)
    heirs: dict[str, str] = {}
    for root in roots:
        same = (name for name, judge in left.items() if judge.is_at(root))
        if (name := next(same, None)) is not None:
            heirs[root.name] = name
            del left[name]
    for root in roots:
        if root.name not in heirs and root.name in left:
            heirs[root.name] = root.name
            del left[root.name]
    new = [root.name for root in roots if root.name not in heirs]
    if len(new) == len(left) == 1:
        heirs[new[0]] = next(iter(left))
    return heirs
