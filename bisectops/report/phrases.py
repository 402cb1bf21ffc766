"""The small change of every report: counts, dates, lists, and names for what the layers call by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bisectops.git.objects import Commit
from bisectops.incident.incident import Link, Role

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ROLES = {
    Role.INITIAL_CHANGE: "initial change",
    Role.ATTEMPTED_FIX: "attempted fix",
    Role.PARTIAL_FIX: "partial fix",
    Role.COMPLETED_PARTIAL_FIX: "completed partial fix",
    Role.REGRESSION: "regression",
    Role.FIX: "fix",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 failure`, `1,204 failures`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plural(kind: str) -> str:
    """A Kubernetes kind in the plural: HelmReleases, OCIRepositories."""
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def listed(names: Sequence[str], *, shown: int) -> str:
    """The first few of many names: `a, b, … and 3 more`; all where one more would do."""
    if len(names) <= shown + 1:
        return ", ".join(names)
    return f"{', '.join(names[:shown])}, … and {len(names) - shown:,} more"


def listed_within(names: Sequence[str], width: int) -> str:
    """As many of the names as fit on a line, at least one: `a, b, … and 3 more`."""
    fitting = (listed(names, shown=shown) for shown in range(len(names), 0, -1))
    return next((said for said in fitting if len(said) <= width), listed(names, shown=1))


def joined(phrases: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))


def role(link: Link) -> str:
    """A commit's part in the chain, in words."""
    if link.role is Role.INITIAL_CHANGE and _reaches_many(link):
        return "initial architectural change"
    return _ROLES[link.role]


def _reaches_many(link: Link) -> bool:
    return len({finding.subject for finding in (*link.introduced, *link.resolved)}) > 1


def moment(date: datetime, *, year: bool) -> str:
    """An author's local time: `July 19, 15:19:36`, or `July 19, 2025, 15:19:36`."""
    day = f"{_MONTHS[date.month - 1]} {date.day}"
    return f"{day}, {date:%Y, %H:%M:%S}" if year else f"{day}, {date:%H:%M:%S}"


def full_moment(date: datetime) -> str:
    """An author's local time with year and offset: `July 19, 2025, 15:19:36 +0200`."""
    return f"{moment(date, year=True)} {date:%z}"


def are(number: int) -> str:
    """The verb for a number of things."""
    return "is" if number == 1 else "are"


def several_years(commits: Iterable[Commit]) -> bool:
    """Do the authors' dates fall into more than one year?"""
    return len({commit.date.year for commit in commits}) > 1


def sentence(text: str) -> str:
    """The text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?:…" else ".")
