"""Planted faults: real histories with a single reference broken from one commit on. Is that commit named?

    python benchmarks/planted.py CLONE [--commits 60] [--tries 2] [--seed 1]

The history is written again into a temporary repository that borrows every object of the clone and
copies none. Around the plant stand decoys that break nothing: a comment, an interval, a tag. An edit
stays in every later version of its file in which it still has something to edit. Stretches whose own
end is broken are left out: there the culprit may be somebody else.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Commit, EntryKind, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.incident.examiner import Examiner
from bisectops.incident.investigate import blame
from bisectops.incident.request import Request
from bisectops.search.reporter import Reporter

Edit = Callable[[bytes], bytes]
_NAME = rb"[a-z0-9][a-z0-9-]*"
_WRONG = b"planted-"


@dataclass(frozen=True)
class Plant:
    """One kind of fault: where it may go, and what it does to a file."""

    name: str
    files: re.Pattern[str]
    pattern: re.Pattern[bytes]
    becomes: bytes

    def edit(self, data: bytes) -> bytes:
        return self.pattern.sub(self.becomes, data, count=1)


_KS = re.compile(r"(^|/)(ks|kustomization|flux|sync)[^/]*\.ya?ml$")
_KUSTOMIZATION = re.compile(r"(^|/)kustomization\.ya?ml$")
_ANY = re.compile(r"\.ya?ml$")
_FLUX_KS = rb"(?s)(kustomize\.toolkit\.fluxcd\.io/.*?"
PLANTS = (
    Plant(
        "chartRef name",
        _ANY,
        re.compile(rb"(chartRef:\n(?: +\w+: \S+\n)*? +name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "OCIRepository renamed",
        _ANY,
        re.compile(
            rb"(kind: OCIRepository\nmetadata:\n(?: +\w+: \S+\n)*? +name: +[\"']?)(?=" + _NAME + rb")"
        ),
        rb"\1" + _WRONG,
    ),
    Plant(
        "OCIRepository dropped",
        _KUSTOMIZATION,
        re.compile(rb"(?m)^ *- +(?:\./)?ocirepository\.ya?ml *\n"),
        b"",
    ),
    Plant(
        "dependsOn",
        _ANY,
        re.compile(_FLUX_KS + rb"\n  dependsOn:\n +- name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant("spec.path", _ANY, re.compile(_FLUX_KS + rb"\n  path: [^\n]*/)(?=[\w-])"), rb"\1" + _WRONG),
    Plant(
        "substituteFrom",
        _ANY,
        re.compile(rb"(substituteFrom:\n +- (?:kind: ConfigMap\n +)name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "component path",
        _ANY,
        re.compile(rb"(?m)(^ *components:\n +- [^\n]*/)(?=[\w-]+\n)"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "resource path",
        _KUSTOMIZATION,
        re.compile(rb"(?m)(^resources:\n(?: *#[^\n]*\n)* *- +(?:\./)?)(?=[\w-])"),
        rb"\1" + _WRONG,
    ),
)
DECOYS = (
    Plant("comment", _ANY, re.compile(rb"\A(---\n)?"), rb"\1# a remark that changes nothing\n"),
    Plant("interval", _ANY, re.compile(rb"(\n  interval: )\d+[mh]"), rb"\g<1>47m"),
    Plant("tag", _ANY, re.compile(rb"(\n +tag: +)v?\d+\.\d+\.\d+\b"), rb"\g<1>9.9.9"),
)


@dataclass
class Rewritten:
    """The commits of a history written again: the original's, and those put in between."""

    commits: list[tuple[Commit, Mapping[RepoPath, bytes]]]
    planted: int
    """The position of the planted commit."""


