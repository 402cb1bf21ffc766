"""A stretch of a real history written again, with a fault from one commit on and decoys around it.

The temporary repository borrows every object of the clone and copies none.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

from alterations import Alteration, Files, Plant, place
from decoys import AFTERWARDS, COPYING, DECOYS, REFORMATTED
from manners import PLAIN, Manner

from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import OverlaySnapshot, Snapshot
from bisectops.history.examiner import Examiner

_DECOYS_AT = (-2, 2, 5)
"""Where decoys stand, from the planted commit."""
_AFTERWARDS_AT = 3
"""Where the broken file is edited once more, from the planted commit."""
_PARTLY_AT = 4
"""Where a part of the fault is repaired, from the planted commit."""


@dataclass(frozen=True)
class Written:
    """A commit written again: whose message it has, what differs from that one's tree, and its parents."""

    like: Commit
    files: Files
    parents: tuple[int, ...]
    """Positions of other commits."""


@dataclass
class Rewritten:
    """The commits of a history written again: the original's, and those put in between."""

    commits: list[Written]
    planted: int
    """The position of the commit with which the line has the fault."""
    made: int
    """The position of the commit that made it; the same one, unless that is a merge."""
    decoys: dict[int, str] = field(default_factory=dict)
    """The positions of the decoys, and what each is."""
    broken: int = 0
    """The position of the last commit that has the fault; the one after it takes that back."""
    partly: int = -1
    """The position of the commit that takes a part of it back; -1 for none."""
    manner: Manner = PLAIN


def files_applied(repository: Repository, commit: Oid) -> set[RepoPath]:
    """The files that the cluster is made of, sources of objects and kustomizations beside them."""
    examiner = Examiner(repository)
    examiner.move(commit)
    found: set[RepoPath] = set()
    for judge in examiner.judge.clusters.values():
        found |= {path for _, path in judge.scene.cluster.reads()}
    return found


def files_touched(repository: Repository, part: list[Oid]) -> set[RepoPath]:
    """The YAML files that a stretch touches: one that comes later may refer to what a decoy renamed."""
    pairs = pairwise(part)
    changes = (change for old, new in pairs for change in repository.changes(old, new))
    return {change.path for change in changes if change.path.endswith((".yaml", ".yml"))}


def rewritten(
    repository: Repository,
    part: list[Oid],
    at: int,
    plant: Plant,
    paths: tuple[RepoPath, ...],
    files: Iterable[RepoPath],
    random: Random,
    *,
    manner: Manner = PLAIN,
    older: Alteration | None = None,
) -> Rewritten:
    """The stretch with the plant after its commit `at`, decoys around it, and its repair at the end.

    The plant goes into all `paths` at once, and is taken back sooner in all but the first. `files` are
    those that decoys may edit. A fault that is `merged` is made beside the line, and merged into it after
    the next commit. `older` is there from the first commit on.
    """
    line = _Line(repository, frozenset(files), paths[0])
    line.alterations += [older] if older else []
    fault, *more = map(plant.at, paths)
    merged = manner.merged
    partly = -1
    decoys = dict(zip(_DECOYS_AT, random.sample(list(DECOYS), len(_DECOYS_AT)), strict=True))
    made = planted = -1
    for position, oid in enumerate(part):
        line.move(oid)
        if (kind := decoys.get(position - at)) is not None:
            line.decoy(kind, random, fault if planted < 0 else None)
        if position - at == _AFTERWARDS_AT:
            line.afterwards(random)
        if position == at + merged:
            added = [fault, *more, *line.along(manner.along, [fault, *more], random)]
            if merged:
                made = line.beside(part[at], *added)
            line.alterations += added
            planted = line.add(*([made] if merged else []))
        if more and position - at == _PARTLY_AT:
            line.alterations = [each for each in line.alterations if each not in more]
            partly = line.add()
    broken = len(line.commits) - 1
    line.alterations.remove(fault)
    line.add()
    return Rewritten(line.commits, planted, made if merged else planted, line.decoys, broken, partly, manner)


