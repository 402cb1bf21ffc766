"""The ends of builds, each told from the folder's last one where resources differ and their names do not.

What becomes of a resource in the end hangs on the others' names alone: on whom it may refer to, on its
place among them, and on whether somebody else has its id. (Vars apart, which are looked for in contents.)
So where resources differ that keep all their names, the others become what they became.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bisectops.git.objects import RepoPath
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.finishing import (
    MANAGED,
    Finished,
    dropped_annotations,
    finish,
    is_local,
    require_identity,
    swept,
)
from bisectops.kustomize.kustomization import Kustomization
from bisectops.kustomize.namereference import fix_references
from bisectops.kustomize.resource import Built, Resource
from bisectops.memo import Bounded

_BUILDS_KEPT = 300


class _Last(NamedTuple):
    """A build's end, and what it rests on."""

    by: tuple[object, ...]
    """What decides its end besides its resources."""
    gathered: tuple[Resource, ...]
    finished: Finished


class Endings:
    """Ends builds, and remembers the last end of each folder's."""

    def __init__(self) -> None:
        self._last: Bounded[RepoPath, _Last] = Bounded(_BUILDS_KEPT)
        self.whole = 0
        """How many builds came to their end resource by resource."""

    def built(self, folder: RepoPath, gathered: Accumulator, asked: Kustomization) -> Built:
        """The build of a root: its accumulation with final names, in final order."""
        by = (gathered.configuration, gathered.schema, asked.sort_options, asked.metadata)
        before = tuple(gathered.resources)
        plain = not gathered.variables and MANAGED not in asked.metadata
        last = self._last.get(folder) if plain else None
        finished = _as_last(last, gathered, asked) if last is not None and last.by == by else None
        if finished is None:
            self.whole += 1
            gathered.resources = list(before)
            finished = finish(gathered, asked)
        if plain and len(finished.hashed) == len(before):
            self._last[folder] = _Last(by, before, finished)
        return Built(finished.resources, tuple(gathered.patches), tuple(gathered.opaque), gathered.touched)


def _as_last(last: _Last, gathered: Accumulator, asked: Kustomization) -> Finished | None:
    """The last end with others in the place of the resources that differ; None where it may be another."""
    differing = _differing(last.gathered, gathered.resources)
    if differing is None:
        return None
    ends = [(at, place) for place in differing if (at := last.finished.places[place]) is not None]
    if len(ends) < len(differing):
        return None
    hashed = list(last.finished.hashed)
    for place in differing:
        hashed[place] = gathered.resources[place]
    gathered.resources = list(hashed)
    fix_references(gathered, differing)
    for place in differing:
        require_identity(gathered.resources[place])
    final = list(last.finished.resources)
    dropped = dropped_annotations(asked)
    for at, place in sorted(ends):
        resource = gathered.resources[place]
        if resource.id != final[at].id or is_local(resource):
            return None
        final[at] = swept(resource, dropped)
    return Finished(tuple(hashed), last.finished.places, tuple(final))


def _differing(before: Sequence[Resource], now: Sequence[Resource]) -> list[int] | None:
    """The places of the resources that are others now; None where some have other names."""
    if len(before) != len(now):
        return None
    places = [place for place, (old, new) in enumerate(zip(before, now, strict=True)) if old is not new]
    return places if all(_is_called_alike(before[at], now[at]) for at in places) else None


def _is_called_alike(one: Resource, other: Resource) -> bool:
    """Have two resources the same names, now and before, whatever is in them?"""
    return (
        not (one.needs_hash or other.needs_hash)
        and one.id == other.id
        and (one.previous, one.prefixes, one.suffixes) == (other.previous, other.prefixes, other.suffixes)
    )
