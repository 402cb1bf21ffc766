"""A request becomes an Incident: the walk, the chain, the proof, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from typing import Any

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.line import beyond, dated
from bisectops.history.request import Request
from bisectops.incident import advice, wording
from bisectops.incident.bystanders import not_to_blame
from bisectops.incident.chain import Part, chain
from bisectops.incident.changes import changes, telling
from bisectops.incident.comparison import pattern
from bisectops.incident.counterfactual import Laboratory, missing_names
from bisectops.incident.events import count, read_events
from bisectops.incident.hidden import out_of_sight, problem
from bisectops.incident.incident import Bystander, Cause, Incident, Link, Symptom
from bisectops.incident.merges import Shipment, shipment, shipment_told
from bisectops.incident.names import are_one
from bisectops.incident.notes import names_unheard_of, notes
from bisectops.incident.position import line_of
from bisectops.incident.relocation import Relocation
from bisectops.incident.resolution import resolutions, taken_back_edits
from bisectops.incident.surroundings import blocked, consequences, related_files, roots_told
from bisectops.incident.trail import Trail, follow
from bisectops.incident.upheavals import upheavals
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.movement import Movement
from bisectops.search.reporter import Reporter


def blame(request: Request, reporter: Reporter, jobs: int = 1) -> Incident:
    """Find who broke what is broken at the bad commit; nothing is written anywhere.

    Raises UnknownRevision, UnrelatedRange, NoClusterRoot or RequestError; a commit within the range
    that cannot be judged is told in the answer instead.
    """
    repository = Repository(request.directory)
    request = dated(repository, request)
    trail = follow(repository, request, reporter, jobs)
    parts = chain(trail.steps, trail.starts or frozenset(trail.replaced.values()))
    links = tuple(_link(repository, request, trail, part) for part in parts)
    told = tuple(trail.told[key] for key in sorted(trail.told))
    return Incident(
        repository=repository.name,
        good=repository.commit(repository.resolve(request.good)) if request.good else None,
        bad=repository.commit(trail.line.bad),
        line=trail.line.length,
        roots=roots_told(trail),
        chain=links,
        culprit=next((link for link in links if link.commit.oid in trail.guilty), None),
        findings=told,
        lines={finding.id: line_of(repository, trail.line.bad, finding) for finding in told},
        blocks={finding.id: blocked(trail, finding) for finding in told},
        cascade=consequences(trail),
        causes=_causes(repository, trail, told),
        out_of_sight=out_of_sight(repository, trail),
        already_broken=trail.old,
        untestable=tuple(
            Bystander(repository.commit(step.commit), step.untestable.reason)
            for step in trail.steps
            if step.untestable
        ),
        not_to_blame=not_to_blame(repository, trail, links),
        notes=(
            *names_unheard_of(trail, request.objects),
            *_unproven(repository, request, trail),
            *beyond(repository, trail.line),
            *notes(trail),
        ),
        subject=wording.title(trail.about),
        problem=problem(trail),
        root_cause=_root_cause(trail, links),
        symptoms=_symptoms(request, trail),
        events_given=request.events is not None,
        **_lessons(repository, request, trail, parts, links),
    )


def _link(repository: Repository, request: Request, trail: Trail, part: Part) -> Link:
    commit = repository.commit(part.commit)
    parent = next(iter(repository.parents(part.commit)), None)
    shipped = _shipped(repository, request, trail, part)
    return Link(
        commit=commit,
        role=part.role,
        changes=(
            *((shipment_told(shipped),) if shipped else ()),
            *changes(repository, parent, part.commit, trail.movements.get(part.commit, Movement())),
        ),
        impact=_impact(trail, part),
        introduced=part.introduced,
        resolved=part.resolved,
        paths=tuple(change.path for change in repository.changes(parent, part.commit)),
        made_by=shipped.makers if shipped else (),
    )


def _impact(trail: Trail, part: Part) -> str:
    """What a commit did to the failures, and which of them it put out of sight."""
    told = wording.impact(part.introduced, part.resolved, part.left)
    hidden = [each.finding for each in trail.unseen.values() if each.curtain.since == part.commit]
    return f"{told}. Out of sight since then: {wording.broken(hidden)}" if hidden else told


def _causes(repository: Repository, trail: Trail, findings: Iterable[Finding]) -> tuple[Cause, ...]:
    told = []
    for (rule, what), group in wording.grouped(findings).items():
        since = {trail.began.get(finding.id) for finding in group}
        first = next((oid for oid in trail.line.commits if oid in since), None)
        told.append(Cause(rule, what, group, repository.commit(first) if first else None))
    return tuple(told)


def _shipped(repository: Repository, request: Request, trail: Trail, part: Part) -> Shipment | None:
    """Of a merge that failures began with: who made them before it, or that nobody had."""
    if part.commit not in trail.starts:
        return None
    failures = [finding for finding in part.introduced if finding.id not in trail.brought_to_light]
    if not failures:
        return None  # nobody could see it there
    then = trail.movements.get(part.commit, Movement()).introduced
    called = {each.id for each in then if any(are_one(each, finding) for finding in failures)}
    called |= {finding.id for finding in failures}
    return shipment(repository, request.clusters, part.commit, called)


def _unproven(repository: Repository, request: Request, trail: Trail) -> tuple[str, ...]:
    """Of a range in which nothing is provably broken: what else may have been felt."""
    if trail.told or trail.unseen or request.good is None or trail.line.forks:
        return ()
    line = (*((trail.line.base,) if trail.line.base else ()), *trail.line.commits)
    return upheavals(repository, request.clusters, line)


def _root_cause(trail: Trail, links: tuple[Link, ...]) -> str:
    """The culprit's first change with what is broken since, and what other commits of the chain added."""
    if not trail.told and not trail.unseen:
        return ""
    told: list[str] = []
    for link in sorted(links, key=lambda link: link.commit.oid not in trail.guilty):
        for failures, seen in ((trail.new, True), (trail.new_unseen, False)):
            since = [finding for finding in failures if trail.began[finding.id] == link.commit.oid]
            if not since:
                continue
            if told:
                when = "" if seen else ", when last judged,"
                told.append(f"since `{link.commit.short}` also{when} {wording.broken(since)}")
            else:
                when = "" if seen else "when last judged, "
                told.append(f"{_telling(link, since)} (`{link.commit.short}`): {when}{wording.broken(since)}")
    return "; ".join(told) or "The failures are older than the range that was searched"


