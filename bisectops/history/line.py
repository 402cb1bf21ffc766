"""The commits that a request names, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bisectops.errors import RequestError, UnrelatedRange
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.request import Request


@dataclass(frozen=True, slots=True)
class Line:
    """The commits to search, oldest first, and the commit before them."""

    base: Oid | None
    """None where the line starts at a root commit, or where a shallow clone ends."""
    commits: tuple[Oid, ...]
    boundary: Oid | None = None
    """The commit at which a shallow clone ends, where it does so within the range."""
    passed_over: int = 0
    """Older commits of a whole history that were not walked: none of today's failures was there yet."""
    forks: bool = False
    """Not a line, but all that the newest commit reaches: no commit before its parents."""

    @property
    def length(self) -> int:
        """How many commits were searched."""
        return len(self.commits) + self.passed_over

    @property
    def bad(self) -> Oid:
        """The newest commit."""
        return self.commits[-1]


def line_asked(repository: Repository, request: Request) -> Line:
    """The commits of a request without dates: the first-parent line, unless every commit is asked for.

    Raises UnknownRevision, UnrelatedRange or RequestError.
    """
    bad = repository.resolve(request.bad)
    good = repository.resolve(request.good) if request.good else None
    if good is not None and not repository.is_ancestor(good, bad):
        raise UnrelatedRange(
            f"the good end {good[:7]} is no ancestor of the bad end {bad[:7]}",
            hint=_related(repository, good, bad),
        )
    if request.all_parents:
        return _every(repository, bad, good)
    commits = tuple(reversed(list(repository.since(bad, good))))
    if not commits:
        raise _empty(bad)
    if repository.ends_shallow(commits[0]) and len(commits) > 1:
        return Line(commits[0], commits[1:], commits[0])  # what the oldest commit did cannot be told
    parents = repository.parents(commits[0])
    boundary = commits[0] if repository.ends_shallow(commits[0]) else None
    return Line(parents[0] if parents else None, commits, boundary)


def _related(repository: Repository, good: Oid, bad: Oid) -> str:
    """What may have been meant by two ends of which the good one is no ancestor."""
    if repository.is_ancestor(bad, good):
        return "they are the wrong way round: the good end comes first"
    if base := repository.merge_base(good, bad):
        return f"they part at {base[:10]}, their `git merge-base`: name that as the good end"
    if repository.is_shallow:
        return "the clone is shallow and does not show how they meet: `git fetch --unshallow` completes it"
    return "their histories have nothing in common"


def _every(repository: Repository, bad: Oid, good: Oid | None) -> Line:
    commits = tuple(repository.brought(bad, good))
    if not commits:
        raise _empty(bad)
    boundary = next(filter(repository.ends_shallow, commits), None)
    return Line(good, commits, boundary, forks=True)


def _empty(bad: Oid) -> RequestError:
    return RequestError(f"the range is empty: {bad[:7]} is its good and its bad end")


def beyond(repository: Repository, line: Line) -> Iterator[str]:
    """A sentence for each way in which a line is not all that there was."""
    if line.boundary is not None:
        yield (
            f"The clone is shallow and ends at {line.boundary[:7]}; what came before cannot be seen "
            "(`git fetch --unshallow` completes it)"
        )
    if repository.replaced:
        yield (
            f"{repository.replaced} objects are replaced in this clone (`git replace`); the history is told "
            "as it was recorded"
        )


def dated(repository: Repository, request: Request) -> Request:
    """The request with its dates turned into ends of the first-parent line, as `git log` cuts a history.

    The newest commit that is not too new ends it, and it begins after the first one, going back, that
    is too old; a commit's date is the committer's. Raises as `line_asked`, and where nothing is left.
    """
    if request.since is None and request.until is None:
        return request
    bad = repository.resolve(request.bad)
    good = repository.resolve(request.good) if request.good else None
    line = _with_dates(repository, bad, good)
    end = next((each for each in line if request.until is None or each[1] <= request.until), None)
    if end is None or (request.since is not None and end[1] < request.since):
        raise RequestError(
            f"no commit of the line up to {bad[:7]} was committed in that time",
            hint="dates are the committer's, as `git log --since` takes them",
        )
    since = request.since
    older = next((oid for oid, time in line if since is not None and time < since), None)
    return replace(request, good=older or request.good, bad=end[0], since=None, until=None)


def _with_dates(repository: Repository, bad: Oid, good: Oid | None) -> Iterator[tuple[Oid, int]]:
    return ((oid, repository.committed(oid)) for oid in repository.since(bad, good))