def main() -> int:
    arguments = _arguments()
    repository = Repository(arguments.clone)
    random = Random(arguments.seed)
    line = list(reversed(list(repository.since(repository.resolve(arguments.rev), None))))
    good = wrong = 0
    for plant in PLANTS:
        for stretch in _stretches(repository, line, arguments.commits, arguments.tries, random):
            told = _tried(repository, arguments.clone, stretch, plant, random)
            good += told == "named"
            wrong += told.startswith("WRONG")
            print(f"{plant.name:24} {stretch[0][:9]}..{stretch[-1][:9]} {told}", flush=True)
    print(f"{good} of {good + wrong} planted commits named")
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--rev", default="HEAD")
    parser.add_argument("--commits", type=int, default=60, help="commits of a stretch")
    parser.add_argument("--tries", type=int, default=2, help="stretches for each kind of fault")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _stretches(
    repository: Repository, line: list[Oid], length: int, number: int, random: Random
) -> Iterator[list[Oid]]:
    """Parts of the line whose end has no failure that their beginning had not."""
    for _ in range(number * 5):
        start = random.randrange(len(line) // 2, max(len(line) // 2 + 1, len(line) - length))
        part = line[start : start + length]
        if _healthy(repository, part):
            yield part
            number -= 1
            if not number:
                return


def _healthy(repository: Repository, part: list[Oid]) -> bool:
    examiner = Examiner(repository)
    before = examiner.move(part[0])
    return not before.untestable and not examiner.findings and not examiner.move(part[-1]).introduced


def _tried(repository: Repository, clone: str, part: list[Oid], plant: Plant, random: Random) -> str:
    at = random.randrange(len(part) // 4, len(part) * 3 // 4)
    applied = files_applied(repository, part[at])
    path = place(repository.snapshot(part[at]), plant, applied, random)
    if path is None:
        return "nowhere to plant it"
    history = rewritten(repository, part, at, plant, path, applied, random)
    with tempfile.TemporaryDirectory() as scratch:
        made = write(Path(scratch), clone, repository, history)
        planted = made[history.planted]
        copy = Repository(scratch)
        examiner = Examiner(copy)
        examiner.move(made[history.planted - 1])
        try:
            if not examiner.move(planted).introduced:
                return f"breaks nothing: {path}"
        except NoClusterRoot:
            return "takes the root away"
        examiner.move(made[-1])
        if not examiner.findings:
            return "repaired by a later commit"
        incident = blame(Request(directory=scratch, good=made[0], bad=made[-1]), Reporter())
    if incident.culprit is not None and incident.culprit.commit.oid == planted:
        return "named"
    said = incident.culprit.commit.subject if incident.culprit else "nobody"
    return f"WRONG: {said} instead of {path}"


def files_applied(repository: Repository, commit: Oid) -> set[RepoPath]:
    """The files that the cluster is made of, sources of objects and kustomizations beside them."""
    examiner = Examiner(repository)
    examiner.move(commit)
    found: set[RepoPath] = set()
    for judge in examiner.judge.clusters.values():
        found |= {path for _, path in judge.scene.cluster.reads()}
    return found


def place(snapshot: Snapshot, plant: Plant, files: set[RepoPath], random: Random) -> RepoPath | None:
    fitting = []
    for path in sorted(files):
        entry = snapshot.entry(path)
        if plant.files.search(path) and entry is not None and entry.kind is EntryKind.BLOB:
            data = snapshot.read(path)
            if plant.edit(data) != data:
                fitting.append(path)
    return random.choice(fitting) if fitting else None


def rewritten(
    repository: Repository,
    part: list[Oid],
    at: int,
    plant: Plant,
    path: RepoPath,
    applied: set[RepoPath],
    random: Random,
) -> Rewritten:
    """The stretch with the plant after its commit `at`, a decoy before it and one after it."""
    edits: list[tuple[RepoPath, Edit]] = []
    commits: list[tuple[Commit, Mapping[RepoPath, bytes]]] = []
    planted = -1
    decoys = [random.choice(DECOYS) for _ in range(3)]
    for position, oid in enumerate(part):
        commit, snapshot = repository.commit(oid), repository.snapshot(oid)
        commits.append((commit, _edited(snapshot, edits)))
        if position in (at - 2, at + 2, at + 5):
            decoy = decoys.pop()
            other = place(snapshot, decoy, applied - {path}, random)
            if other is not None:
                edits.append((other, decoy.edit))
                commits.append((commit, _edited(snapshot, edits)))
        if position == at:
            edits.append((path, plant.edit))
            planted = len(commits)
            commits.append((commit, _edited(snapshot, edits)))
    return Rewritten(commits, planted)


def _edited(snapshot: Snapshot, edits: list[tuple[RepoPath, Edit]]) -> Mapping[RepoPath, bytes]:
    found: dict[RepoPath, bytes] = {}
    for path, edit in edits:
        entry = snapshot.entry(path)
        if entry is not None and entry.kind is EntryKind.BLOB:
            found[path] = edit(found.get(path, snapshot.read(path)))
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
            yield f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data)


if __name__ == "__main__":
    sys.exit(main())
