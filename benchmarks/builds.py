"""Build every kustomization folder of a clone both ways, with bisectops and with kubectl, and compare.

    python benchmarks/builds.py REPO --revisions 8

Revisions are spread over the first-parent history. A folder agrees when both fail, or when both make the
same set of documents. Remote inputs fail on both sides: kubectl is run with every way to a network shut.
Kubectl runs one folder a process, two processes at a time; its time is the sum over the folders, as if
one after the other; ours is one thread from a cold start for each revision.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bisectops.errors import YamlError
from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.kustomize.resource import Broken
from bisectops.kustomize.target import Builder
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump, dump_all

KUBECTL = ("kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone")
FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE),
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "false",
    "NO_PROXY": "",
}
COMPONENT = re.compile(rb"^[\"']?kind[\"']?:\s*[\"']?Component\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one side made of a folder: text, or the words of its failure."""

    text: str | None
    error: str
    seconds: float


@dataclass(slots=True)
class Tally:
    """The comparison so far."""

    folders: int = 0
    agreed: int = 0
    failed_both: int = 0
    same_bytes: int = 0
    ours: float = 0.0
    theirs: float = 0.0
    causes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: str, ours: Outcome, theirs: Outcome) -> None:
        self.folders += 1
        self.ours += ours.seconds
        self.theirs += theirs.seconds
        cause = disagreement(ours, theirs)
        if cause:
            self.causes[cause].append(place)
            return
        self.agreed += 1
        self.same_bytes += ours.text is not None and ours.text == theirs.text
        if ours.text is None:
            self.failed_both += 1
            self.failures[general(ours.error), general(theirs.error)].append(place)


