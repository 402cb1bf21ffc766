"""The walk that an answer rests on: which commits, what each did, and what is broken at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.incident.chain import failure
from bisectops.incident.examiner import Examiner
from bisectops.incident.line import Line, line_asked
from bisectops.incident.probing import first_bad, wants_probing
from bisectops.incident.request import Request
from bisectops.incident.standstill import without_standstills
from bisectops.rules.finding import Finding
from bisectops.rules.judge import Movement
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step, gallop, last_introductions, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A walked line."""

    line: Line
    steps: tuple[Step[Finding], ...]
    asked: Mapping[str, Finding]
    """What fails at the bad commit, of what was asked about, by id."""
    began: Mapping[str, Oid]
    """The commit since which a failure at the bad commit has been there, where the line holds it."""
    movements: Mapping[Oid, Movement]
    examiner: Examiner
    """Stands at the bad commit."""

    @property
    def new(self) -> tuple[Finding, ...]:
        """The asked failures that the line introduced."""
        return tuple(self.asked[key] for key in sorted(self.asked.keys() & self.began.keys()))

    @property
    def old(self) -> tuple[Finding, ...]:
        """The asked failures that were there before the line."""
        return tuple(self.asked[key] for key in sorted(self.asked.keys() - self.began.keys()))


def follow(repository: Repository, request: Request, reporter: Reporter) -> Trail:
    """Walk the line that a request names.

    Raises UnknownRevision, UnrelatedRange, RequestError, or NoClusterRoot where the bad end itself
    cannot be judged; any other commit that cannot be judged is a step that says so.
    """
    line = line_asked(repository, request)
    examiner = Examiner(repository, request.clusters)
    examiner.judge.move(repository.snapshot(line.bad), None)
    if wants_probing(request, line):
        first = first_bad(repository, request, line, reporter)
        if first is not None:
            return _leapt(repository, request, line, first)
    if request.good is None:
        line = _shortened(repository, request, line)
    return _walked(repository, request, reporter, line)


def _shortened(repository: Repository, request: Request, line: Line) -> Line:
    """Of a whole history only the part in which today's failures came: before it none of them was."""
    examiner = Examiner(repository, request.clusters)

    def broken(commit: Oid) -> set[str] | None:
        if examiner.move(commit).untestable:
            return None
        return {key for key, finding in examiner.findings.items() if request.asks(finding)}

    wanted = broken(line.bad)
    start = gallop(list(line.commits), broken, wanted) if wanted else len(line.commits) - 2
    if start < 0:
        return line
    return Line(line.commits[start], line.commits[start + 1 :], line.shallow, start + 1)


def _walked(repository: Repository, request: Request, reporter: Reporter, line: Line) -> Trail:
    examiner = Examiner(repository, request.clusters)
    if line.base is not None:
        examiner.move(line.base)
    reporter.begin(len(line.commits))

    def move(commit: Oid) -> Step[Finding]:
        step = examiner.move(commit)
        reporter.judged(commit, bool(step.introduced))
        return step

    try:
        steps = tuple(walk(line.commits, move))
    finally:
        reporter.end()
    return _trail(request, line, without_standstills(steps, examiner.movements), examiner)


def _leapt(repository: Repository, request: Request, line: Line, first: Oid) -> Trail:
    """The trail of a line of which only one commit is known to have begun today's failures."""
    examiner = Examiner(repository, request.clusters)
    at = line.commits.index(first)
    before = line.commits[at - 1] if at else line.base
    if before is not None:
        examiner.move(before)
    step = examiner.move(first)
    if first != line.bad:
        examiner.move(line.bad)
    return _trail(request, line, (step,), examiner)


def _trail(request: Request, line: Line, steps: tuple[Step[Finding], ...], examiner: Examiner) -> Trail:
    asked = {key: finding for key, finding in examiner.findings.items() if request.asks(finding)}
    began = last_introductions(steps, lambda finding: finding.id, failure)
    return Trail(
        line=line,
        steps=steps,
        asked=asked,
        began={key: began[key].commit for key in asked.keys() & began.keys()},
        movements=examiner.movements,
        examiner=examiner,
    )
