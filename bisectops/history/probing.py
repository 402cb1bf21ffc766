"""A long line asked at a few commits instead of walked: for one object, or one kind of failure.

Bisection believes that a fault comes once and stays. Evidence to the contrary ends it, and the line is
walked: a commit with some of the failures asked about, or with others, or a good one after the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from bisectops.errors import RequestError
from bisectops.git.history import History
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner
from bisectops.history.line import Line
from bisectops.history.request import Request, Strategy
from bisectops.search.bisect import ContradictoryMarks, Mark, Probe, Transcript, bisect, log, replayed
from bisectops.search.reporter import Reporter

_WORTH_PROBING = 4_000
"""Commits from which a line is probed when that may be enough."""


class NotMonotonic(Exception):
    """A commit has other failures than what bisection expects there: they came and went."""

    def __init__(self, commit: Oid) -> None:
        super().__init__(commit)
        self.commit = commit


def wants_probing(request: Request, line: Line) -> bool:
    """Is a line to be probed rather than walked?"""
    if request.strategy is Strategy.AUTO:
        return bool(request.objects or request.rules) and len(line.commits) >= _WORTH_PROBING
    return request.strategy is Strategy.BISECT


def first_bad(repository: Repository, request: Request, line: Line, reporter: Reporter) -> Oid | None:
    """The commit with which today's failures began; None where probing cannot tell."""
    prober = _Prober(repository, request, reporter)
    try:
        transcript = prober.search(line)
    except NotMonotonic as found:
        reporter.probing(f"{found.commit} does not fit: the failures came and went, so walking")
        return None
    except ContradictoryMarks as error:
        reporter.probing(f"{error.message}, so walking")
        return None
    if transcript is None or len(transcript.answer.commits) != 1:
        return None
    if request.log is not None:
        lines = log(transcript, lambda commit: repository.commit(commit).subject)
        _write(request, "".join(f"{line}\n" for line in lines))
    reporter.probing(f"{transcript.answer.commits[0]} is the first bad commit")
    return transcript.answer.commits[0]


def _write(request: Request, text: str) -> None:
    assert request.log is not None
    try:
        request.log.write_text(text, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise RequestError(f"cannot write the log '{request.log}': {error.strerror}") from error


def _history(repository: Repository, commits: Iterable[Oid]) -> History:
    return History({commit: repository.parents(commit) for commit in commits})


class _Prober:
    """Answers for commits, in git's marks."""

    def __init__(self, repository: Repository, request: Request, reporter: Reporter) -> None:
        self._repository = repository
        self._request = request
        self._reporter = reporter
        self._examiner = Examiner(repository, request.clusters)
        self._wanted: Set[str] = frozenset()

    def search(self, line: Line) -> Transcript | None:
        """Bisect a line; None where its beginning has the failures, or its end none."""
        commits = [*([line.base] if line.base is not None else []), *line.commits]
        self._wanted = self._failing(line.bad) or frozenset()
        if not self._wanted or len(commits) < 2:
            return None
        if self._mark(commits[0]) is not Mark.GOOD:
            return None
        ends = {line.bad: Mark.BAD, commits[0]: Mark.GOOD}
        history = _history(self._repository, commits) if line.forks else History.of_line(commits)
        done = bisect(history, self._ask, ends | self._replayed(commits))
        if not line.forks:
            self._stays_bad(commits[commits.index(done.answer.commits[-1]) + 1 :])
        return done

    def _stays_bad(self, later: list[Oid]) -> None:
        """Look 1, 2, 4, … commits on: a fault that was repaired and came back began at its return."""
        ahead = 1
        while ahead <= len(later):
            if self._mark(later[ahead - 1]) is Mark.GOOD:
                raise NotMonotonic(later[ahead - 1])
            ahead *= 2

    def _replayed(self, commits: list[Oid]) -> dict[Oid, Mark]:
        if self._request.replay is None:
            return {}
        try:
            text = self._request.replay.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise RequestError(f"cannot read the log '{self._request.replay}': {error.strerror}") from error
        known = set(commits)
        return {commit: mark for commit, mark in replayed(text).items() if commit in known}

    def _ask(self, probe: Probe) -> Mark:
        self._reporter.probing(f"{probe}\n[{probe.commit}]")
        return self._mark(probe.commit)

    def _mark(self, commit: Oid) -> Mark:
        failing = self._failing(commit)
        if failing is None:
            return Mark.SKIP
        if failing and failing != self._wanted:
            raise NotMonotonic(commit)
        return Mark.BAD if failing else Mark.GOOD

    def _failing(self, commit: Oid) -> frozenset[str] | None:
        if self._examiner.move(commit).untestable:
            return None
        found = self._examiner.findings.items()
        return frozenset(key for key, finding in found if self._request.asks(finding))
