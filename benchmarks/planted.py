"""Planted faults: real histories with a single reference broken from one commit on. Is that commit named?

    python benchmarks/planted.py CLONE [--commits 60] [--tries 2] [--seed 1] [--merged] [--partly] ...

The history is written again, with decoys around the plant that break nothing: a comment, an interval, a
tag, a folder moved with all its references, a consistent rename, and a later edit of the broken file. An
alteration stays in every later commit in which it still finds something to do. Stretches that break by
themselves are left out: there the culprit may be somebody else. A last commit takes the fault back: up to
there nothing is broken, and the timeline has both. `--merged` makes each fault on a branch; `--partly`
breaks two places at once and repairs one of them soon.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

from alterations import Plant, place
from plants import PLANTS
from rewriting import Rewritten, files_applied, files_touched, rewritten, write

from bisectops.cache.store import Store
from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.events import Means
from bisectops.history.examiner import Examiner
from bisectops.history.request import Request
from bisectops.incident.chronicle import Course
from bisectops.incident.incident import Incident, Link, Role
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

_STRETCHES = 12
"""Stretches of a history that are looked at."""
_FRUITLESS = 3
"""Plants of a kind that may break nothing before the next kind is tried."""


@dataclass(frozen=True)
class Stretch:
    """Commits of the line, and the place of the one after which a fault is planted."""

    repository: Repository
    part: list[Oid]
    at: int

    @cached_property
    def healthy(self) -> bool:
        """Does it break nothing by itself, and does no Kustomization stand still?"""
        try:
            incident = _blamed(self.repository.location, self.part[0], self.part[-1])
        except NoClusterRoot:
            return False
        stalled = any(finding.subject.kind == "Kustomization" for finding in incident.already_broken)
        return incident.culprit is None and not incident.untestable and not stalled

    @cached_property
    def applied(self) -> set[RepoPath]:
        """The files that are applied where the fault is planted."""
        return files_applied(self.repository, self.part[self.at])

    @cached_property
    def used(self) -> set[RepoPath]:
        """The files that are applied there or may be later."""
        later = files_applied(self.repository, self.part[-1])
        return self.applied | later | files_touched(self.repository, self.part)

    @property
    def name(self) -> str:
        return f"{self.part[0][:9]}..{self.part[-1][:9]}"


def main() -> int:
    arguments = _arguments()
    repository = Repository(arguments.clone)
    random = Random(arguments.seed)
    line = list(reversed(list(repository.since(repository.resolve(arguments.rev), None))))
    stretches = list(_stretches(repository, line, arguments.commits, random))
    said: Counter[str] = Counter()
    for plant in PLANTS:
        if arguments.only and plant.name not in arguments.only:
            continue
        random = Random(f"{arguments.seed} {plant.name}")
        random.shuffle(stretches)
        tries, fruitless = arguments.tries, _FRUITLESS
        for stretch in stretches:
            if not tries or not fruitless:
                break
            snapshot = repository.snapshot(stretch.part[stretch.at])
            path = place(snapshot, plant, stretch.applied, random)
            if path is None or not stretch.healthy:
                continue
            paths = [path]
            if arguments.partly:
                paths += filter(None, [place(snapshot, plant, stretch.applied - {path}, random)])
            told, put = _tried(
                stretch, plant, tuple(paths), random, merged=arguments.merged, keep=arguments.keep
            )
            said[told.partition(":")[0]] += 1
            said.update(f"decoy {name}" for name in put)
            print(f"{plant.name:24} {stretch.name} {told}", flush=True)
            tries -= (judged := told == "named" or told.startswith("WRONG"))
            fruitless -= not judged
    print(f"{said['named']} of {said['named'] + said['WRONG']} planted commits named")
    print(", ".join(f"{number} {name}" for name, number in sorted(said.items())))
    return 1 if said["WRONG"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--rev", default="HEAD")
    parser.add_argument("--commits", type=int, default=60, help="commits of a stretch")
    parser.add_argument("--tries", type=int, default=2, help="stretches for each kind of fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--merged", action="store_true", help="make each fault on a branch, and merge that")
    parser.add_argument("--partly", action="store_true", help="break two places, and repair one soon")
    parser.add_argument("--keep", type=Path, help="leave in this folder what was not named")
    parser.add_argument("--only", action="append", help="this kind of fault; again for more")
    return parser.parse_args()


def _stretches(repository: Repository, line: list[Oid], length: int, random: Random) -> Iterator[Stretch]:
    for _ in range(_STRETCHES):
        start = random.randrange(len(line) // 2, max(len(line) // 2 + 1, len(line) - length))
        part = line[start : start + length]
        yield Stretch(repository, part, random.randrange(len(part) // 4, len(part) * 3 // 4))


def _blamed(location: str, good: Oid, bad: Oid, objects: frozenset[str] = frozenset()) -> Incident:
    return blame(Request(directory=location, good=good, bad=bad, objects=objects), Reporter())


def _tried(
    stretch: Stretch,
    plant: Plant,
    paths: tuple[RepoPath, ...],
    random: Random,
    *,
    merged: bool,
    keep: Path | None,
) -> tuple[str, list[str]]:
    """What became of one plant, and the decoys around it."""
    repository, part, at = stretch.repository, stretch.part, stretch.at
    history = rewritten(repository, part, at, plant, paths, stretch.used, random, merged=merged)
    with tempfile.TemporaryDirectory() as scratch:
        made = write(Path(scratch), repository.location, repository, history)
        told = _judged(scratch, history, made, paths[0])
        if keep is not None and told != "named":
            kept = keep / f"{plant.name} {stretch.name}"
            shutil.copytree(scratch, kept, dirs_exist_ok=True)
            print(f"{kept}: {made[0]}..{made[history.broken]}, {made[history.planted]} planted")
    return told, list(history.decoys.values())


def _judged(scratch: str, history: Rewritten, made: list[Oid], path: RepoPath) -> str:
    planted, broken = made[history.planted], made[history.broken]
    examiner = Examiner(Repository(scratch))
    examiner.move(made[history.planted - 1 - (history.made < history.planted)])
    step = examiner.move(planted)
    if step.untestable:
        return f"takes the root away: {path}"
    if not step.introduced:
        return f"breaks nothing: {path}"
    found = {(finding.rule, finding.subject) for finding in step.introduced}
    examiner.move(broken)
    left = {key: each for key, each in examiner.findings.items() if (each.rule, each.subject) in found}
    if not left:
        return "repaired by a later commit"
    decoys = {made[position]: name for position, name in history.decoys.items()}
    partly = made[history.partly] if history.partly >= 0 else None
    for objects in (frozenset[str](), frozenset([str(left[min(left)].subject)])):
        wrong = _wrong(
            _blamed(scratch, made[0], broken, objects), planted, made[history.made], partly, decoys
        )
        if wrong:
            return f"WRONG: {wrong} of {path}{f' asked about {min(objects)}' if objects else ''}"
    failures = {finding.id for finding in step.introduced}
    return _of_repair(scratch, made[0], made[history.broken + 1], planted, failures, decoys) or "named"


def _wrong(
    incident: Incident, planted: Oid, maker: Oid, partly: Oid | None, decoys: Mapping[Oid, str]
) -> str:
    """What an answer has wrong, empty when it is right."""
    culprit = incident.culprit
    if culprit is None or culprit.commit.oid != planted:
        return f"{_named(culprit, decoys)} blamed"
    if culprit.role is not Role.INITIAL_CHANGE:
        return f"the role {culprit.role.value}"
    if maker != planted and maker not in [each.oid for each in culprit.made_by]:
        return "the merge blamed alone"
    for link in incident.chain:
        if link.commit.oid in decoys and link.role in (Role.INITIAL_CHANGE, Role.REGRESSION):
            return f"{_named(link, decoys)} in the chain"
        if link.commit.oid == partly and link.role is not Role.PARTIAL_FIX:
            return f"the partial fix as {link.role.value}"
    return ""


def _of_repair(
    scratch: str, good: Oid, repair: Oid, planted: Oid, failures: set[str], decoys: Mapping[Oid, str]
) -> str:
    """What is told wrongly of a history in which the fault is taken back."""
    culprit = _blamed(scratch, good, repair).culprit
    if culprit is not None:
        return f"WRONG: {_named(culprit, decoys)} blamed after the repair"
    course = Course(Request(directory=scratch, good=good, bad=repair), Means(Store(None)))
    began = [event.commit for event in course.events() if failures & {each.id for each in event.introduced}]
    if began[:1] != [planted] or decoys.keys() & set(began):
        told = ", ".join(decoys.get(commit, commit) for commit in began)
        return f"WRONG: the timeline has the failures begin with {told or 'nothing'}"
    return ""


def _named(link: Link | None, decoys: Mapping[Oid, str]) -> str:
    """Who is blamed, and for what."""
    if link is None:
        return "nobody"
    who = f"the decoy {decoys[link.commit.oid]}" if link.commit.oid in decoys else link.commit.subject
    return f"{who} ({link.introduced[0].id if link.introduced else 'which broke nothing'})"


if __name__ == "__main__":
    sys.exit(main())
