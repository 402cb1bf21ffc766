"""Who asked what of the repository: from a path that changed to the Kustomizations whose build may differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Change, RepoPath, parent
from bisectops.memo import Asked, Question

_NOBODY: frozenset[ObjectId] = frozenset()


class Readers:
    """The reverse of what each ks read; a look that found nothing counts."""

    def __init__(self) -> None:
        self._of: dict[Asked, set[ObjectId]] = {}

    @property
    def asked(self) -> Iterable[Asked]:
        """Everything that somebody asked."""
        return self._of.keys()

    def of(self, question: Question, path: RepoPath) -> Set[ObjectId]:
        """Who asked this of a path."""
        return self._of.get((question, path), _NOBODY)

    def looking_into(self, path: RepoPath) -> Set[ObjectId]:
        """Who asked more of a file than how its objects are called."""
        return self.of(Question.CONTENT, path) | self.of(Question.OBJECTS, path)

    def update(self, ks: ObjectId, was: Set[Asked], now: Set[Asked]) -> None:
        """Take over what a ks reads, in the place of what it read."""
        for read in was - now:
            self._of[read].discard(ks)
            if not self._of[read]:
                del self._of[read]
        for read in now - was:
            self._of.setdefault(read, set()).add(ks)

    def reached(self, change: Change) -> set[ObjectId]:
        """Who may get another answer by a change."""
        asked = {*self.looking_into(change.path), *self._naming(change.path)}
        if change.old is None or change.new is None or change.old.kind is not change.new.kind:
            asked |= self._noticing(change.path)
        return asked

    def _naming(self, path: RepoPath) -> Iterator[ObjectId]:
        """Who asked how the objects beneath a path, or a folder above it, are called."""
        yield from self.of(Question.NAMED, path)
        while path:
            path = parent(path)
            yield from self.of(Question.NAMED, path)

    def _noticing(self, path: RepoPath) -> set[ObjectId]:
        """Who asked whether a path, or a folder above it, is there."""
        asked = set(self.of(Question.KIND, path))
        while path:
            path = parent(path)
            asked |= self.of(Question.NAMES, path)
            asked |= self.of(Question.KIND, path)
        return asked
