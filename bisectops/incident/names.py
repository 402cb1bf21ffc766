"""A cluster's failures under one name: findings call a cluster by name only where there are several.

When a second cluster comes to a repository, or the last other one goes, every failure that stays gets
another id. In a story that is no change: what was there before is told under the later name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bisectops.rules.finding import Finding
from bisectops.search.walk import Step


def under_last_names(steps: Iterable[Step[Finding]]) -> tuple[Step[Finding], ...]:
    """The steps without failures that only changed their cluster's name."""
    told: list[Step[Finding]] = []
    for step in steps:
        same = _renamed(step)
        if same:
            names = {old.cluster: new.cluster for old, new in same}
            told = [_called(each, names) for each in told]
            before, after = {old.id for old, _ in same}, {new.id for _, new in same}
            step = replace(
                step,
                introduced=tuple(each for each in step.introduced if each.id not in after),
                resolved=tuple(each for each in step.resolved if each.id not in before),
            )
        if step.introduced or step.resolved or step.untestable:
            told.append(step)
    return tuple(told)


def are_one(finding: Finding, other: Finding) -> bool:
    """May two findings be one, where a cluster has a name in one of them only?"""
    unnamed = not finding.cluster or not other.cluster
    return finding.id == other.id or (unnamed and _bare(finding) == _bare(other))


def _bare(finding: Finding) -> str:
    return replace(finding, cluster="").id if finding.cluster else finding.id


def _renamed(step: Step[Finding]) -> list[tuple[Finding, Finding]]:
    """What was resolved under one name and introduced under another; one of the two is none."""
    gone = {_bare(each): each for each in step.resolved}
    pairs = ((gone.get(_bare(each)), each) for each in step.introduced)
    return [(old, new) for old, new in pairs if old and not (old.cluster and new.cluster)]


def _called(step: Step[Finding], names: Mapping[str, str]) -> Step[Finding]:
    return replace(
        step,
        introduced=tuple(
            replace(each, cluster=names.get(each.cluster, each.cluster)) for each in step.introduced
        ),
        resolved=tuple(
            replace(each, cluster=names.get(each.cluster, each.cluster)) for each in step.resolved
        ),
    )
