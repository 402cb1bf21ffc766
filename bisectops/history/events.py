"""A whole line, commit by commit: what each introduced and resolved, and how much is broken after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from bisectops.cache.store import Store
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.crew import judge_all
from bisectops.history.ledger import read, written
from bisectops.history.line import Line
from bisectops.history.request import Request
from bisectops.history.segments import Piece, Terms, key, pieces
from bisectops.history.tally import Judged, Tally
from bisectops.history.told import Renamed
from bisectops.history.unseen import Unseen
from bisectops.rules.finding import Finding
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step, Untestable


class Place(NamedTuple):
    """A commit of a line, and where it stands there."""

    commit: Oid
    position: int


@dataclass(frozen=True, slots=True)
class Event:
    """A commit that changed the findings asked about, or could not be judged."""

    commit: Oid
    position: int
    """Its place in the line, the oldest commit's being 0."""
    introduced: tuple[Finding, ...] = ()
    resolved: tuple[Finding, ...] = ()
    broken: int = 0
    """How many failures there are after it."""
    untestable: Untestable | None = None
    hidden: tuple[Unseen, ...] = ()
    """What went out of sight: neither resolved nor known to be there."""
    seen: tuple[Finding, ...] = ()
    """What was out of sight, and fails."""
    made: Mapping[str, Place | None] = field(default_factory=dict)
    """By id, of what is seen for the first time: the commit that made it; None for one before the line."""
    late: tuple[Finding, ...] = ()
    """What is among the resolved and was out of sight until now: something resolved it since."""
    renamed: tuple[Renamed, ...] = ()
    """What fails as before under another name: as it was called, and as it is."""
    out_of_sight: int = 0
    """How many failures cannot be seen after it."""
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By id of what it introduced, the objects that are held up."""


@dataclass(frozen=True, slots=True)
class Means:
    """How a history is walked; the answer is the same by any."""

    store: Store
    jobs: int = 1
    reporter: Reporter = field(default_factory=Reporter)


def events(
    repository: Repository, request: Request, line: Line, means: Means, *, tells_blocks: bool = False
) -> Iterator[Event]:
    """Every event of a line, oldest first, each as soon as it is known."""
    places = {commit: position for position, commit in enumerate(line.commits)}
    tally = Tally()
    broken: set[str] = set()
    unseen: set[str] = set()
    terms = Terms(request.clusters, tells_blocks)
    for judged in _judged(repository, line, terms, means):
        step = tally.count(judged)
        if judged.commit not in places:  # the state before the line
            broken = {found.id for found in tally.findings.values() if request.asks(found)}
            continue
        asked = _asked(step, request)
        if not asked.tells:
            continue
        broken, unseen = _after(asked, broken, unseen)
        yield Event(
            judged.commit,
            places[judged.commit],
            asked.introduced,
            asked.resolved,
            len(broken),
            asked.untestable,
            tuple(tally.unseen[found.id] for found in asked.hidden),
            asked.seen,
            {key: Place(made, places[made]) if made in places else None for key, made in asked.made.items()},
            asked.late,
            asked.renamed,
            len(unseen),
            {found.id: judged.blocks.get(found.id, ()) for found in (*asked.introduced, *asked.seen)},
        )


def _asked(step: Step[Finding], request: Request) -> Step[Finding]:
    return Step(
        step.commit,
        tuple(filter(request.asks, step.introduced)),
        tuple(filter(request.asks, step.resolved)),
        step.untestable,
        tuple(filter(request.asks, step.hidden)),
        tuple(filter(request.asks, step.seen)),
        {
            found.id: step.made[found.id]
            for found in step.seen
            if found.id in step.made and request.asks(found)
        },
        tuple(filter(request.asks, step.late)),
        tuple(pair for pair in step.renamed if request.asks(pair[0]) or request.asks(pair[1])),
    )


def _after(step: Step[Finding], broken: Set[str], unseen: Set[str]) -> tuple[set[str], set[str]]:
    """What is broken and what is out of sight after a step, by id, of what was before it."""
    names = {old.id: new.id for old, new in step.renamed}
    broken = {names.get(key, key) for key in broken}
    unseen = {names.get(key, key) for key in unseen}
    hidden, seen = _ids(step.hidden), _ids(step.seen)
    gone = _ids(step.resolved)
    return (broken - gone - hidden) | _ids(step.introduced) | seen, (unseen - gone - seen) | hidden


def _ids(findings: Iterable[Finding]) -> set[str]:
    return {found.id for found in findings}


def _judged(repository: Repository, line: Line, terms: Terms, means: Means) -> Iterator[Judged]:
    """The commits that are worth a line, from the cache as far as it goes."""
    cut = pieces(line.base, line.commits)
    known = {piece: answer for piece in cut if (answer := means.store.get(key(piece, terms))) is not None}
    means.reporter.begin(len(line.commits))
    try:
        means.reporter.advanced(sum(len(piece.commits) for piece in known))
        yield from _in_order(repository, terms, cut, known, means)
    finally:
        means.reporter.end()


def _in_order(
    repository: Repository, terms: Terms, cut: Sequence[Piece], known: Mapping[Piece, bytes], means: Means
) -> Iterator[Judged]:
    wanted = [piece for piece in cut if piece not in known]
    fresh = judge_all(repository, terms, wanted, means.jobs, means.reporter)
    for piece in cut:
        if piece in known:
            yield from read(known[piece])
            continue
        _, judged = next(fresh)
        means.store.put(key(piece, terms), written(judged))
        yield from judged
