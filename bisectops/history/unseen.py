"""Failures that went out of sight: there when they were last judged, and nobody knows since.

A failing build hides what its Kustomization applies, and what hangs on that. Such a failure is told
again where it is seen again, and is repaired, at the latest, where it could be seen and is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.rules.finding import Finding
from bisectops.rules.sight import Shift, doubt

Ks = tuple[str, ObjectId]
"""A Kustomization with its cluster, by the cluster's name in findings."""


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
    doubtful: bool = False
    """Is the object itself in sight, and only what it misses is not?"""


class Backstage:
    """What is out of sight, shift after shift."""

    def __init__(self) -> None:
        self.failures: dict[str, Unseen] = {}
        self._behind: dict[str, dict[ObjectId, ObjectId]] = {}
        """By cluster, the ks that stand still out of sight, with the ks that hides each."""

    def copy(self) -> Backstage:
        """One that goes on by itself from here."""
        other = Backstage()
        other.failures = dict(self.failures)
        other._behind = {cluster: dict(behind) for cluster, behind in self._behind.items()}
        return other

    def hide(self, finding: Finding, commit: Oid, shift: Shift) -> bool:
        """Take over a failure that is no longer told; False where nothing hides it."""
        ks, doubted = shift.hidden.get(finding.id), shift.blinded.get(doubt(finding))
        curtain = ks or doubted
        if curtain is None:
            return False
        self.failures[finding.id] = Unseen(finding, Curtain(curtain, commit, finding.cluster), ks is None)
        return True

    def drop(self, cluster: str) -> list[Finding]:
        """Forget a cluster that is no longer there; the failures that went with it."""
        self._behind.pop(cluster, None)
        gone = [key for key, each in self.failures.items() if each.finding.cluster == cluster]
        return [self.failures.pop(key).finding for key in gone]

    def rename(self, names: Mapping[str, str]) -> list[tuple[Finding, Finding]]:
        """Call clusters otherwise; the failures as they were called, and as they are."""
        failures, self.failures = self.failures, {}
        renamed = []
        for each in failures.values():
            name = names.get(each.finding.cluster)
            if name is not None:
                finding = replace(each.finding, cluster=name)
                renamed.append((each.finding, finding))
                each = replace(each, finding=finding, curtain=each.curtain._replace(cluster=name))
            self.failures[each.finding.id] = each
        self._behind = {names.get(cluster, cluster): behind for cluster, behind in self._behind.items()}
        return renamed

    def lift(self, shift: Shift) -> list[str]:
        """The failures, by id, that can be seen after a shift: repaired, unless they are told again."""
        free = self._free(shift)
        found = []
        for key, each in self.failures.items():
            if each.finding.cluster != shift.cluster or not _is_lifted(each, shift, free):
                continue
            again = (shift.settled if each.doubtful else shift.blinded).get(doubt(each.finding))
            if again is None:
                found.append(key)
            else:
                curtain = each.curtain._replace(ks=again)
                self.failures[key] = Unseen(each.finding, curtain, not each.doubtful)
        return found

    def _free(self, shift: Shift) -> set[ObjectId]:
        """The ks that hide nothing any more, with those behind them that can be built."""
        behind = self._behind.pop(shift.cluster, {})
        free = waiting = set(shift.freed)
        while waiting:
            seen = {ks for ks, above in behind.items() if above in waiting}
            behind = {ks: above for ks, above in behind.items() if ks not in seen}
            waiting = seen - free - set(shift.stalled)
            free = free | waiting
        if behind or shift.behind:
            self._behind[shift.cluster] = {**behind, **shift.behind}
        return free


def _is_lifted(each: Unseen, shift: Shift, free: Set[ObjectId]) -> bool:
    if each.doubtful:
        return doubt(each.finding) in shift.settled
    subject = each.finding.subject
    came_back = subject != each.curtain.ks and str(subject) in shift.appeared
    return each.curtain.ks in free or came_back
