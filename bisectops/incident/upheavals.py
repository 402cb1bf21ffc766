"""Where nothing is provably broken: the commits that changed what many Kustomizations lean on.

An operator who asks has seen something fail. What git cannot prove it does not call broken, but it
can say which commits rewired the cluster: sources, keys, variables and dependencies, by the dozen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bisectops.errors import MissingObject, NoClusterRoot
from bisectops.flux.applied import Applied
from bisectops.flux.kinds import is_ks
from bisectops.git.objects import Commit, Oid
from bisectops.git.repository import Repository
from bisectops.graph.extract import references
from bisectops.incident.changes import listed
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.movement import Movement

_LOOKED_AT = 300
"""Commits looked through, from the newest."""
_MANY = 5
"""Kustomizations that a commit must rewire to be told."""
_TOLD = 3


@dataclass(frozen=True, slots=True)
class _Upheaval:
    commit: Oid
    rewired: int
    now_needed: tuple[str, ...]
    """What they refer to now and did not before, the most frequent first."""


def upheavals(repository: Repository, clusters: tuple[str, ...], line: tuple[Oid, ...]) -> tuple[str, ...]:
    """A sentence for each of the few commits that rewired the most Kustomizations; none may be to blame."""
    judge = RepositoryJudge(clusters)
    found: list[_Upheaval] = []
    before: Oid | None = None
    for commit in line[-_LOOKED_AT:]:
        changes = repository.changes(before, commit) if before else None
        try:
            movement = judge.move(repository.snapshot(commit), changes, findings_only=True)
        except (NoClusterRoot, MissingObject):
            judge, before = RepositoryJudge(clusters), None
            continue
        if before is not None and (upheaval := _upheaval(commit, movement)).rewired >= _MANY:
            found.append(upheaval)
        before = commit
    found.sort(key=lambda upheaval: -upheaval.rewired)
    return tuple(_told(repository.commit(each.commit), each) for each in found[:_TOLD])


def _upheaval(commit: Oid, movement: Movement) -> _Upheaval:
    before = {applied.id: _wants(applied) for applied in movement.before if is_ks(applied.id)}
    after = {applied.id: _wants(applied) for applied in movement.after if is_ks(applied.id)}
    rewired = [ks for ks in before.keys() & after.keys() if before[ks] != after[ks]]
    new = Counter(want for ks in rewired for want in after[ks] - before[ks])
    return _Upheaval(commit, len(rewired), tuple(want for want, _ in new.most_common(3)))


def _wants(applied: Applied) -> frozenset[str]:
    """What an object refers to, by kind and name; an optional reference is another want."""
    return frozenset(
        f"{'optional ' if reference.optional else ''}{reference.target.kind} {reference.target.name}"
        for reference in references(applied)
    )


def _told(commit: Commit, upheaval: _Upheaval) -> str:
    wants = f", now {listed(upheaval.now_needed)}" if upheaval.now_needed else ""
    return (
        f"`{commit.short}` of {commit.date:%Y-%m-%d} ({commit.subject}) changed what "
        f"{upheaval.rewired} Kustomizations refer to{wants}; at the bad end all of it resolves"
    )
