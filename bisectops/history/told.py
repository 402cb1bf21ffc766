"""What one commit did to the failures that count, gathered until it is told as a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from bisectops.git.objects import Oid
from bisectops.rules.finding import Finding
from bisectops.search.walk import Step

Renamed = tuple[Finding, Finding]


@dataclass(slots=True)
class Told:
    """The failures that came, those that went, and those that are only told otherwise."""

    introduced: list[Finding] = field(default_factory=list)
    resolved: list[Finding] = field(default_factory=list)
    hidden: list[Finding] = field(default_factory=list)
    """Those that went out of sight."""
    seen: list[Finding] = field(default_factory=list)
    """Those that are in sight again."""
    made: dict[str, Oid] = field(default_factory=dict)
    """By id, of those in sight that nobody has seen before: the older commit that made them."""
    late: list[Finding] = field(default_factory=list)
    """Those that were out of sight, and are no more: resolved by now."""
    renamed: list[Renamed] = field(default_factory=list)

    def step(self, commit: Oid) -> Step[Finding]:
        """All of it, in an order of its own."""
        pairs = _under_another_name((*self.resolved, *self.late), self.introduced)
        before, after = {old.id for old, _ in pairs}, {new.id for _, new in pairs}
        unseen = {each.id for each in self.late}
        seen = (*self.seen, *(new for old, new in pairs if old.id in unseen))
        return Step(
            commit,
            _sorted(each for each in self.introduced if each.id not in after),
            _sorted(each for each in (*self.resolved, *self.late) if each.id not in before),
            hidden=_sorted(self.hidden),
            seen=_sorted(seen),
            made=self.made,
            late=_sorted(each for each in self.late if each.id not in before),
            renamed=tuple(sorted(_in_one(self.renamed, pairs), key=lambda pair: pair[0].id)),
        )


def _in_one(clusters: Iterable[Renamed], objects: Iterable[Renamed]) -> Iterator[Renamed]:
    """The failures whose cluster got another name, and those whose object did; both may be true of one."""
    last = {old.id: (old, new) for old, new in objects}
    for old, new in clusters:
        yield old, last.pop(new.id, (new, new))[1]
    yield from last.values()


def _under_another_name(went: Iterable[Finding], came: Iterable[Finding]) -> list[Renamed]:
    """The failures that go on under another name: in one file, an object that misses the same."""
    before, after = _by_place(went), _by_place(came)
    both = (place for place in before if place in after)
    return [
        (before[place][0], after[place][0]) for place in both if len(before[place]) == len(after[place]) == 1
    ]


def _by_place(findings: Iterable[Finding]) -> dict[Hashable, list[Finding]]:
    found: defaultdict[Hashable, list[Finding]] = defaultdict(list)
    for each in findings:
        subject = each.subject
        place = (each.cluster, each.rule, each.origin.path, each.reference, subject.kind, subject.group)
        found[place].append(each)
    return dict(found)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.id))
