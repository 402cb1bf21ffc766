"""A whole line, commit by commit: what each introduced and resolved, and how much is broken after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bisectops.cache.store import Store
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.crew import judge_all
from bisectops.history.ledger import read, written
from bisectops.history.line import Line
from bisectops.history.request import Request
from bisectops.history.segments import Piece, Terms, key, pieces
from bisectops.history.tally import Judged, Tally
from bisectops.rules.finding import Finding
from bisectops.search.reporter import Reporter
from bisectops.search.walk import Step, Untestable


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
    terms = Terms(request.clusters, tells_blocks)
    for judged in _judged(repository, line, terms, means):
        step = tally.count(judged)
        if judged.commit not in places:  # the state before the line
            broken = {found.id for found in tally.findings.values() if request.asks(found)}
            continue
        asked = _asked(step, request)
        broken = (broken - {found.id for found in asked.resolved}) | {found.id for found in asked.introduced}
        if asked.introduced or asked.resolved or asked.untestable:
            yield Event(
                judged.commit,
                places[judged.commit],
                asked.introduced,
                asked.resolved,
                len(broken),
                asked.untestable,
                {found.id: judged.blocks.get(found.id, ()) for found in asked.introduced},
            )


def _asked(step: Step[Finding], request: Request) -> Step[Finding]:
    introduced = tuple(filter(request.asks, step.introduced))
    return Step(step.commit, introduced, tuple(filter(request.asks, step.resolved)), step.untestable)


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
