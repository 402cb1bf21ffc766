"""The commits of the story and the part each one played, from what it introduced, resolved and left."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid
from bisectops.incident.incident import Role
from bisectops.rules.finding import Finding
from bisectops.search.walk import Since, Step, last_introductions


@dataclass(frozen=True, slots=True)
class Part:
    """A commit of the chain with what it did to the failures of the story."""

    commit: Oid
    role: Role
    introduced: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    left: tuple[Finding, ...]
    """The failures of the story after it."""


Born = Callable[[Oid, ObjectId], bool]
"""Did an object come with a commit?"""


def dated_back(steps: Iterable[Step[Finding]], line: Sequence[Oid]) -> tuple[Step[Finding], ...]:
    """The steps of a line with what came to light later put where it was made, if the line holds that."""
    order = {commit: place for place, commit in enumerate(line)}
    told = {step.commit: step for step in steps}
    for step in tuple(told.values()):
        for finding in step.seen:
            maker = step.made.get(finding.id)
            if maker in order:
                then = told.get(maker, Step(maker))
                told[maker] = replace(then, introduced=(*then.introduced, finding))
    return tuple(sorted(told.values(), key=lambda step: order.get(step.commit, -1)))


def beginnings(steps: Sequence[Step[Finding]], born: Born) -> Mapping[str, Oid]:
    """By id, the commit since which each failure has been there that is there after the last step.

    What showed when a ks could be built that never could before was there, out of sight, since the ks
    was. What is older than the steps is left out.
    """
    introductions = _introductions(steps).items()
    began = {key: since.step.commit for key, since in introductions if not since.replaced}
    for place, step in enumerate(steps):
        broken = {(each.cluster, each.subject): each for each in step.resolved if each.rule == "build-failed"}
        for finding in step.introduced:
            before = broken.get((finding.cluster, finding.subject))
            if before is None or began.get(finding.id) != step.commit:
                continue
            first = _introductions(steps[:place]).get(before.id)
            if first is not None and not first.replaced and born(first.step.commit, finding.subject):
                began[finding.id] = first.step.commit
    return began


def replaced(steps: Sequence[Step[Finding]]) -> Mapping[str, Oid]:
    """By id, the commit that made each failure what it is after the last step out of one older than them."""
    return {key: since.step.commit for key, since in _introductions(steps).items() if since.replaced}


def _introductions(steps: Sequence[Step[Finding]]) -> Mapping[str, Since[Finding]]:
    return last_introductions(steps, lambda finding: finding.id, failure)


def chain(steps: Sequence[Step[Finding]], starts: Set[Oid]) -> tuple[Part, ...]:
    """The commits that introduced or changed the failures which began with `starts`, oldest first.

    The story starts where one of those failures appeared to stay, and takes in what happened to the
    same objects and the same missing things from then on. A failure that was repaired and came back
    starts at its return: that commit is a regression. One that changed its target while the object
    stayed broken starts where the object broke.
    """
    first = next((i for i, step in enumerate(steps) if step.commit in starts), len(steps))
    story = _Story(step for step in steps if step.commit in starts)
    told = [(step, *story.of(step)) for step in steps[first:]]
    earlier = {_again(finding) for step in steps[:first] for finding in step.introduced}
    return tuple(_parts(told, earlier))


_ONE_AT_A_TIME = frozenset(
    (
        "build-failed",
        "decryption-secret-missing",
        "dependency-not-found",
        "source-not-found",
        "substitute-source-missing",
        "values-source-missing",
    )
)


def failure(finding: Finding) -> Hashable:
    """What stays the same failure while its target changes: a rule, an object and a field of it.

    A build that fails elsewhere is the same one still; a folder that was not there and one that is
    there and cannot be built are two.
    """
    if finding.rule not in _ONE_AT_A_TIME:
        return finding.id
    what = finding.reference.kind if finding.rule == "build-failed" else finding.reference.field
    return finding.cluster, finding.rule, finding.subject, what


def _again(finding: Finding) -> tuple[str, str]:
    """What is the same when a failure comes back: of a build, the reason too."""
    return finding.id, finding.message if finding.rule == "build-failed" else ""


_Told = tuple[Step[Finding], tuple[Finding, ...], tuple[Finding, ...]]


class _Story:
    """What belongs together: today's failures, and all that the commits that began them broke with them."""

    def __init__(self, starts: Iterable[Step[Finding]]) -> None:
        began = [finding for step in starts for finding in step.introduced]
        self._missing = {_missing(finding) for finding in began}
        self._subjects = {_subject(finding) for finding in began}

    def of(self, step: Step[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        return tuple(filter(self._related, step.introduced)), tuple(filter(self._related, step.resolved))

    def _related(self, finding: Finding) -> bool:
        return _missing(finding) in self._missing or _subject(finding) in self._subjects


def _missing(finding: Finding) -> tuple[str, str]:
    """What is missed, wherever: an object keeps its name when it moves to another namespace."""
    return finding.reference.kind, finding.reference.name


def _subject(finding: Finding) -> tuple[str, str]:
    return finding.subject.kind, finding.subject.name


def _parts(told: list[_Told], seen: set[tuple[str, str]]) -> Iterator[Part]:
    left: dict[str, Finding] = {}
    repaired: set[str] = set()
    for step, introduced, resolved in told:
        names = {old.id: new for old, new in step.renamed}
        left = {each.id: each for each in (names.get(key, finding) for key, finding in left.items())}
        if not introduced and not resolved:
            continue
        left = {key: finding for key, finding in left.items() if key not in {f.id for f in resolved}}
        left.update((finding.id, finding) for finding in introduced)
        role = _role(introduced, resolved, left, seen, repaired)
        seen |= set(map(_again, introduced))
        repaired |= {finding.rule for finding in resolved}
        yield Part(step.commit, role, introduced, resolved, tuple(left[key] for key in sorted(left)))


def _role(
    introduced: tuple[Finding, ...],
    resolved: tuple[Finding, ...],
    left: dict[str, Finding],
    seen: set[tuple[str, str]],
    repaired: set[str],
) -> Role:
    if introduced and resolved:
        return Role.ATTEMPTED_FIX
    if introduced:
        returns = any(_again(finding) in seen for finding in introduced)
        return Role.REGRESSION if returns else Role.INITIAL_CHANGE
    if not left:
        return Role.FIX
    # A rule that an earlier commit began to repair, and that nothing of the story breaks any more.
    finished = {finding.rule for finding in resolved} - {finding.rule for finding in left.values()}
    return Role.COMPLETED_PARTIAL_FIX if finished & repaired else Role.PARTIAL_FIX
