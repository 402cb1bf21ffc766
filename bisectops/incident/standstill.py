"""What was asked about and is out of sight, whether it ever failed or not, and the builds that hide it.

While a Kustomization cannot be built, nothing is known of what it would apply: what was applied before
stays applied. Failures behind it are followed where findings are counted; here it is objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from bisectops.flux.applied import NamedKind
from bisectops.flux.kinds import is_meant
from bisectops.git.objects import Oid
from bisectops.history.examiner import Examiner
from bisectops.history.unseen import Curtain, Ks, Unseen
from bisectops.rules.finding import Finding
from bisectops.rules.movement import Movement
from bisectops.rules.sight import stalled_owner


def out_of_sight_since(
    commits: Iterable[Oid], movements: Mapping[Oid, Movement], watched: Set[str]
) -> dict[str, Curtain]:
    """Of the names watched, those that mean what is out of sight after the last commit."""
    unknown: dict[str, Curtain] = {}
    for commit in commits if watched else ():
        movement = movements.get(commit, Movement())
        there = {applied.id for applied in movement.after}
        after = set(map(str, there))
        freed = {(shift.cluster, ks) for shift in movement.shifts for ks in shift.freed}
        unknown = {
            name: curtain
            for name, curtain in unknown.items()
            if not any(is_meant(each, name) for each in after) and (curtain.cluster, curtain.ks) not in freed
        }
        vanished = {was.id: was.applied_by for was in movement.before if was.id not in there}
        for object_id in vanished:
            names = [name for name in watched if is_meant(str(object_id), name)]
            for shift in movement.shifts if names else ():
                ks = stalled_owner(object_id, vanished, frozenset(shift.stalled))
                if ks is not None:
                    unknown |= dict.fromkeys(names, Curtain(ks, commit, shift.cluster))
    return unknown


def never_seen(examiner: Examiner, watched: Set[str]) -> dict[str, Ks]:
    """The objects asked about that are not there, and that a Kustomization which stands still may make."""
    found = {}
    for name in watched:
        wanted = NamedKind(name.partition("/")[0], name.rpartition("/")[2])
        for judge in examiner.judge.clusters.values():
            scene = judge.scene
            if scene.is_unknown(name):
                standing = scene.cluster.kustomizations.items()
                ks = next(ks for ks, answer in standing if wanted in answer.would_make)
                found[name] = (scene.label, ks)
    return found


def builds_hiding(
    findings: Mapping[str, Finding], unseen: Mapping[str, Unseen], hiding: Set[Ks]
) -> dict[str, Finding]:
    """The failures to be seen of Kustomizations that hide something, or hide one that does."""
    while True:
        behind = (
            each.curtain
            for each in unseen.values()
            if each.finding.rule == "build-failed" and (each.finding.cluster, each.finding.subject) in hiding
        )
        more = {(curtain.cluster, curtain.ks) for curtain in behind} - hiding
        if not more:
            break
        hiding = hiding | more
    return {
        key: finding
        for key, finding in findings.items()
        if finding.rule == "build-failed" and (finding.cluster, finding.subject) in hiding
    }
