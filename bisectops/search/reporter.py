"""Who listens while a search runs; every method is empty, so that a listener takes what it needs."""

from __future__ import annotations


class Reporter:
    """Hears of a search's progress; never influences it."""

    def begin(self, commits: int) -> None:
        """A line of so many commits will be walked."""

    def advanced(self, commits: int) -> None:
        """So many more commits were judged, here or elsewhere."""

    def begun(self, incidents: int) -> None:
        """So many more incidents began; a commit that broke something is one, unless more is known."""

    def probing(self, told: str) -> None:
        """A bisection asks about a commit, or is over; in git's words."""

    def end(self) -> None:
        """The walk is over, or was given up."""
