"""Planted faults: real histories with a single reference broken from one commit on. Is that commit named?

    python benchmarks/planted.py CLONE [--commits 60] [--tries 2] [--seed 1] [--varied] [--partly] ...

The history is written again, with decoys around the plant that break nothing: a comment, an interval, a
tag, a folder moved with all its references, a consistent rename, and a later edit of the broken file. An
alteration stays in every later commit in which it still finds something to do. Stretches that break by
themselves are left out: there the culprit may be somebody else. A last commit takes the fault back: up to
there nothing is broken, and the timeline has both. `--varied` makes faults in all manners: on a branch, with
the first or the last commit of the range, hidden among other changes, under dates that cannot be true,
beside something that is broken all along; `--partly` breaks two places at once and repairs one of them soon.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

from alterations import Alteration, Plant, place
from manners import Manner, varied
from plants import PLANTS
from rewriting import files_applied, files_touched, rewritten, write
from verdicts import NAMED, Verdict, unbroken

from bisectops.flux.roots import RootFinder
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot

_STRETCHES = 12
"""Stretches of a history that are looked at."""
_FRUITLESS = 3
"""Plants of a kind that may break nothing before the next kind is tried."""
_OLDER = ("chartRef name", "sourceRef name", "dependsOn", "valuesFrom")
"""The kinds of faults that may be there all along: they hide no other."""


@dataclass(frozen=True)
class Stretch:
    """Commits of the line."""

    repository: Repository
    part: list[Oid]

    @cached_property
    def healthy(self) -> bool:
        """Does it break nothing by itself?"""
        return unbroken(self.repository.location, self.part[0], self.part[-1])

    @property
    def keeps_its_clusters(self) -> bool:
        """Are its clusters the same at both ends? With a new one what was broken elsewhere comes there."""
        first, last = (
            RootFinder().find(self.repository.snapshot(end)) for end in (self.part[0], self.part[-1])
        )
        return [root.path for root in first] == [root.path for root in last]

    def applied(self, at: int) -> set[RepoPath]:
        """The files that are applied at one of the commits."""
        return files_applied(self.repository, self.part[at])

    def used(self, applied: set[RepoPath]) -> set[RepoPath]:
        """The files that are applied at some commit or may be later."""
        later = files_applied(self.repository, self.part[-1])
        return applied | later | files_touched(self.repository, self.part)

    @property
    def name(self) -> str:
        return f"{self.part[0][:9]}..{self.part[-1][:9]}"


def main() -> int:
    arguments = _arguments()
    repository = Repository(arguments.clone)
    random = Random(arguments.seed)
    line = list(reversed(list(repository.since(repository.resolve(arguments.rev), None))))
    line = line[int(len(line) * arguments.skip) :]
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
            tried = _tried(stretch, plant, random, arguments)
            if tried is None:
                continue
            manner, told, put = tried
            said[told.partition(":")[0]] += 1
            said.update(f"decoy {name}" for name in put)
            print(f"{plant.name:24} {stretch.name} {told}{f' [{manner}]' if str(manner) else ''}", flush=True)
            tries -= (judged := told.startswith((NAMED, "WRONG")))
            fruitless -= not judged
    named = sum(number for name, number in said.items() if name.startswith(NAMED))
    print(f"{named} of {named + said['WRONG']} planted commits named")
    print(", ".join(f"{number} {name}" for name, number in sorted(said.items())))
    return 1 if said["WRONG"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--rev", default="HEAD")
    parser.add_argument("--commits", type=int, default=60, help="commits of a stretch")
    parser.add_argument("--skip", type=float, default=0.5, help="the share of the line that is too old")
    parser.add_argument("--tries", type=int, default=2, help="stretches for each kind of fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--varied", action="store_true", help="make each fault in some manner")
    parser.add_argument("--merged", action="store_true", help="make each fault on a branch, and merge that")
    parser.add_argument("--partly", action="store_true", help="break two places, and repair one soon")
    parser.add_argument("--keep", type=Path, help="leave in this folder what was not named")
    parser.add_argument("--only", action="append", help="this kind of fault; again for more")
    return parser.parse_args()


def _stretches(repository: Repository, line: list[Oid], length: int, random: Random) -> Iterator[Stretch]:
    for _ in range(_STRETCHES):
        start = random.randrange(max(1, len(line) - length))
        yield Stretch(repository, line[start : start + length])


def _tried(
    stretch: Stretch, plant: Plant, random: Random, arguments: argparse.Namespace
) -> tuple[Manner, str, list[str]] | None:
    """In what manner a fault was planted, what became of it, and the decoys around it."""
    repository, part = stretch.repository, stretch.part
    manner = varied(random) if arguments.varied else Manner(merged=arguments.merged)
    at = manner.at(part, random)
    snapshot, applied = repository.snapshot(part[at]), stretch.applied(at)
    path = place(snapshot, plant, applied, random)
    if path is None or not stretch.healthy:
        return None
    paths = (path,)
    if arguments.partly:
        paths += tuple(filter(None, [place(snapshot, plant, applied - {path}, random)]))
    older = None
    if manner.older and stretch.keeps_its_clusters:
        older = _older(repository.snapshot(part[0]), applied - {path}, random)
    history = rewritten(
        repository, part, at, plant, paths, stretch.used(applied), random, manner=manner, older=older
    )
    with tempfile.TemporaryDirectory() as scratch:
        made = write(Path(scratch), repository.location, repository, history)
        told = Verdict(scratch, history, made, path).told
        if arguments.keep is not None and told != NAMED:
            kept = arguments.keep / f"{plant.name} {stretch.name}"
            shutil.copytree(scratch, kept, dirs_exist_ok=True)
            print(f"{kept}: {made[0]}..{made[history.broken]}, {made[history.planted]} planted")
    return manner, told, list(history.decoys.values())


def _older(snapshot: Snapshot, applied: set[RepoPath], random: Random) -> Alteration | None:
    """A fault that is there all along, elsewhere."""
    plants = [plant for plant in PLANTS if plant.name in _OLDER]
    found = [(plant, path) for plant in plants if (path := place(snapshot, plant, applied, random))]
    if not found:
        return None
    plant, path = random.choice(found)
    return plant.at(path)


if __name__ == "__main__":
    sys.exit(main())
