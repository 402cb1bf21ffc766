"""A long line of commits judged in parts: from the cache, here, or by processes of their own.

A line is cut after commits whose own names say so, so that the same pieces come back when it has grown.
A piece's answer depends on its commits and on the commit before it, and on nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bisectops.cache.semantics import semantics
from bisectops.garbage import collect_now
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner
from bisectops.history.ledger import FORMAT
from bisectops.history.tally import Judged

_CUT = 256
"""Commits of a piece, on average."""
_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class Piece:
    """Commits of a line, oldest first, and the commit before them.

    A piece without commits stands for what fails at its base, whatever brought it there.
    """

    base: Oid | None
    commits: tuple[Oid, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of each commit, besides the commit."""

    clusters: tuple[str, ...] = ()
    tells_blocks: bool = False


def pieces(base: Oid | None, commits: Sequence[Oid]) -> list[Piece]:
    """A line's pieces, oldest first; the state before the line, if there is one, first of all."""
    found = [Piece(base, ())] if base is not None else []
    start = 0
    for end, commit in enumerate(commits, start=1):
        if int(commit[:8], 16) % _CUT == 0 or end - start == _LONGEST or end == len(commits):
            found.append(Piece(base, tuple(commits[start:end])))
            base, start = commit, end
    return found


def key(piece: Piece, terms: Terms) -> bytes:
    """The name of a piece's answer in the cache."""
    told = (semantics(), FORMAT, terms.clusters, terms.tells_blocks, piece.base, piece.commits)
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).digest()


class Judging:
    """Judges pieces; where one follows the one before, it goes on from there."""

    def __init__(self, repository: Repository, terms: Terms) -> None:
        self._repository = repository
        self._terms = terms
        self._at: Oid | None = None
        self._examiner: Examiner | None = None

    def judge(self, piece: Piece) -> list[Judged]:
        """What each commit of a piece did, quiet ones included."""
        if self._examiner is None or self._at is None or self._at != piece.base:
            self._examiner = None
            collect_now()
            self._examiner = Examiner(
                self._repository, self._terms.clusters, tells_blocks=self._terms.tells_blocks
            )
            before = self._stand(self._examiner, piece.base)
            if not piece.commits:
                self._at = piece.base
                return [before] if before else []
        self._at = piece.commits[-1]
        return [self._examiner.judged(commit) for commit in piece.commits]

    def _stand(self, examiner: Examiner, base: Oid | None) -> Judged | None:
        """Go to a commit, or to the last before it that can be judged; what fails there, if there is one."""
        while base is not None:
            judged = examiner.judged(base)
            if not judged.untestable:
                return judged
            base = next(iter(self._repository.parents(base)), None)
        return None
