"""A request about a whole line: its events, and its incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from bisectops.git.objects import Commit
from bisectops.git.repository import Repository
from bisectops.history.events import Event, Means, events
from bisectops.history.line import Line, beyond, dated, line_asked
from bisectops.history.request import Request
from bisectops.incident.outages import Chronicle, Outage
from bisectops.incident.totals import Audit, totals


class Course:
    """The line that a request names, ready to be told."""

    def __init__(self, request: Request, means: Means) -> None:
        """Raises RepositoryError, UnknownRevision, UnrelatedRange or RequestError."""
        self._means = means
        self._repository = Repository(request.directory)
        self._request = dated(self._repository, request)
        self.line: Line = line_asked(self._repository, self._request)
        self.commit = lru_cache(maxsize=1024)(self._repository.commit)

    def events(self) -> Iterator[Event]:
        """What happened, oldest first, each event as soon as it is known."""
        for event in self._events():
            self._means.reporter.begun(bool(event.introduced))
            yield event

    def _events(self, *, tells_blocks: bool = False) -> Iterator[Event]:
        return events(self._repository, self._request, self.line, self._means, tells_blocks=tells_blocks)

    def audit(self, tell: Callable[[Outage], None]) -> Audit:
        """Every incident; each is told as it closes, those still open at the end."""
        chronicle = Chronicle(self.commit, self.commit(self.line.bad).time)
        outages: list[Outage] = []
        untestable: list[tuple[Commit, str]] = []
        for event in self._events(tells_blocks=True):
            if event.untestable:
                untestable.append((self.commit(event.commit), event.untestable.reason))
            before = chronicle.begun
            for outage in chronicle.tell(event):
                outages.append(outage)
                tell(outage)
            self._means.reporter.begun(chronicle.begun - before)
        for outage in chronicle.rest():
            outages.append(outage)
            tell(outage)
        return Audit(
            base=self.line.base,
            bad=self.line.bad,
            totals=totals(len(self.line.commits), outages),
            outages=tuple(sorted(outages, key=lambda outage: outage.number)),
            untestable=tuple(untestable),
            notes=self.notes,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the answer cannot see."""
        return tuple(beyond(self._repository, self.line))
