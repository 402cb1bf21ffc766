"""What an operator asks of `blame-break`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bisectops.rules.finding import Finding, concerns


class Strategy(Enum):
    """How a line is searched."""

    AUTO = "auto"
    """Walked, unless it is long and the question narrow."""
    WALK = "walk"
    BISECT = "bisect"
    """Probed, and walked where the failures came and went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A repository, a range of commits, and which failures are meant."""

    directory: str = "."
    good: str | None = None
    """None: the whole first-parent line."""
    bad: str = "HEAD"
    since: int | None = None
    """Only commits that were not committed before, in seconds since the epoch."""
    until: int | None = None
    """Only commits that were not committed after."""
    all_parents: bool = False
    """Search every commit, not the first-parent line alone."""
    clusters: tuple[str, ...] = ()
    """Root folders named by hand; discovered when there are none."""
    rules: frozenset[str] = frozenset()
    """Only these rules; all when empty."""
    objects: frozenset[str] = frozenset()
    """Only failures of, or for want of, these: KIND/NAMESPACE/NAME, or KIND/NAME for any namespace."""
    reference: str | None = None
    """A repository whose pattern works: REPO or REPO@REV."""
    events: Path | None = None
    strategy: Strategy = Strategy.AUTO
    log: Path | None = None
    """Where to write the questions of a bisection, as `git bisect log` prints them."""
    replay: Path | None = None
    """Questions that were asked before: such a log."""

    def asks(self, finding: Finding) -> bool:
        """Is a finding among those asked about?"""
        return (not self.rules or finding.rule in self.rules) and (
            not self.objects or any(concerns(finding, name) for name in self.objects)
        )
