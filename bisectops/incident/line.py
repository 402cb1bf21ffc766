"""The commits that a request names, oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from bisectops.errors import RequestError, UnrelatedRange
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.incident.request import Request


@dataclass(frozen=True, slots=True)
class Line:
    """The commits to search, oldest first, and the commit before them."""

    base: Oid | None
    """None where the line starts at a root commit, or where a shallow clone ends."""
    commits: tuple[Oid, ...]
    shallow: bool
    passed_over: int = 0
    """Older commits of a whole history that were not walked: none of today's failures was there yet."""

    @property
    def length(self) -> int:
        """How many commits were searched."""
        return len(self.commits) + self.passed_over

    @property
    def bad(self) -> Oid:
        """The newest commit."""
        return self.commits[-1]


def line_asked(repository: Repository, request: Request) -> Line:
    """The first-parent line of a request. Raises UnknownRevision, UnrelatedRange or RequestError."""
    bad = repository.resolve(request.bad)
    good = repository.resolve(request.good) if request.good else None
    if good is not None and not repository.is_ancestor(good, bad):
        raise UnrelatedRange(
            f"the good end {good[:7]} is no ancestor of the bad end {bad[:7]}",
            hint="swap them if it was the other way round, or name their `git merge-base` as the good end",
        )
    commits = tuple(reversed(list(repository.since(bad, good))))
    if not commits:
        raise RequestError(f"the range is empty: {bad[:7]} is its good and its bad end")
    if repository.ends_shallow(commits[0]) and len(commits) > 1:
        return Line(commits[0], commits[1:], True)  # what the oldest commit did cannot be told
    parents = repository.parents(commits[0])
    return Line(parents[0] if parents else None, commits, False)