def spread(line: Sequence[Oid], count: int) -> list[Oid]:
    """So many commits of a line, at equal distances, both ends among them."""
    if count >= len(line):
        return list(line)
    return [line[index * (len(line) - 1) // max(count - 1, 1)] for index in range(count)]


def first_parents(repository: Path, rev: str) -> list[Oid]:
    return [Oid(oid) for oid in git(repository, "rev-list", "--first-parent", rev).decode().split()]


def folders_of(tree: Path) -> list[str]:
    """Every folder with a kustomization that is no Component."""
    found = {}
    for name in FILE_NAMES:
        for path in tree.rglob(name):
            if path.is_file() and not COMPONENT.search(path.read_bytes()):
                found[path.parent.relative_to(tree).as_posix()] = path
    return sorted(found)


def git(repository: Path, *arguments: str, feed: bytes = b"") -> bytes:
    command = ("git", "-C", str(repository), "-c", "core.attributesFile=/dev/null", *arguments)
    return subprocess.run(command, check=True, input=feed, stdout=subprocess.PIPE).stdout


def missing_paths(repository: Path, oid: Oid) -> list[str]:
    """The files whose content the clone does not hold, as clones that leave out large files do not."""
    listed = [
        line.split("\t", 1) for line in git(repository, "ls-tree", "-r", "-z", oid).decode().split("\0")[:-1]
    ]
    paths = {about.split()[2]: path for about, path in listed if about.split()[1] == "blob"}
    checked = git(repository, "cat-file", "--batch-check", feed="\n".join(paths).encode()).decode()
    return [paths[line.split()[0]] for line in checked.splitlines() if line.endswith(" missing")]


def check_out(repository: Path, oid: Oid, folder: Path) -> None:
    """Write a commit's files, symbolic links as links; none of the repository's attributes applies."""
    absent = [f":(exclude,top,literal){path}" for path in missing_paths(repository, oid)]
    archive = folder.with_suffix(".tar")
    archive.write_bytes(git(repository, "archive", oid, "--", *(absent or ["."])))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="fully_trusted")
    archive.unlink()


def build_ours(repository: Repository, oid: Oid, folders: Iterable[str]) -> Iterator[Outcome]:
    builder, snapshot = Builder(), repository.snapshot(oid)
    for folder in folders:
        start = time.perf_counter()
        built = builder.build(snapshot, RepoPath("" if folder == "." else folder))
        if isinstance(built, Broken):
            yield Outcome(None, built.error.message, time.perf_counter() - start)
            continue
        try:
            text, error = dump_all(item.content for item in built.resources), ""
        except YamlError as refused:
            text, error = None, refused.message
        yield Outcome(text, error, time.perf_counter() - start)


def build_theirs(folder: Path) -> Outcome:
    start = time.perf_counter()
    try:
        run = subprocess.run((*KUBECTL, folder), capture_output=True, env=os.environ | OFFLINE, timeout=120)
    except subprocess.TimeoutExpired:
        return Outcome(None, "timed out", time.perf_counter() - start)
    seconds = time.perf_counter() - start
    if run.returncode:
        return Outcome(None, run.stderr.decode("utf-8", "replace"), seconds)
    return Outcome(run.stdout.decode("utf-8", "surrogateescape"), "", seconds)


def disagreement(ours: Outcome, theirs: Outcome) -> str:
    """Why two outcomes differ, in words that bring like ones together; empty where they agree."""
    if ours.text is None and theirs.text is None:
        return ""
    if ours.text is None:
        return f"only bisectops fails: {general(ours.error)}"
    if theirs.text is None:
        return f"only kustomize fails: {general(theirs.error)}"
    if ours.text == theirs.text:
        return ""
    mine, other = (sorted(map(dump, documents(text.encode()))) for text in (ours.text, theirs.text))
    return "" if mine == other else first_difference(mine, other)


def first_difference(mine: list[str], other: list[str]) -> str:
    extra, missing = (
        [text for text in mine if text not in other],
        [text for text in other if text not in mine],
    )
    if not extra or not missing:
        return f"documents: {len(extra)} too many, {len(missing)} missing"
    pairs = zip(extra[0].splitlines(), missing[0].splitlines(), strict=False)
    line = next(
        (f"{left.strip()!r} for {right.strip()!r}" for left, right in pairs if left != right), "one is longer"
    )
    return f"content differs: {general(line)}"


def general(words: str) -> str:
    """A message without what is particular to one folder."""
    words = re.sub(r"/tmp/[\w./-]+|'[\w./-]*/[\w./-]*'", "PATH", words)
    words = re.sub(r'[IE]\d{4} [\d:.]+ +\d+ \S+ "command failed" err=', "", words)
    return re.sub(r"\s+", " ", words).strip()[:300]


def compare(repository: Path, oids: Sequence[Oid], tally: Tally) -> None:
    for number, oid in enumerate(oids, 1):
        with tempfile.TemporaryDirectory(prefix="builds-") as scratch:
            tree = Path(scratch) / "tree"
            tree.mkdir()
            check_out(repository, oid, tree)
            folders = folders_of(tree)
            start = time.perf_counter()
            ours = list(build_ours(Repository(repository), oid, folders))
            took = time.perf_counter() - start
            with ThreadPoolExecutor(max_workers=2) as kubectls:
                theirs = list(kubectls.map(build_theirs, (tree / folder for folder in folders)))
        part = Tally()
        for folder, mine, other in zip(folders, ours, theirs, strict=True):
            for one in (tally, part):
                one.add(f"{oid[:10]}:{folder}", mine, other)
        times = f"bisectops {took:.2f} s, kubectl {part.theirs:.2f} s"
        print(f"{number}/{len(oids)} {oid[:10]}: {part.agreed} of {part.folders} agree, {times}", flush=True)


def report(tally: Tally, *, verbose: bool) -> None:
    share = 100 * tally.agreed / max(tally.folders, 1)
    print(f"agreement: {tally.agreed} of {tally.folders} folders ({share:.2f} %)")
    print(f"  both fail: {tally.failed_both}; equal byte for byte: {tally.same_bytes}")
    for cause, places in sorted(tally.causes.items(), key=lambda item: -len(item[1])):
        print(f"  {len(places)} x {cause}\n      such as {', '.join(places[:3])}")
    if verbose:
        for (mine, other), places in sorted(tally.failures.items(), key=lambda item: -len(item[1])):
            print(f"  {len(places)} x both fail, such as {places[0]}")
            print(f"      bisectops: {mine}\n      kustomize: {other}")
    ratio = tally.theirs / max(tally.ours, 1e-9)
    print(f"time: bisectops {tally.ours:.2f} s, kubectl {tally.theirs:.2f} s, ratio {ratio:.0f}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", type=Path, help="a clone, bare or not")
    parser.add_argument("--revisions", type=int, default=8, help="how many, spread over the history")
    parser.add_argument("--rev", default="HEAD", help="where the first-parent line begins")
    parser.add_argument("--verbose", action="store_true", help="show the words of failures that agree")
    asked = parser.parse_args(arguments)
    tally = Tally()
    compare(asked.repository, spread(first_parents(asked.repository, asked.rev), asked.revisions), tally)
    report(tally, verbose=asked.verbose)
    return 0 if tally.agreed == tally.folders else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
