"""A merge that broke something: which commit of what it brought made the fault, or that none did.

The line is what Flux reconciled, so a merge is found there. The fault is made by a commit that has it
and none of whose parents has. Where no parent of the merge has it, the merge itself made it, of two
sides that were sound: a semantic conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner

_MOST_COMMITS = 2_000
_PATHS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Side:
    """What one parent of a merge had changed since the sides parted."""

    parent: Commit
    paths: tuple[RepoPath, ...]


@dataclass(frozen=True, slots=True)
class Shipment:
    """How a merge came to break something."""

    merge: Commit
    makers: tuple[Commit, ...] = ()
    """The commits that made the fault before the merge shipped it, oldest first."""
    sides: tuple[Side, ...] = ()
    """Of a semantic conflict: what each side did, the line's own first."""
    unseen: int = 0
    """Commits of a side that was too long to look through."""
    stalled: tuple[Commit, ...] = ()
    """The sides on which builds failed, so that nobody could see the fault there."""

    @property
    def conflict(self) -> bool:
        """Were both sides sound?"""
        return bool(self.sides)


def shipment(
    repository: Repository, clusters: tuple[str, ...], commit: Oid, failures: Set[str]
) -> Shipment | None:
    """How a merge came to have failures, by id; None for a commit that is no merge."""
    parents = repository.parents(commit)
    if len(parents) < 2:
        return None
    merge = repository.commit(commit)
    brought = [oid for parent in parents[1:] for oid in repository.brought(parent, parents[0])]
    if len(brought) > _MOST_COMMITS:
        return Shipment(merge, unseen=len(brought))
    makers = _makers(repository, clusters, (*dict.fromkeys(brought),), failures)
    if makers:
        return Shipment(merge, makers)
    if stalled := tuple(_stalled(repository, clusters, parents[1:])):
        return Shipment(merge, stalled=stalled)
    return Shipment(merge, sides=_sides(repository, parents))


def _makers(
    repository: Repository, clusters: tuple[str, ...], commits: Iterable[Oid], failures: Set[str]
) -> tuple[Commit, ...]:
    examiner = Examiner(repository, clusters)
    held: dict[Oid, frozenset[str] | None] = {}

    def failing(commit: Oid) -> frozenset[str] | None:
        if commit not in held:
            untestable = examiner.move(commit).untestable
            held[commit] = None if untestable else frozenset(failures & examiner.findings.keys())
        return held[commit]

    makers = []
    for commit in commits:
        before = [failing(parent) or frozenset() for parent in repository.parents(commit)]
        here = failing(commit)
        if here is not None and here - frozenset().union(*before):
            makers.append(repository.commit(commit))
    return tuple(makers)


def _stalled(repository: Repository, clusters: tuple[str, ...], sides: Iterable[Oid]) -> Iterator[Commit]:
    """The sides on which a build fails, or that cannot be judged."""
    examiner = Examiner(repository, clusters)
    for side in sides:
        untestable = examiner.move(side).untestable
        if untestable or any(finding.rule == "build-failed" for finding in examiner.findings.values()):
            yield repository.commit(side)


def _sides(repository: Repository, parents: tuple[Oid, ...]) -> tuple[Side, ...]:
    found = []
    for parent in parents:
        others = [other for other in parents if other != parent]
        base = repository.merge_base(parent, others[0])
        paths = tuple(change.path for change in repository.changes(base, parent))
        found.append(Side(repository.commit(parent), paths))
    return tuple(found)


def shipment_told(shipment: Shipment) -> str:
    """The shipment in a sentence."""
    merge = f"`{shipment.merge.short}` is a merge"
    if shipment.unseen:
        return f"{merge} of {shipment.unseen:,} commits, too many to look for the one that made the fault"
    if shipment.stalled:
        sides = " and ".join(f"`{side.short}`" for side in shipment.stalled)
        return f"{merge}; at {sides} builds failed, so nobody could see who made the fault before it"
    if shipment.conflict:
        sides = " and ".join(f"`{side.parent.short}` ({_listed(side.paths)})" for side in shipment.sides)
        return f"{merge} whose sides were both sound: a semantic conflict of what {sides} had changed"
    makers = ", ".join(f"`{commit.short}` ({commit.subject})" for commit in shipment.makers)
    return f"{merge}: it shipped the fault that {makers} made"


def _listed(paths: tuple[RepoPath, ...]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_PATHS_TOLD])
    more = f" and {len(paths) - _PATHS_TOLD} more" if len(paths) > _PATHS_TOLD else ""
    return f"{shown}{more}" if paths else "nothing"
