"""Objects asked about that went out of sight, whether they ever failed or not.

While a Kustomization cannot be built, nothing is known of what it would apply: what was applied before
stays applied. Failures behind it are followed where findings are counted; here it is objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from bisectops.git.objects import Oid
from bisectops.history.unseen import Curtain
from bisectops.rules.movement import Movement
from bisectops.rules.sight import stalled_owner


def out_of_sight_since(
    commits: Iterable[Oid], movements: Mapping[Oid, Movement], watched: Set[str]
) -> dict[str, Curtain]:
    """Of the objects watched, by KIND/NAMESPACE/NAME, those that are out of sight after the last commit."""
    unknown: dict[str, Curtain] = {}
    for commit in commits if watched else ():
        movement = movements.get(commit, Movement())
        there = {applied.id for applied in movement.after}
        after = set(map(str, there))
        freed = {(shift.cluster, ks) for shift in movement.shifts for ks in shift.freed}
        unknown = {
            name: curtain
            for name, curtain in unknown.items()
            if name not in after and (curtain.cluster, curtain.ks) not in freed
        }
        vanished = {was.id: was.applied_by for was in movement.before if was.id not in there}
        for object_id in vanished:
            name = str(object_id)
            for shift in movement.shifts if name in watched else ():
                ks = stalled_owner(object_id, vanished, frozenset(shift.stalled))
                if ks is not None:
                    unknown[name] = Curtain(ks, commit, shift.cluster)
    return unknown
