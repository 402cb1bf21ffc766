"""Failures that went out of sight, as an answer tells them: they were there, and since when it is unknown."""

from __future__ import annotations

from collections import defaultdict

from bisectops.git.repository import Repository
from bisectops.history.unseen import Curtain
from bisectops.incident import wording
from bisectops.incident.incident import OutOfSight
from bisectops.incident.trail import Trail
from bisectops.rules.finding import Finding


def out_of_sight(repository: Repository, trail: Trail) -> tuple[OutOfSight, ...]:
    """The failures asked about that cannot be judged at the bad commit, a group for each reason."""
    told = []
    for curtain, findings in _by_curtain(trail).items():
        for (rule, _), group in wording.grouped(findings).items():
            since = {trail.began.get(finding.id) for finding in group}
            first = next((oid for oid in trail.line.commits if oid in since), None)
            by = repository.commit(first) if first else None
            told.append(OutOfSight(rule, group, by, str(curtain.ks), repository.commit(curtain.since)))
    return tuple(told)


def problem(trail: Trail) -> str:
    """What fails; where it is only known that it did, since when it is not known."""
    if trail.asked or not trail.unseen:
        return wording.broken(trail.about)
    clauses = [
        f"{wording.broken(findings)} (when last judged; unknown since `{curtain.since[:7]}`, "
        f"from which on {curtain.ks} cannot be built)"
        for curtain, findings in _by_curtain(trail).items()
    ]
    return "; ".join(clauses)


def _by_curtain(trail: Trail) -> dict[Curtain, list[Finding]]:
    order = {commit: position for position, commit in enumerate(trail.line.commits)}
    groups: defaultdict[Curtain, list[Finding]] = defaultdict(list)
    for key in sorted(trail.unseen):
        groups[trail.unseen[key].curtain].append(trail.unseen[key].finding)
    return {
        curtain: groups[curtain]
        for curtain in sorted(groups, key=lambda each: (order.get(each.since, -1), each))
    }
