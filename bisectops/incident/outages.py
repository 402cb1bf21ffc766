"""A line's events told as incidents: who opened each, who tried, who closed it, and how long it was open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bisectops.git.objects import Commit, Oid
from bisectops.history.events import Event, Place
from bisectops.history.unseen import Unseen
from bisectops.incident.incident import Role
from bisectops.rules.finding import Finding

_GIT_BEGAN = 1_112_911_993
"""The author time of git's own first commit: 2005-04-07."""
_TOLERANCE = 86_400
"""Seconds by which clocks may disagree."""

Shape = frozenset[tuple[str, str, str]]
Tie = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A commit that changed what is broken in an incident."""

    commit: Commit
    position: int
    role: Role
    introduced: int
    resolved: int
    late: int
    """How many of the resolved were out of sight until then."""
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One incident of a history."""

    number: int
    attempts: tuple[Attempt, ...]
    """The first opened it; the last closed it, unless it is open."""
    open: tuple[Finding, ...]
    """What is still broken, as far as anybody knows."""
    unseen: tuple[Unseen, ...]
    """Of this, what is out of sight: it failed when it was last judged."""
    findings: tuple[Finding, ...]
    """Everything that was broken at some time."""
    held_up: tuple[str, ...]
    """The objects that waited for what was broken: the blast radius."""
    recurrence_of: int | None
    """The number of the last incident of the same shape."""
    doubtful: str
    """Why the author dates cannot be true; empty where they may be."""

    @property
    def opened_by(self) -> Attempt:
        """The commit with which it began."""
        return self.attempts[0]

    @property
    def closed_by(self) -> Attempt | None:
        """The commit with which it ended; None where something is still broken."""
        return None if self.open else self.attempts[-1]

    @property
    def out_of_sight(self) -> bool:
        """Is it open, and nothing of it to be seen?"""
        return bool(self.open) and len(self.unseen) == len(self.open)

    @property
    def seconds(self) -> int | None:
        """From break to repair, by author dates."""
        return self.closed_by.commit.time - self.opened_by.commit.time if self.closed_by else None

    @property
    def commits(self) -> int | None:
        """From break to repair, in commits of the line."""
        return self.closed_by.position - self.opened_by.position if self.closed_by else None

    @property
    def symptom(self) -> str:
        """The message that was there first."""
        return self.findings[0].message

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects that failed."""
        return tuple(sorted({str(finding.subject) for finding in self.findings}))

    @property
    def rules(self) -> tuple[str, ...]:
        """The kinds of failure."""
        return tuple(sorted({finding.rule for finding in self.findings}))


@dataclass(slots=True)
class _Open:
    """An incident while it is told."""

    number: int
    shape: Shape
    attempts: list[Attempt] = field(default_factory=list)
    open: dict[str, Finding] = field(default_factory=dict)
    unseen: dict[str, Unseen] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    held_up: set[str] = field(default_factory=set)
    came: list[Finding] = field(default_factory=list)
    went: list[Finding] = field(default_factory=list)
    late: int = 0

    def take(self, group: Iterable[Finding], blocks: Mapping[str, tuple[str, ...]]) -> None:
        """Failures that belong to it, with what they hold up."""
        for finding in group:
            self.open[finding.id] = finding
            self.findings.setdefault(finding.id, finding)
            self.held_up |= set(blocks.get(finding.id, ()))

    def rename(self, names: Mapping[str, Finding]) -> None:
        """Take over what failures are called from now on, by their ids before."""
        if names.keys().isdisjoint(self.open):
            return
        told = [names.get(key, finding) for key, finding in self.open.items()]
        self.open = {finding.id: finding for finding in told}
        unseen = [replace(each, finding=names.get(key, each.finding)) for key, each in self.unseen.items()]
        self.unseen = {each.finding.id: each for each in unseen}
        ever = [finding for old in self.findings.values() for finding in _ever(old, names.get(old.id, old))]
        self.findings = {finding.id: finding for finding in ever}


def _ever(old: Finding, new: Finding) -> tuple[Finding, ...]:
    """What is told of a failure that goes on under another name: both, where the object was renamed."""
    return (new,) if old.subject == new.subject else (old, new)


class Chronicle:
    """Sorts events into incidents; each is told when it closes, and those still open at the end."""

    def __init__(self, commit: Callable[[Oid], Commit], newest: int) -> None:
        """`newest`: the author time of the line's last commit, later than which no other can be."""
        self._commit = commit
        self._newest = newest
        self._open: list[_Open] = []
        self._number = 0
        self._last_of: dict[Shape, int] = {}
        self._before: dict[int, int | None] = {}

    @property
    def begun(self) -> int:
        """How many incidents began so far."""
        return self._number

    def tell(self, event: Event) -> Iterator[Outage]:
        """Take over an event; the incidents that it closes."""
        names = {old.id: new for old, new in event.renamed}
        late = {finding.id for finding in event.late}
        for outage in self._open if names else ():
            outage.rename(names)
        for finding in event.resolved:
            self._resolve(finding, late=finding.id in late)
        for outage in self._open:
            outage.unseen |= {e.finding.id: e for e in event.hidden if e.finding.id in outage.open}
            for finding in event.seen:
                outage.unseen.pop(finding.id, None)
        for place in sorted({place for place in event.made.values() if place}, key=lambda it: it.position):
            for group in _groups(found for found in event.seen if event.made.get(found.id) == place):
                self._date_back(group, place, event.blocks)
        for group in _groups(event.introduced):
            self._introduce(group, event.blocks)
        touched = [outage for outage in self._open if outage.came or outage.went]
        for outage in touched:
            outage.attempts.append(self._attempt(event, outage))
            outage.came, outage.went, outage.late = [], [], 0
        closed = [outage for outage in touched if not outage.open]
        self._open = [outage for outage in self._open if outage.open]
        yield from map(self._told, closed)

    def rest(self) -> Iterator[Outage]:
        """The incidents that are still open."""
        yield from map(self._told, self._open)

    def _resolve(self, finding: Finding, *, late: bool) -> None:
        for outage in self._open:
            if outage.open.pop(finding.id, None):
                outage.unseen.pop(finding.id, None)
                outage.went.append(finding)
                outage.late += late

    def _introduce(self, group: Sequence[Finding], blocks: Mapping[str, tuple[str, ...]]) -> None:
        outage = self._related(group) or self._begin(group)
        outage.take(group, blocks)
        outage.came += group

    def _date_back(
        self, group: Sequence[Finding], place: Place, blocks: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Take over failures that nobody saw when they were made; the attempts since then left them too."""
        outage = self._related(group) or self._begin(group)
        outage.take(group, blocks)
        number = len(group)
        earlier = [each for each in outage.attempts if each.position < place.position]
        since = [each for each in outage.attempts if each.position >= place.position]
        if since and since[0].position == place.position:
            first = since.pop(0)
            first = replace(first, introduced=first.introduced + number, left=first.left + number)
        else:
            role = Role.REGRESSION if earlier else Role.INITIAL_CHANGE
            left = number + (earlier[-1].left if earlier else 0)
            first = Attempt(self._commit(place.commit), place.position, role, number, 0, 0, left)
        later = [replace(each, left=each.left + number) for each in since]
        outage.attempts = [*earlier, first, *map(_no_opening, later)]

    def _related(self, group: Sequence[Finding]) -> _Open | None:
        """The oldest open incident that is about the same objects, or about the same missing things."""
        wanted = {tie for finding in group for tie in _ties(finding)}
        for outage in self._open:
            if any(tie in wanted for finding in outage.findings.values() for tie in _ties(finding)):
                return outage
        return None

    def _begin(self, group: Sequence[Finding]) -> _Open:
        self._number += 1
        shape = frozenset((f.rule, f.reference.kind, f.reference.name) for f in group)
        outage = _Open(self._number, shape)
        self._before[outage.number] = self._last_of.get(shape)
        self._last_of[shape] = outage.number
        self._open.append(outage)
        return outage

    def _attempt(self, event: Event, outage: _Open) -> Attempt:
        role = _role(outage)
        came, went = len(outage.came), len(outage.went)
        commit = self._commit(event.commit)
        return Attempt(commit, event.position, role, came, went, outage.late, len(outage.open))

    def _told(self, outage: _Open) -> Outage:
        return Outage(
            number=outage.number,
            attempts=tuple(outage.attempts),
            open=tuple(outage.open.values()),
            unseen=tuple(outage.unseen.values()),
            findings=tuple(outage.findings.values()),
            held_up=tuple(sorted(outage.held_up)),
            recurrence_of=self._before[outage.number],
            doubtful=_doubt(outage, self._newest),
        )


def _no_opening(attempt: Attempt) -> Attempt:
    """An attempt that turned out not to be the first."""
    return replace(attempt, role=Role.REGRESSION) if attempt.role is Role.INITIAL_CHANGE else attempt


def _role(outage: _Open) -> Role:
    if not outage.attempts:
        return Role.INITIAL_CHANGE
    if outage.came and outage.went:
        return Role.ATTEMPTED_FIX
    if outage.came:
        return Role.REGRESSION
    return Role.PARTIAL_FIX if outage.open else Role.FIX


def _doubt(outage: _Open, newest: int) -> str:
    first, last = outage.attempts[0].commit, outage.attempts[-1].commit
    for commit in (first, last):
        if commit.time < _GIT_BEGAN:
            return f"{commit.short} is dated before there was git"
        if commit.time > newest + _TOLERANCE:
            return f"{commit.short} is dated after the end of the line"
    if not outage.open and last.time < first.time:
        return f"{last.short} repairs what {first.short} breaks, and is dated before it"
    return ""


def _ties(finding: Finding) -> tuple[Tie, Tie]:
    """What makes findings belong together: who fails, and what is missing, whatever the namespace."""
    subject, missing = finding.subject, finding.reference
    return ("subject", subject.kind, subject.name), ("missing", missing.kind, missing.name)


def _groups(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that belong together, directly or through others."""
    groups: list[tuple[set[Tie], list[Finding]]] = []
    for finding in findings:
        ties, group = set(_ties(finding)), [finding]
        apart = []
        for known, members in groups:
            if known & ties:
                ties |= known
                group = members + group
            else:
                apart.append((known, members))
        groups = [*apart, (ties, group)]
    return [sorted(group, key=lambda finding: finding.id) for _, group in groups]
