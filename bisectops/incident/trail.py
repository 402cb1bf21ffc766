"""The walk that an answer rests on: which commits, what each did, and what is broken at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from bisectops.flux.applied import NamedKind
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner
from bisectops.history.forks import Forks, Movements
from bisectops.history.line import Line, line_asked
from bisectops.history.prelude import prelude
from bisectops.history.probing import first_bad, wants_probing
from bisectops.history.relay import judge_line
from bisectops.history.request import Request
from bisectops.history.unseen import Curtain, Ks, Unseen
from bisectops.incident.chain import beginnings, dated_back, replaced
from bisectops.incident.names import are_one, former_names, under_last_names
from bisectops.incident.standstill import builds_hiding, never_seen, out_of_sight_since
from bisectops.rules.finding import Finding, concerns
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.movement import Movement
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step, gallop

_SHORT = 300
"""Commits up to which a whole line is walked: then what only history proves is seen as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A walked line."""

    line: Line
    steps: tuple[Step[Finding], ...]
    asked: Mapping[str, Finding]
    """What fails at the bad commit, of what was asked about, by id."""
    unseen: Mapping[str, Unseen]
    """What failed when it was last judged, and is unknown at the bad commit, of what was asked about."""
    hidden: frozenset[str]
    """All that failed when it was last judged and is unknown at the bad commit, by id."""
    unknown: Mapping[str, Curtain]
    """The objects asked about that went out of sight, failing before or not, by KIND/NAMESPACE/NAME."""
    never_seen: Mapping[str, Ks]
    """Those that the line never saw, and which Kustomization that cannot be built may make them."""
    walls: Mapping[str, Finding]
    """The builds that fail at the bad commit and hide what was asked about, by id."""
    began: Mapping[str, Oid]
    """The commit since which a failure at the bad commit has been there, where the line holds it."""
    replaced: Mapping[str, Oid]
    """By id of a failure at the bad commit that is older, the commit that made it what it is now."""
    movements: Mapping[Oid, Movement]
    examiner: Examiner
    """Stands at the bad commit."""

    @property
    def told(self) -> Mapping[str, Finding]:
        """What fails at the bad commit and belongs to the answer: what was asked about, or hides it."""
        return {**self.asked, **self.walls}

    @property
    def brought_to_light(self) -> Mapping[str, Finding]:
        """What fails at the bad commit and was made out of sight: a repair only showed it."""
        return {key: self.told[key] for step in self.steps for key in step.made if key in self.told}

    @property
    def new(self) -> tuple[Finding, ...]:
        """The failures at the bad commit that the line introduced."""
        return self._begun(self.told)

    @property
    def old(self) -> tuple[Finding, ...]:
        """Those that were there before the line."""
        told = self.told
        return tuple(told[key] for key in sorted(told.keys() - self.began.keys()))

    @property
    def new_unseen(self) -> tuple[Finding, ...]:
        """The failures that the line introduced, and that are out of sight at its end."""
        return self._begun({key: each.finding for key, each in self.unseen.items()})

    @property
    def starts(self) -> frozenset[Oid]:
        """The commits with which the failures of the answer began."""
        return frozenset(self.began.values())

    @property
    def guilty(self) -> frozenset[Oid]:
        """The commits with which it began: what was asked about, before what is only unknown or hides it."""
        for found in (self._begun(self.asked), self.new_unseen, self._begun(self.walls)):
            if found:
                return frozenset(self.began[finding.id] for finding in found)
        return frozenset()

    @property
    def about(self) -> tuple[Finding, ...]:
        """The failures that the answer is about, by the same order."""
        unseen = tuple(self.unseen[key].finding for key in sorted(self.unseen))
        return self._begun(self.asked) or self.new_unseen or self._begun(self.walls) or self.old or unseen

    def tells_of(self, name: str) -> bool:
        """Did a failure of an object, or for want of it, come or go in the line?"""
        failures = (each for step in self.steps for each in (*step.introduced, *step.resolved, *step.hidden))
        return any(concerns(each, name) for each in failures)

    def _begun(self, found: Mapping[str, Finding]) -> tuple[Finding, ...]:
        return tuple(found[key] for key in sorted(found.keys() & self.began.keys()))


def follow(repository: Repository, request: Request, reporter: Reporter, jobs: int = 1) -> Trail:
    """Walk the line that a request names.

    Raises UnknownRevision, UnrelatedRange, RequestError, and NoClusterRoot or MissingObject where the
    bad end itself cannot be judged; any other commit that cannot be judged is a step that says so.
    """
    line = line_asked(repository, request)
    examiner = Examiner(repository, request.clusters)
    examiner.judge.find(repository.snapshot(line.bad))  # without a root there is nothing to walk to
    at_bad = examiner.anew()
    narrow = wants_probing(request, line)
    if narrow or request.good is None:
        at_bad.move(line.bad)
    if narrow and not _hiding(at_bad, request):
        first = first_bad(repository, request, line, reporter)
        if first is not None:
            return _leapt(repository, request, line, first)
    if line.forks:
        trail = _searched(repository, request, reporter, line)
    elif request.good is None and len(line.commits) > _SHORT:
        trail = _walked_back(repository, request, reporter, jobs, line, at_bad)
    else:
        trail = _walked(repository, request, reporter, jobs, line, examiner)
    if any(step.untestable and step.commit == line.bad for step in trail.steps):
        RepositoryJudge(request.clusters).move(repository.snapshot(line.bad), None)  # raises, saying why
    return trail


def _hiding(examiner: Examiner, request: Request) -> dict[str, Finding]:
    """The builds that fail where an examiner stands and may hide something that is asked about."""
    judges = examiner.judge.clusters.values()
    there = {str(object_id) for judge in judges for object_id in judge.scene.cluster.objects}
    if request.objects and request.objects <= there:
        return {}
    return {key: each for key, each in examiner.judge.findings.items() if each.rule == "build-failed"}


def _walked_back(
    repository: Repository, request: Request, reporter: Reporter, jobs: int, line: Line, examiner: Examiner
) -> Trail:
    """The trail of a whole history: only the part is walked in which today's failures came.

    A failure that a build hides today came before that build failed, and one that was told otherwise
    before came with that, so the part may begin earlier than anything that is to be seen today. `examiner`
    stands at the bad commit.
    """
    wanted = {key: each for key, each in examiner.findings.items() if request.asks(each)}
    wanted |= _hiding(examiner, request)
    start = len(line.commits) - 1
    while True:
        start = _before(examiner, line, start, wanted)
        trail = _walked(repository, request, reporter, jobs, _part(line, start), examiner.anew())
        wanted = {key: each.finding for key, each in trail.unseen.items() if key not in trail.began}
        wanted |= {key: each for key, each in trail.brought_to_light.items() if key not in trail.began}
        if start >= 0 and (old := [each for each in trail.old if each.id not in wanted]):
            before = _told_otherwise(examiner, line.commits[start], old)
            if not before:
                return _walked(repository, request, reporter, jobs, line, examiner.anew())
            wanted |= before
        if start < 0 or not wanted:
            return trail


def _told_otherwise(examiner: Examiner, commit: Oid, failures: Sequence[Finding]) -> dict[str, Finding]:
    """What some failures may have been at an older commit: of the same objects, or for want of the same."""
    found = [(each.rule, each.subject.kind, each.subject.name) for each in failures]
    found += [(each.rule, each.reference.kind, each.reference.name) for each in failures]
    examiner.move(commit, findings_only=True)
    return {
        key: each
        for key, each in examiner.findings.items()
        if {(each.rule, place.kind, place.name) for place in (each.subject, each.reference)} & set(found)
    }


def _before(examiner: Examiner, line: Line, end: int, wanted: Mapping[str, Finding]) -> int:
    """The place of a commit without the findings that the one at `end` has; -1: none is old enough."""
    if not wanted:
        return end - 1

    def broken(commit: Oid) -> Set[str] | None:
        if examiner.move(commit, findings_only=True).untestable:
            return None
        there: defaultdict[ObjectId, list[Finding]] = defaultdict(list)
        for finding in examiner.findings.values():
            there[finding.subject].append(finding)
        found = {key for key, old in wanted.items() if any(are_one(old, each) for each in there[old.subject])}
        hidden = not found and any(_out_of_sight(examiner, finding) for finding in wanted.values())
        return None if hidden else found

    return gallop(list(line.commits[: end + 1]), broken, wanted.keys())


def _out_of_sight(examiner: Examiner, finding: Finding) -> bool:
    """May a Kustomization that stands still apply what a finding is about, so that nothing is known of it?"""
    subject = NamedKind(finding.subject.kind, finding.subject.name)
    return any(
        subject in answer.would_make
        for judge in examiner.judge.clusters.values()
        if judge.scene.label == finding.cluster and judge.scene.graph.applied(finding.subject) is None
        for answer in judge.scene.cluster.kustomizations.values()
    )


def _part(line: Line, start: int) -> Line:
    """The commits of a line after the one at a place."""
    if start < 0:
        return line
    return Line(line.commits[start], line.commits[start + 1 :], line.boundary, start + 1)


def _walked(
    repository: Repository, request: Request, reporter: Reporter, jobs: int, line: Line, examiner: Examiner
) -> Trail:
    """The trail of a line, walked by an examiner that stands nowhere yet."""
    commits = line.commits if line.base is None else (line.base, *line.commits)
    walked = judge_line(examiner, commits, jobs, reporter)
    if line.base is not None:
        last = examiner.judge.findings
        walked = [*(prelude(repository, examiner.anew(), walked, last) or walked[:1]), *walked[1:]]
    steps = [examiner.count(each) for each in walked]
    searched = set(line.commits)
    examiner.settle()
    told = tuple(step for step in steps if step.tells and step.commit in searched)
    return _trail(request, line, told, examiner)


def _searched(repository: Repository, request: Request, reporter: Reporter, line: Line) -> Trail:
    """The trail of all that the bad commit reaches."""
    forks = Forks(repository, request.clusters, line)
    told = forks.told(reporter)
    asked = {key: finding for key, finding in told.findings.items() if request.asks(finding)}
    unseen = {key: each for key, each in told.unseen.items() if request.asks(each.finding)}
    hiding = {(each.curtain.cluster, each.curtain.ks) for each in unseen.values()}
    walls = {
        key: each
        for key, each in builds_hiding(told.findings, told.unseen, hiding).items()
        if key not in asked
    }
    return Trail(
        line=line,
        steps=dated_back(told.steps, line.commits),
        asked=asked,
        unseen=unseen,
        hidden=frozenset(told.unseen),
        unknown={},
        never_seen={},
        walls=walls,
        began={
            key: told.began[key] for key in told.began.keys() & (asked.keys() | unseen.keys() | walls.keys())
        },
        replaced={},
        movements=Movements(repository, request.clusters, line.commits),
        examiner=forks.examiner,
    )


def _leapt(repository: Repository, request: Request, line: Line, first: Oid) -> Trail:
    """The trail of a line of which only one commit is known to have begun today's failures."""
    examiner = Examiner(repository, request.clusters)
    for before in repository.parents(first)[:1]:
        examiner.move(before)
    step = examiner.move(first)
    if first != line.bad:
        examiner.move(line.bad)
    return _trail(request, line, (step,), examiner)


