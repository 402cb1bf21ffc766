"""What a whole history's incidents come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, median

from bisectops.git.objects import Commit, Oid
from bisectops.incident.outages import Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A history in numbers; durations in seconds, by author dates that can be true."""

    commits: int
    incidents: int
    open: int
    out_of_sight: int
    """Of the open ones, those of which nothing can be seen at the end."""
    recurrences: int
    doubtful: int
    mean_time_to_repair: int | None
    median_time_to_repair: int | None
    longest: int | None
    by_rule: Mapping[str, int]
    """Incidents by the kinds of failure in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The answer of `audit`."""

    base: Oid | None
    bad: Oid
    totals: Totals
    outages: tuple[Outage, ...]
    untestable: tuple[tuple[Commit, str], ...] = ()
    notes: tuple[str, ...] = ()


def totals(commits: int, outages: Iterable[Outage]) -> Totals:
    """The numbers of a history of so many commits."""
    found = tuple(outages)
    times = [o.seconds for o in found if o.seconds is not None and not o.doubtful]
    return Totals(
        commits=commits,
        incidents=len(found),
        open=sum(bool(outage.open) for outage in found),
        out_of_sight=sum(outage.out_of_sight for outage in found),
        recurrences=sum(outage.recurrence_of is not None for outage in found),
        doubtful=sum(bool(outage.doubtful) for outage in found),
        mean_time_to_repair=round(mean(times)) if times else None,
        median_time_to_repair=round(median(times)) if times else None,
        longest=max(times, default=None),
        by_rule=dict(sorted(Counter(rule for outage in found for rule in outage.rules).items())),
    )
