"""What each commit of a line did: introduced, resolved, or could not be judged."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from bisectops.git.objects import Oid

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Untestable:
    """A commit that cannot be judged; it is neither good nor bad."""

    reason: str


@dataclass(frozen=True, slots=True)
class Step(Generic[F]):
    """A commit that changed the findings, or could not be judged.

    After an untestable commit the next step is told against the last one that was judged.
    """

    commit: Oid
    introduced: tuple[F, ...] = ()
    resolved: tuple[F, ...] = ()
    untestable: Untestable | None = None
    hidden: tuple[F, ...] = ()
    """What cannot be seen any more, there or not."""
    seen: tuple[F, ...] = ()
    """What was hidden, and is there."""
    made: Mapping[str, Oid] = field(default_factory=dict)
    """By the caller's key, of what is seen and never was before: the older commit that made it."""
    late: tuple[F, ...] = ()
    """What is among the resolved, and was hidden until now."""
    renamed: tuple[tuple[F, F], ...] = ()
    """What goes on under another name: as it was called, and as it is."""

    @property
    def tells(self) -> bool:
        """Is there anything to say of the commit?"""
        changed = self.introduced or self.resolved or self.hidden or self.seen or self.renamed
        return bool(changed or self.untestable)


def gallop(line: list[Oid], holds: Callable[[Oid], Set[str] | None], wanted: Set[str]) -> int:
    """The index of a commit before which none of the wanted findings held; -1 where none is old enough.

    `line` is oldest first and its last commit has all of them. Looks 1, 2, 4, … commits back, so a
    recent break in a long history costs few looks; a commit that cannot be judged (None) is passed by.
    """
    back = 1
    while back < len(line):
        index = len(line) - 1 - back
        held = holds(line[index])
        if held is not None and not held & wanted:
            return index
        back *= 2
    held = holds(line[0])
    return 0 if held is not None and not held & wanted else -1


class Since(NamedTuple, Generic[F]):
    """The step since which a finding has been there."""

    step: Step[F]
    replaced: bool = False
    """Did it take the place of one that is older than all steps?"""


def last_introductions(
    steps: Iterable[Step[F]], key: Callable[[F], str], same: Callable[[F], Hashable]
) -> Mapping[str, Since[F]]:
    """The step since which each finding that is there after the last step has been there.

    One that takes the place of another in the same step, the same failure by `same`, has been there as
    long as that one: the object was broken all the time. What is older than the steps is left out.
    """
    present: dict[str, Since[F]] = {}
    for step in steps:
        for old, new in step.renamed:
            if key(old) in present:
                present[key(new)] = present.pop(key(old))
        gone = {same(finding): present.pop(key(finding), None) for finding in step.resolved}
        for finding in step.introduced:
            before = gone.get(same(finding))
            present[key(finding)] = before or Since(step, replaced=same(finding) in gone)
    return present
