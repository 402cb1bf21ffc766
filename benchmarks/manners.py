"""In what manner a fault comes into a history: alone or with something else, when, and dated how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")

ALONG = ("reformatted", "folder moved", "app removed", "interval", "resources reordered")
"""The changes that a fault may hide among, made by the same commit: one of its own file, or decoys."""


@dataclass(frozen=True)
class Manner:
    """How one fault is made; by default by an edit of its own, amid other commits."""

    merged: bool = False
    """Is it made on a branch?"""
    place: str = ""
    """"first": with the commit after the good one; "last": with the bad one; otherwise between them."""
    along: str = ""
    """What the same commit does besides, one of `ALONG`."""
    dates: str = ""
    """"alike": all commits have one date; "backwards": each is older than the one before it."""
    older: bool = False
    """Is something else broken all along?"""

    def at(self, part: Sequence[T], random: Random) -> int:
        """The place of the commit after which the fault comes, of those of a stretch."""
        if self.place == "first":
            return 0
        if self.place == "last":
            return len(part) - 1 - self.merged
        return random.randrange(len(part) // 4, max(len(part) * 3 // 4, len(part) // 4 + 1))

    def date(self, position: int, time: int) -> int:
        """The date of the commit at a position, where its original has some time."""
        if self.dates == "alike":
            return _SOME_DAY
        return _SOME_DAY - 60 * position if self.dates == "backwards" else time

    def __str__(self) -> str:
        words = (
            "merged" if self.merged else "",
            self.place,
            f"with {self.along}" if self.along else "",
            f"dated {self.dates}" if self.dates else "",
            "beside an older fault" if self.older else "",
        )
        return ", ".join(filter(None, words))


PLAIN = Manner()
_SOME_DAY = 1_700_000_000


def varied(random: Random) -> Manner:
    """Any manner."""
    return Manner(
        merged=random.random() < 0.2,
        place=_sometimes(random, 0.4, ("first", "last")),
        along=_sometimes(random, 0.4, ALONG),
        dates=_sometimes(random, 0.3, ("alike", "backwards")),
        older=random.random() < 0.3,
    )


def _sometimes(random: Random, share: float, words: Sequence[str]) -> str:
    return random.choice(words) if random.random() < share else ""
