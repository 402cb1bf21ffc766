"""Commits and their parents, as a value: what reaches what, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

from bisectops.git.objects import Oid


class History:
    """A part of a history. Parents that are not part of it are not looked at."""

    def __init__(self, parents: Mapping[Oid, tuple[Oid, ...]]) -> None:
        self._parents = {
            commit: tuple(parent for parent in named if parent in parents)
            for commit, named in parents.items()
        }
        order = TopologicalSorter(self._parents).static_order()
        self._places = {commit: place for place, commit in enumerate(order)}

    @classmethod
    def of_line(cls, line: Iterable[Oid]) -> History:
        """A line of commits, oldest first, each the only parent of the next."""
        commits = list(line)
        return cls({commit: tuple(commits[i - 1 : i]) if i else () for i, commit in enumerate(commits)})

    def __contains__(self, commit: Oid) -> bool:
        return commit in self._parents

    def oldest_first(self, commits: Iterable[Oid]) -> list[Oid]:
        """The commits, none before one of its ancestors."""
        return sorted(commits, key=self._places.__getitem__)

    def ancestors(self, commits: Iterable[Oid]) -> frozenset[Oid]:
        """The commits with all that they reach."""
        found: set[Oid] = set()
        waiting = [commit for commit in commits if commit in self._parents]
        while waiting:
            commit = waiting.pop()
            if commit not in found:
                found.add(commit)
                waiting.extend(self._parents[commit])
        return frozenset(found)

    def weights(self, part: frozenset[Oid]) -> dict[Oid, int]:
        """How many commits of a part each of them reaches, itself included."""
        ordered = self.oldest_first(part)
        parents = {commit: [p for p in self._parents[commit] if p in part] for commit in ordered}
        if all(len(named) <= 1 for named in parents.values()):
            return _on_lines(ordered, parents)
        bits: dict[Oid, int] = {}
        for place, commit in enumerate(ordered):
            reached = 1 << place
            for parent in parents[commit]:
                reached |= bits[parent]
            bits[commit] = reached
        return {commit: reached.bit_count() for commit, reached in bits.items()}


def _on_lines(ordered: list[Oid], parents: Mapping[Oid, list[Oid]]) -> dict[Oid, int]:
    weights: dict[Oid, int] = {}
    for commit in ordered:
        weights[commit] = 1 + sum(weights[parent] for parent in parents[commit])
    return weights
