"""Planted faults: real histories with a single reference broken from one commit on. Is that commit named?

    python benchmarks/planted.py CLONE [--commits 60] [--tries 2] [--seed 1] [--only PLANT]

The history is written again into a temporary repository that borrows every object of the clone and
copies none. Around the plant stand decoys that break nothing: a comment, an interval, a tag, a folder
moved with all its references, a consistent rename. An alteration stays in every later commit in which
it still finds something to do. Stretches that break by themselves are left out: there the culprit may be
somebody else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle, pairwise
from pathlib import Path
from random import Random

from plants import DECOYS, PLANTS, Alteration, Plant, place

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import OverlaySnapshot, Snapshot
from bisectops.history.examiner import Examiner
from bisectops.history.request import Request
from bisectops.incident.incident import Incident, Link
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

Files = Mapping[RepoPath, bytes | None]
_DECOYS_AT = (-2, 2, 5)
"""Where decoys stand, from the planted commit."""


@dataclass
class Rewritten:
    """The commits of a history written again: the original's, and those put in between."""

    commits: list[tuple[Commit, Files]]
    planted: int
    """The position of the planted commit."""
    decoys: dict[int, str] = field(default_factory=dict)
    """The positions of the decoys, and what each is."""


def main() -> int:
    arguments = _arguments()
    repository = Repository(arguments.clone)
    random = Random(arguments.seed)
    line = list(reversed(list(repository.since(repository.resolve(arguments.rev), None))))
    said: Counter[str] = Counter()
    kinds = cycle(DECOYS)
    for plant in PLANTS:
        if arguments.only and plant.name not in arguments.only:
            continue
        tries = arguments.tries
        for stretch in _stretches(repository, line, arguments.commits, random):
            told, decoys = _tried(
                repository, arguments.clone, stretch, plant, random, [next(kinds) for _ in _DECOYS_AT]
            )
            said[told.partition(":")[0]] += 1
            said.update(f"decoy {name}" for name in decoys)
            print(f"{plant.name:24} {stretch[0][:9]}..{stretch[-1][:9]} {told}", flush=True)
            tries -= told == "named" or told.startswith("WRONG")
            if not tries:
                break
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
    parser.add_argument("--only", action="append", help="this kind of fault; again for more")
    return parser.parse_args()


