"""What moving from one commit to another does to findings and objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bisectops.flux.applied import Applied
from bisectops.rules.finding import Finding
from bisectops.rules.sight import Shift


@dataclass(frozen=True, slots=True)
class Movement:
    """What moving to another commit did to the clusters' findings and objects."""

    introduced: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    """With their clusters' names as they were before."""
    before: tuple[Applied, ...] = ()
    """The objects that changed or vanished, as they were."""
    after: tuple[Applied, ...] = ()
    """The objects that changed or appeared, as they are."""
    revised: tuple[Finding, ...] = ()
    """The findings that were there and are now told otherwise: another certainty, another reason."""
    shifts: tuple[Shift, ...] = ()
    """What went out of sight, or may have come back, in each cluster where anything did."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The clusters that findings call otherwise from now on: their names before, and theirs now."""
    gone: tuple[str, ...] = ()
    """The names of the clusters that are no longer there."""
    came: tuple[str, ...] = ()
    """Those of the clusters that are there beside others that were before."""

    def __add__(self, other: Movement) -> Movement:
        return Movement(
            self.introduced + other.introduced,
            self.resolved + other.resolved,
            self.before + other.before,
            self.after + other.after,
            self.revised + other.revised,
            self.shifts + other.shifts,
            {**self.renamed, **other.renamed},
            self.gone + other.gone,
            self.came + other.came,
        )
