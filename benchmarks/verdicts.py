"""Whether the commands name a planted commit, each asked in every way that a range can be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rewriting import Rewritten

from bisectops.cache.store import Store
from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.events import Event, Means
from bisectops.history.examiner import Examiner
from bisectops.history.request import Request
from bisectops.incident.checking import check
from bisectops.incident.chronicle import Course
from bisectops.incident.incident import Incident, Link, Role
from bisectops.incident.investigate import blame
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step

NAMED = "named"


def blamed(location: str, good: Oid | None, bad: Oid, objects: frozenset[str] = frozenset()) -> Incident:
    """What `blame-break` answers."""
    return blame(Request(directory=location, good=good, bad=bad, objects=objects), Reporter())


@dataclass(frozen=True)
class Verdict:
    """A history with a fault, written to a repository, and what is said of it."""

    scratch: str
    history: Rewritten
    made: list[Oid]
    """The commits, by position."""
    path: RepoPath
    """The file that the fault was put in."""

    @property
    def told(self) -> str:
        """NAMED; "WRONG: …" where something else is said; otherwise why nobody can be blamed."""
        step = self._step
        if step.untestable:
            return f"takes the root away: {self.path}"
        if not step.introduced:
            return f"breaks nothing: {self.path}"
        if not self._left:
            return "repaired by a later commit"
        wrong = next(filter(None, (*self._of_ranges(), self._of_repair())), "")
        if wrong:
            return f"WRONG: {wrong} of {self.path}"
        return NAMED if self._checked else f"{NAMED} by history alone"

    @cached_property
    def _examined(self) -> tuple[Step[Finding], Mapping[str, Finding], Mapping[str, Finding]]:
        """The planted commit's step, what failed at the good commit, and what fails at the broken one."""
        examiner = Examiner(Repository(self.scratch))
        examiner.move(self.made[0])
        old = dict(examiner.findings)
        examiner.move(self._before)
        step = examiner.move(self._planted)
        if not step.untestable:
            examiner.move(self._broken)
        return step, old, dict(examiner.findings)

    @property
    def _step(self) -> Step[Finding]:
        return self._examined[0]

    @property
    def _left(self) -> list[Finding]:
        """What the planted commit broke and is broken at the end."""
        found = {(finding.rule, finding.subject) for finding in self._step.introduced}
        now = self._examined[2]
        return [now[key] for key in sorted(now) if (now[key].rule, now[key].subject) in found]

    @property
    def _checked(self) -> bool:
        """Does `check` find the fault at the planted commit, and not before?"""
        failures = {finding.id for finding in self._step.introduced}
        before, after = (
            {each.id for each in check(Request(directory=self.scratch, bad=commit)).findings}
            for commit in (self._before, self._planted)
        )
        return bool(failures & after) and not failures & before

    def _of_ranges(self) -> Iterator[str]:
        """What answers have wrong: of the range alone, of an object, and without a good commit."""
        subject = str(self._left[0].subject)
        older = self._examined[1].values()
        asked = [(self.made[0], ""), (self.made[0], subject)]
        asked += [(None, "")] if not older else []
        if not any(subject in (str(each.subject), str(each.reference)) for each in older):
            asked.append((None, subject))
        for good, name in asked:
            objects = frozenset([name] if name else [])
            wrong = self._wrong(blamed(self.scratch, good, self._broken, objects))
            if wrong:
                yield (
                    wrong
                    + (f" asked about {name}" if name else "")
                    + ("" if good else " with no good commit")
                )

    def _wrong(self, incident: Incident) -> str:
        culprit = incident.culprit
        if culprit is None or culprit.commit.oid != self._planted:
            return f"{self._who(culprit)} blamed"
        again = any(_again(finding) in self._earlier for finding in culprit.introduced)
        if culprit.role is not (Role.REGRESSION if again else Role.INITIAL_CHANGE):
            return f"the role {culprit.role.value}"
        maker = self.made[self.history.made]
        if maker != self._planted and maker not in [each.oid for each in culprit.made_by]:
            return "the merge blamed alone"
        partly = self.made[self.history.partly] if self.history.partly >= 0 else None
        for link in incident.chain:
            if link.commit.oid in self._decoys and link.role in (Role.INITIAL_CHANGE, Role.REGRESSION):
                return f"{self._who(link)} in the chain"
            if link.commit.oid == partly and link.role is not Role.PARTIAL_FIX:
                return f"the partial fix as {link.role.value}"
        return ""

    @cached_property
    def _earlier(self) -> set[tuple[str, str]]:
        """What the line itself broke and repaired before the fault: to break that again is a regression."""
        if self._before == self.made[0]:
            return set()
        request = Request(directory=self.scratch, good=self.made[0], bad=self._before)
        events = Course(request, Means(Store(None))).events()
        return {_again(finding) for event in events for finding in event.introduced}

    def _of_repair(self) -> str:
        """What is told wrongly of the history in which the fault is taken back."""
        repair = self.made[self.history.broken + 1]
        culprit = blamed(self.scratch, self.made[0], repair).culprit
        if culprit is not None:
            return f"{self._who(culprit)} blamed after the repair"
        failures = {finding.id for finding in self._step.introduced}
        lasting = failures & {finding.id for finding in self._left}
        request = Request(directory=self.scratch, good=self.made[0], bad=repair)
        events = list(Course(request, Means(Store(None))).events())
        began = [event.commit for event in events if failures & _ids(event.introduced)]
        if self._planted not in began or self._decoys.keys() & set(began):
            told = ", ".join(self._decoys.get(commit, commit) for commit in began)
            return f"the timeline has the failures begin with {told or 'nothing'}"
        ended = [event.commit for event in events if lasting & _gone(event)]
        return "" if ended[-1:] == [repair] or not lasting else "the timeline leaves out the repair"

    def _who(self, link: Link | None) -> str:
        """Who is blamed, and for what."""
        if link is None:
            return "nobody"
        decoy = self._decoys.get(link.commit.oid)
        who = f"the decoy {decoy}" if decoy else link.commit.subject
        return f"{who} ({link.introduced[0].id if link.introduced else 'which broke nothing'})"

    @cached_property
    def _decoys(self) -> Mapping[Oid, str]:
        return {self.made[position]: name for position, name in self.history.decoys.items()}

    @property
    def _planted(self) -> Oid:
        return self.made[self.history.planted]

    @property
    def _before(self) -> Oid:
        """The commit of the line before the planted one."""
        return self.made[self.history.commits[self.history.planted].parents[0]]

    @property
    def _broken(self) -> Oid:
        return self.made[self.history.broken]


def unbroken(location: str, good: Oid, bad: Oid) -> bool:
    """Does a stretch break nothing by itself, and does no Kustomization stand still?"""
    try:
        judge = RepositoryJudge()
        judge.move(Repository(location).snapshot(good), None)
        incident = blamed(location, good, bad)
    except NoClusterRoot:
        return False
    stalled = any(finding.subject.kind == "Kustomization" for finding in incident.already_broken)
    stalled |= any(finding.rule == "build-failed" for finding in judge.findings.values())
    return incident.culprit is None and not incident.untestable and not stalled


def _again(finding: Finding) -> tuple[str, str]:
    """What is the same when it breaks a second time: of a build, the reason too."""
    return finding.id, finding.message if finding.rule == "build-failed" else ""


def _ids(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.id for finding in findings}


def _gone(event: Event) -> set[str]:
    return _ids(event.resolved) | _ids(event.late)