def _stretches(repository: Repository, line: list[Oid], length: int, random: Random) -> Iterator[list[Oid]]:
    """Parts of the line that break nothing by themselves, as many as a few tries find."""
    for _ in range(12):
        start = random.randrange(len(line) // 2, max(len(line) // 2 + 1, len(line) - length))
        part = line[start : start + length]
        if _healthy(repository, part):
            yield part


def _healthy(repository: Repository, part: list[Oid]) -> bool:
    try:
        incident = _blamed(repository.location, part[0], part[-1])
    except NoClusterRoot:
        return False
    return incident.culprit is None and not incident.untestable


def _blamed(location: str, good: Oid, bad: Oid, objects: frozenset[str] = frozenset()) -> Incident:
    return blame(Request(directory=location, good=good, bad=bad, objects=objects), Reporter())


def _tried(
    repository: Repository, clone: str, part: list[Oid], plant: Plant, random: Random, kinds: list[str]
) -> tuple[str, list[str]]:
    """What became of one plant, and the decoys around it."""
    at = random.randrange(len(part) // 4, len(part) * 3 // 4)
    applied = files_applied(repository, part[at])
    path = place(repository.snapshot(part[at]), plant, applied, random)
    if path is None:
        return "nowhere to plant it", []
    history = rewritten(repository, part, at, plant, path, applied, random, kinds)
    with tempfile.TemporaryDirectory() as scratch:
        made = write(Path(scratch), clone, repository, history)
        told = _judged(scratch, history, made, path)
    return told, list(history.decoys.values())


def _judged(scratch: str, history: Rewritten, made: list[Oid], path: RepoPath) -> str:
    planted = made[history.planted]
    examiner = Examiner(Repository(scratch))
    examiner.move(made[history.planted - 1])
    step = examiner.move(planted)
    if step.untestable:
        return "takes the root away"
    if not step.introduced:
        return f"breaks nothing: {path}"
    broken = {finding.id: str(finding.subject) for finding in step.introduced}
    examiner.move(made[-1])
    left = broken.keys() & examiner.findings.keys()
    if not left:
        return "repaired by a later commit"
    decoys = {made[position]: name for position, name in history.decoys.items()}
    for objects in (frozenset[str](), frozenset([broken[min(left)]])):
        incident = _blamed(scratch, made[0], made[-1], objects)
        asked = f" asked about {min(objects)}" if objects else ""
        if incident.culprit is None or incident.culprit.commit.oid != planted:
            return f"WRONG: {_named(incident.culprit, decoys)} instead of {path}{asked}"
        for link in incident.chain:
            if link.commit.oid in decoys and link.introduced:
                return f"WRONG: {_named(link, decoys)} in the chain of {path}{asked}"
    return "named"


def _named(link: Link | None, decoys: Mapping[Oid, str]) -> str:
    """Who is blamed, and for what."""
    if link is None:
        return "nobody"
    who = f"the decoy {decoys[link.commit.oid]}" if link.commit.oid in decoys else link.commit.subject
    return f"{who} ({link.introduced[0].id if link.introduced else 'which broke nothing'})"


def files_applied(repository: Repository, commit: Oid) -> set[RepoPath]:
    """The files that the cluster is made of, sources of objects and kustomizations beside them."""
    examiner = Examiner(repository)
    examiner.move(commit)
    found: set[RepoPath] = set()
    for judge in examiner.judge.clusters.values():
        found |= {path for _, path in judge.scene.cluster.reads()}
    return found


def rewritten(
    repository: Repository,
    part: list[Oid],
    at: int,
    plant: Plant,
    path: RepoPath,
    applied: set[RepoPath],
    random: Random,
    kinds: list[str] | None = None,
) -> Rewritten:
    """The stretch with the plant after its commit `at`, and decoys before and after it."""
    later = files_applied(repository, part[-1])  # what lies there unused may be applied in the end
    files = frozenset(applied | later | _changed(repository, part)) - {path}
    made = Rewritten([], -1)
    alterations: list[Alteration] = []
    decoys = dict(zip(_DECOYS_AT, kinds or random.sample(list(DECOYS), len(_DECOYS_AT)), strict=True))
    for position, oid in enumerate(part):
        commit, snapshot = repository.commit(oid), repository.snapshot(oid)
        made.commits.append((commit, _altered(snapshot, alterations)))
        if (kind := decoys.get(position - at)) is not None:
            now = OverlaySnapshot(snapshot, _altered(snapshot, alterations))
            decoy = DECOYS[kind](now, files, random)
            if decoy is not None:
                alterations.append(decoy)
                made.decoys[len(made.commits)] = kind
                made.commits.append((commit, _altered(snapshot, alterations)))
        if position == at:
            alterations.append(plant.at(path))
            made.planted = len(made.commits)
            made.commits.append((commit, _altered(snapshot, alterations)))
    return made


def _changed(repository: Repository, part: list[Oid]) -> set[RepoPath]:
    """The YAML files that a stretch touches: one that comes later may refer to what a decoy renamed."""
    pairs = pairwise(part)
    changes = (change for old, new in pairs for change in repository.changes(old, new))
    return {change.path for change in changes if change.path.endswith((".yaml", ".yml"))}


def _altered(snapshot: Snapshot, alterations: list[Alteration]) -> Files:
    found: dict[RepoPath, bytes | None] = {}
    for alteration in alterations:
        found.update(alteration.files(OverlaySnapshot(snapshot, dict(found))))
    return found


def write(scratch: Path, clone: str, repository: Repository, history: Rewritten) -> list[Oid]:
    """The history in a repository that borrows the clone's objects; its commits, oldest first."""
    subprocess.run(["git", "init", "--quiet", "--bare", scratch], check=True)
    objects = Path(repository.location) / "objects"
    (scratch / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    stream = b"".join(_fast_import(history))
    command = ["git", "-C", scratch, "fast-import", "--quiet", "--export-marks=marks"]
    subprocess.run(command, input=stream, check=True, stdout=subprocess.DEVNULL)
    (scratch / "HEAD").write_text("ref: refs/heads/planted\n")
    marks = dict(line.split() for line in (scratch / "marks").read_text().splitlines())
    return [Oid(marks[f":{number}"]) for number in range(1, len(history.commits) + 1)]


def _fast_import(history: Rewritten) -> Iterator[bytes]:
    for number, (commit, files) in enumerate(history.commits, start=1):
        planted = " (planted)" if number - 1 == history.planted else ""
        message = f"{commit.subject}{planted}".encode("utf-8", "surrogateescape")
        yield f"commit refs/heads/planted\nmark :{number}\n".encode()
        yield f"committer Somebody <somebody@example.org> {commit.time} +0000\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        if number > 1:
            yield f"from :{number - 1}\n".encode()
        yield f'M 040000 {commit.tree} ""\n'.encode()
        for path, data in files.items():
            if data is None:
                yield f"D {path}\n".encode()
            else:
                yield f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data)


if __name__ == "__main__":
    sys.exit(main())
