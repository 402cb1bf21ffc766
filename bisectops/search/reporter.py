"""Who listens while a search runs; every method is empty, so that a listener takes what it needs."""

from __future__ import annotations

from bisectops.git.objects import Oid


class Reporter:
    """Hears of a search's progress; never influences it."""

    def begin(self, commits: int) -> None:
        """A line of so many commits will be walked."""

    def judged(self, commit: Oid, broken: bool) -> None:
        """A commit was judged; `broken` where it introduced a failure."""

    def advanced(self, commits: int) -> None:
        """So many more commits were judged, here or elsewhere."""

    def probing(self, told: str) -> None:
        """A bisection asks about a commit, or is over; in git's words."""

    def end(self) -> None:
        """The walk is over, or was given up."""