def _trail(request: Request, line: Line, told: tuple[Step[Finding], ...], examiner: Examiner) -> Trail:
    steps = dated_back(under_last_names(told), line.commits)
    unknown = out_of_sight_since((step.commit for step in steps), examiner.movements, request.objects)
    former = former_names(steps)

    def asks(finding: Finding) -> bool:
        return any(map(request.asks, (finding, *former.get(finding.id, ()))))

    asked = {key: finding for key, finding in examiner.findings.items() if asks(finding)}
    unseen = {key: each for key, each in examiner.unseen.items() if asks(each.finding)}
    unborn = {name: ks for name, ks in never_seen(examiner, request.objects).items() if name not in unknown}
    curtains = (*(each.curtain for each in unseen.values()), *unknown.values())
    hiding = {*((each.cluster, each.ks) for each in curtains), *unborn.values()}
    walls = {
        key: each
        for key, each in builds_hiding(examiner.findings, examiner.unseen, hiding).items()
        if key not in asked
    }
    began = beginnings(steps, lambda commit, ks: _born(examiner.movements.get(commit), ks))
    return Trail(
        line=line,
        steps=steps,
        asked=asked,
        unseen=unseen,
        hidden=frozenset(examiner.unseen),
        unknown=unknown,
        never_seen=unborn,
        walls=walls,
        began={key: began[key] for key in began.keys() & (asked.keys() | unseen.keys() | walls.keys())},
        replaced={key: made for key, made in replaced(steps).items() if key in asked or key in walls},
        movements=examiner.movements,
        examiner=examiner,
    )


def _born(movement: Movement | None, ks: ObjectId) -> bool:
    """Was a Kustomization not there before a commit? One that changed nothing to be seen brought none."""
    if movement is None:
        return False
    was, now = ({applied.id for applied in side} for side in (movement.before, movement.after))
    return ks in now and ks not in was
