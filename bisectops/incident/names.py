"""A cluster's failures under one name: findings call a cluster by name only where there are several.

When a second cluster comes to a repository, or the last other one goes, every failure that stays gets
another id. In a story that is no change: what was there before is told under the later name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bisectops.rules.finding import Finding
from bisectops.search.walk import Step


def under_last_names(steps: Sequence[Step[Finding]]) -> tuple[Step[Finding], ...]:
    """The steps with the names that clusters have after the last one."""
    told: list[Step[Finding]] = []
    names: dict[str, str] = {}
    for step in reversed(steps):
        changed = {old.cluster: new.cluster for old, new in step.renamed if old.cluster != new.cluster}
        before = {old: names.get(new, new) for old, new in changed.items()}
        told.append(_called(step, {**names, **before}) if names or before else step)
        names = {name: last for name, last in names.items() if name not in changed.values()} | before
    return tuple(step for step in reversed(told) if step.tells)


def former_names(steps: Sequence[Step[Finding]]) -> Mapping[str, tuple[Finding, ...]]:
    """By id after the last step, what renamed failures were called before, the oldest name first."""
    former: dict[str, tuple[Finding, ...]] = {}
    for step in steps:
        before = {new.id: (*former.get(old.id, ()), old) for old, new in step.renamed}
        for old, _ in step.renamed:
            former.pop(old.id, None)
        former |= before
    return former


def are_one(finding: Finding, other: Finding) -> bool:
    """May two findings be one, where a cluster has a name in one of them only?"""
    unnamed = not finding.cluster or not other.cluster
    return finding.id == other.id or (unnamed and _bare(finding) == _bare(other))


def _bare(finding: Finding) -> str:
    return replace(finding, cluster="").id if finding.cluster else finding.id


def _called(step: Step[Finding], names: Mapping[str, str]) -> Step[Finding]:
    def under(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(each, cluster=names.get(each.cluster, each.cluster)) for each in findings)

    pairs = ((under(old), under(new)) for old, new in ((pair[:1], pair[1:]) for pair in step.renamed))
    return replace(
        step,
        introduced=under(step.introduced),
        resolved=under(step.resolved),
        hidden=under(step.hidden),
        seen=under(step.seen),
        made={
            new.id: step.made[old.id]
            for old, new in zip(step.seen, under(step.seen), strict=True)
            if old.id in step.made
        },
        late=under(step.late),
        renamed=tuple((old[0], new[0]) for old, new in pairs if old[0].id != new[0].id),
    )