class _Line:
    """A history while it is written."""

    def __init__(self, repository: Repository, files: frozenset[RepoPath], broken: RepoPath) -> None:
        self.commits: list[Written] = []
        self.alterations: list[Alteration] = []
        self.decoys: dict[int, str] = {}
        self._repository = repository
        self._files = files
        self._broken = broken
        self._tips: list[int] = []

    def move(self, oid: Oid) -> None:
        """The next commit of the original."""
        self._like, self._snapshot = self._repository.commit(oid), self._repository.snapshot(oid)
        self.add()

    def add(self, *merged: int) -> int:
        """A commit more on the line, and its position; `merged` are its other parents."""
        files = _altered(self._snapshot, self.alterations)
        self.commits.append(Written(self._like, files, (*self._tips[-1:], *merged)))
        self._tips.append(len(self.commits) - 1)
        return self._tips[-1]

    def beside(self, oid: Oid, *faults: Alteration) -> int:
        """A commit that is not on the line but starts a commit before its tip."""
        files = _altered(self._repository.snapshot(oid), [*self.alterations, *faults])
        self.commits.append(Written(self._repository.commit(oid), files, (self._tips[-2],)))
        return len(self.commits) - 1

    def along(self, kind: str, faults: list[Alteration], random: Random) -> list[Alteration]:
        """What the commit of a fault does besides, if it finds something to do."""
        now = self._now(*faults)
        if kind == REFORMATTED.name:
            return [REFORMATTED.at(self._broken)] if place(now, REFORMATTED, [self._broken], random) else []
        found = DECOYS[kind](now, self._files, random) if kind else None
        return [found] if found else []

    def _now(self, *more: Alteration) -> Snapshot:
        """The tree of the last commit, with some alterations more."""
        return OverlaySnapshot(self._snapshot, dict(_altered(self._snapshot, [*self.alterations, *more])))

    def decoy(self, kind: str, random: Random, to_come: Alteration | None) -> None:
        """A change that breaks nothing, and leaves a fault that is still to come where it finds its place."""
        now = self._now()
        copied = {self._broken} if kind in COPYING and to_come is None else set()
        decoy = DECOYS[kind](now, self._files - copied, random)
        if decoy is None:
            return
        if to_come is None or to_come.files(OverlaySnapshot(now, decoy.files(now))):
            self.alterations.append(decoy)
            self.decoys[self.add()] = kind

    def afterwards(self, random: Random) -> None:
        """The broken file is edited by somebody who is not to blame."""
        now = self._now()
        edits = [each for each in AFTERWARDS if place(now, each, [self._broken], random)]
        if edits:
            edit = random.choice(edits)
            self.alterations.append(edit.at(self._broken))
            self.decoys[self.add()] = f"{edit.name} afterwards"


def _altered(snapshot: Snapshot, alterations: list[Alteration]) -> Files:
    found: dict[RepoPath, bytes | None] = {}
    for alteration in alterations:
        found.update(alteration.files(OverlaySnapshot(snapshot, dict(found))))
    return found


def write(scratch: Path, clone: str, repository: Repository, history: Rewritten) -> list[Oid]:
    """The history in a repository that borrows the clone's objects; its commits, by position."""
    subprocess.run(["git", "init", "--quiet", "--bare", scratch], check=True)
    objects = Path(repository.location) / "objects"
    (scratch / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    stream = b"".join(_fast_import(history))
    command = ["git", "-C", str(scratch), "fast-import", "--quiet", "--export-marks=marks"]
    subprocess.run(command, input=stream, check=True, stdout=subprocess.DEVNULL)
    (scratch / "HEAD").write_text("ref: refs/heads/planted\n")
    marks = dict(line.split() for line in (scratch / "marks").read_text().splitlines())
    return [Oid(marks[f":{number}"]) for number in range(1, len(history.commits) + 1)]


def _fast_import(history: Rewritten) -> Iterator[bytes]:
    for position, written in enumerate(history.commits):
        planted = " (planted)" if position in (history.planted, history.made) else ""
        message = f"{written.like.subject}{planted}".encode("utf-8", "surrogateescape")
        beside = position == history.made != history.planted
        yield f"commit refs/heads/{'beside' if beside else 'planted'}\nmark :{position + 1}\n".encode()
        date = history.manner.date(position, written.like.time)
        yield f"committer Somebody <somebody@example.org> {date} +0000\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        for word, other in zip(("from", "merge"), written.parents, strict=False):
            yield f"{word} :{other + 1}\n".encode()
        yield f'M 040000 {written.like.tree} ""\n'.encode()
        for path, data in written.files.items():
            if data is None:
                yield f"D {path}\n".encode()
            else:
                yield f"M 100644 inline {path}\n".encode() + b"data %d\n%s\n" % (len(data), data)