def _telling(link: Link, findings: list[Finding]) -> str:
    """The change of a commit that names what most of its failures miss; the first where none does."""
    most = next(iter(wording.grouped(findings).values()))
    missed = {finding.reference.name for finding in most}
    return max(link.changes, key=lambda change: telling(change, missed))


def _symptoms(request: Request, trail: Trail) -> tuple[Symptom, ...]:
    events = read_events(request.events) if request.events else ()
    told = []
    for found, about in (
        (trail.new, {}),
        (trail.old, {"older": True}),
        (consequences(trail), {"cascade": True}),
    ):
        for message, group in wording.by_message(found).items():
            objects = tuple(sorted({str(finding.subject) for finding in group}))
            silent = all(finding.silent for finding in group)
            told.append(Symptom(message, objects, silent=silent, count=count(events, group), **about))
    return tuple(told)


def _lessons(
    repository: Repository, request: Request, trail: Trail, parts: tuple[Part, ...], links: tuple[Link, ...]
) -> dict[str, Any]:
    """The parts of the report that look at the trees themselves: pattern, repair, files, advice."""
    if not parts or not trail.starts:  # nothing was whole before
        return {}
    base_oid = _before(repository, parts[0].commit)
    bad = repository.commit(trail.line.bad)
    base = repository.commit(base_oid) if base_oid else None
    working = _judged(repository, trail.examiner.judge.beside(), base)
    read = _read(trail.examiner.judge, working)
    tree = repository.snapshot(bad.oid)
    names = missing_names(trail.new) | {finding.subject.name for finding in trail.new}
    back, narrow = (
        taken_back_edits(repository, parts, repository.snapshot(base.oid), tree, told) if base else {}
        for told in (frozenset[str](), names)
    )
    relocation = Relocation(repository, [part.commit for part in parts], tree)
    with closing(Laboratory(trail.examiner.judge, tree, trail.hidden)) as laboratory:
        repairs, edits = resolutions(laboratory, trail, relocation.whither, back, narrow, read, base, bad)
    told = (*trail.new, *(finding for link in links for finding in link.introduced))
    return {
        "pattern": pattern(repository, request, trail, base, working, edits),
        "resolutions": repairs,
        "learnings": advice.learnings(told, links),
        "prevention": advice.prevention(told),
        "related": related_files(trail, links, read, edits),
        "references": advice.references(told),
    }


def _judged(repository: Repository, judge: RepositoryJudge, commit: Commit | None) -> RepositoryJudge | None:
    """A judge, moved to a commit; None where there is none, or no root in it."""
    try:
        if commit is not None:
            judge.move(repository.snapshot(commit.oid), None)
            return judge
    except NoClusterRoot:
        pass
    return None


def _read(*judges: RepositoryJudge | None) -> frozenset[RepoPath]:
    """The files that the builds of clusters look into."""
    clusters = [each.scene.cluster for judge in judges if judge for each in judge.clusters.values()]
    return frozenset(path for cluster in clusters for _, path in cluster.reads())


def _before(repository: Repository, first: Oid) -> Oid | None:
    """The commit before the chain."""
    return next(iter(repository.parents(first)), None)
