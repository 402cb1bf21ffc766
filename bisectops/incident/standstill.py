"""A failure that only became unknown is not repaired: the story goes on where it is seen again.

While a Kustomization cannot be built, nothing is known of what it would apply, so its objects have no
findings. In a story they are as they were: what was applied before stays applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.rules.finding import Finding
from bisectops.rules.judge import Movement
from bisectops.search.walk import Step


def without_standstills(
    steps: Sequence[Step[Finding]], movements: Mapping[Oid, Movement]
) -> tuple[Step[Finding], ...]:
    """The steps with findings neither resolved by a build that fails nor introduced by its repair."""
    return tuple(
        step for step in _told(steps, movements) if step.introduced or step.resolved or step.untestable
    )


def _told(steps: Sequence[Step[Finding]], movements: Mapping[Oid, Movement]) -> Iterator[Step[Finding]]:
    hidden: dict[str, tuple[Finding, ObjectId]] = {}
    for step in steps:
        owners = _owners(movements.get(step.commit, Movement()))
        stalled = {finding.subject for finding in step.introduced if finding.rule == "build-failed"}
        moving = {finding.subject for finding in step.resolved if finding.rule == "build-failed"} - stalled
        seen = {finding.id for finding in step.introduced}
        back = {key for key in hidden if key in seen}
        repaired = [each for key, (each, owner) in hidden.items() if key not in back and owner in moving]
        hidden = {
            key: (each, owner)
            for key, (each, owner) in hidden.items()
            if key not in back and owner not in moving
        }
        resolved = list(repaired)
        for finding in step.resolved:
            owner = _stalled_owner(finding.subject, owners, stalled)
            if owner is None:
                resolved.append(finding)
            else:
                hidden[finding.id] = (finding, owner)
        introduced = tuple(finding for finding in step.introduced if finding.id not in back)
        yield Step(step.commit, introduced, tuple(resolved), step.untestable)


def _owners(movement: Movement) -> dict[ObjectId, ObjectId]:
    """Who applied each object that changed or vanished."""
    return {applied.id: applied.applied_by for applied in movement.before}


def _stalled_owner(
    subject: ObjectId, owners: Mapping[ObjectId, ObjectId], stalled: set[ObjectId]
) -> ObjectId | None:
    """The Kustomization that stands still from now on and had applied an object, directly or not."""
    here, passed = subject, {subject}
    while (owner := owners.get(here)) is not None and owner not in passed:
        if owner in stalled:
            return owner
        passed.add(owner)
        here = owner
    return None
