"""Why a finding counts that one commit by itself leaves possible: what the commit before it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def proofs(movement: Movement) -> Mapping[str, Proof]:
    """What a commit proves of the possible findings that it introduced, by id."""
    return dict(_proofs(movement))


def _proofs(movement: Movement) -> Iterator[tuple[str, Proof]]:
    possible = [each for each in movement.introduced if each.certainty is Certainty.POSSIBLE]
    if not possible:
        return
    before = {applied.id: applied for applied in movement.before}
    after = {applied.id: applied for applied in movement.after}
    for finding in possible:
        wanted = finding.reference
        target = ObjectId(wanted.kind, wanted.namespace, wanted.name)
        was, now = before.get(finding.subject), after.get(finding.subject)
        if target in before and target not in after:
            told = f"git itself made {target} until this commit"
            yield finding.id, Proof(Certainty.CERTAIN, told)
        elif was is not None and now is not None and (old := _renamed(finding, was, now)):
            told = f"{wanted.field} named {old} until this commit, and git shows nobody who makes {target}"
            yield finding.id, Proof(Certainty.LIKELY, told)


def _renamed(finding: Finding, was: Applied, now: Applied) -> ObjectId | None:
    """What a field named before, where all that changed is the name, and not to one that is made anyway."""
    wanted = finding.reference
    if conventional(wanted.name):
        return None
    still = {reference.target for reference in references(now)}
    for reference in references(was):
        target = reference.target
        if (reference.field, target.kind) == (wanted.field, wanted.kind) and target not in still:
            return target if target.name != wanted.name else None
    return None
