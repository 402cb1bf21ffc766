"""Why a finding counts that one commit by itself leaves possible: what the commit before it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId
from bisectops.flux.out_of_band import conventional
from bisectops.graph.extract import references
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import Movement


class Proof(NamedTuple):
    """How far history proves a finding, and by what."""

    certainty: Certainty
    because: str


def proofs(movement: Movement, is_applied: Callable[[ObjectId], bool]) -> Mapping[str, Proof]:
    """What a commit proves of the possible findings that it introduced, by id.

    `is_applied` tells whether git makes an object at that commit.
    """
    return dict(_proofs(movement, is_applied))


def _proofs(movement: Movement, is_applied: Callable[[ObjectId], bool]) -> Iterator[tuple[str, Proof]]:
    possible = [each for each in movement.introduced if each.certainty is Certainty.POSSIBLE]
    if not possible:
        return
    before = {applied.id: applied for applied in movement.before}
    after = {applied.id: applied for applied in movement.after}
    for finding in possible:
        wanted = finding.reference
        target = ObjectId(wanted.kind, wanted.namespace, wanted.name)
        was, now = before.get(finding.subject), after.get(finding.subject)
        old = _named_before(finding, was, now) if was and now and not is_applied(target) else None
        if target in before and target not in after:
            told = f"git itself made {target} until this commit"
            yield finding.id, Proof(Certainty.CERTAIN, told)
        elif old is not None:
            told = f"{wanted.field} named {old} until this commit, and git shows nobody who makes {target}"
            yield finding.id, Proof(Certainty.LIKELY, told)


def _named_before(finding: Finding, was: Applied, now: Applied) -> ObjectId | None:
    """What a field named before, where all that changed is the name, and not to one that is made anyway."""
    wanted = finding.reference
    if conventional(wanted.name):
        return None
    left = _named(was, finding) - _named(now, finding)
    return next((target for target in left if target.name != wanted.name), None)


def _named(applied: Applied, finding: Finding) -> Counter[ObjectId]:
    """The objects of a kind that a field of an object, or a list of it, names."""
    field, kind = finding.reference.field.partition("[")[0], finding.reference.kind
    return Counter(
        reference.target
        for reference in references(applied)
        if (reference.field.partition("[")[0], reference.target.kind) == (field, kind)
    )
