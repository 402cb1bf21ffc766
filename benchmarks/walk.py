"""How long a whole history takes, as ratios to git's own work on the same clone in the same run.

    python benchmarks/walk.py CLONE [--jobs N]

(a) `audit` of the whole first-parent line against `git log --raw -m --first-parent` of the same line,
    with an empty cache and with a warm one; (b) `blame-break` over 1,000 commits with a planted fault
    against `git bisect run` that builds every Flux path with kubectl, where there is one; (c) the cost
    of a commit over the newest 1,000, 4,000 and 16,000.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

from alterations import place
from plants import PLANTS
from rewriting import Rewritten, files_applied, files_touched, rewritten, write

from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examiner

_BISECTOPS = (sys.executable, "-m", "bisectops")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", choices=("a", "b", "c"), action="append")
    arguments = parser.parse_args()
    wanted = arguments.only or ["a", "b", "c"]
    with tempfile.TemporaryDirectory() as scratch:
        if "a" in wanted:
            whole_line(arguments.clone, Path(scratch), arguments.jobs)
        if "b" in wanted:
            planted_fault(arguments.clone, Path(scratch))
        if "c" in wanted:
            cost_by_length(arguments.clone, arguments.jobs)
    return 0


def whole_line(clone: str, scratch: Path, jobs: int) -> None:
    log, _ = timed(["git", "-C", clone, "log", "--raw", "-m", "--first-parent"])
    audit = [*_BISECTOPS, "audit", "-C", clone, "--cache-dir", str(scratch / "cache"), "--jobs", str(jobs)]
    empty, memory = timed(audit)
    warm, _ = timed(audit)
    print(f"(a) git log --raw {log:.2f} s; audit {empty:.2f} s, {empty / log:.1f} times;", end=" ")
    print(f"warm {warm:.2f} s, {warm / log:.1f} times; peak of all processes {memory:.0f} MiB", flush=True)


def cost_by_length(clone: str, jobs: int) -> None:
    for commits in (1_000, 4_000, 16_000):
        line = subprocess.run(
            ["git", "-C", clone, "rev-list", "--first-parent", f"--max-count={commits + 1}", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        audit = [*_BISECTOPS, "audit", "-C", clone, f"{line[-1]}..HEAD", "--no-cache", "--jobs", str(jobs)]
        seconds, memory = timed(audit)
        told = f"{seconds / (len(line) - 1) * 1000:.2f} ms a commit"
        print(f"(c) {len(line) - 1} commits: {seconds:.2f} s, {told}, {memory:.0f} MiB", flush=True)
        if len(line) <= commits:
            return


def planted_fault(clone: str, scratch: Path) -> None:
    repository = Repository(clone)
    line = list(reversed(list(repository.since(repository.resolve("HEAD"), None))))[-1_000:]
    history = _plant(repository, line)
    if history is None:
        print("(b) there is nowhere to plant a fault")
        return
    copy = scratch / "planted"
    made = write(copy, clone, repository, history)
    bad = made[history.broken]
    ask = [*_BISECTOPS, "blame-break", "-C", str(copy), f"{made[0]}..{bad}"]
    seconds, memory = timed(ask)
    print(
        f"(b) blame-break over {history.broken} commits {seconds:.2f} s, {memory:.0f} MiB",
        end="; ",
        flush=True,
    )
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        print("no kubectl to compare with")
        return
    tree = scratch / "tree"
    subprocess.run(["git", "clone", "--quiet", "--shared", str(copy), str(tree)], check=True)
    subprocess.run(["git", "-C", str(tree), "checkout", "--quiet", made[0]], check=True)
    paths = sorted(_flux_paths(Repository(str(copy)), made[0]))
    builds = {path: f"{kubectl} kustomize --load-restrictor LoadRestrictionsNone '{path}'" for path in paths}
    sound = [path for path in paths if _succeeds(builds[path], tree)]
    script = scratch / "builds.sh"
    script.write_text(
        "".join(f"[ ! -e '{path}' ] || {builds[path]} >/dev/null 2>&1 || exit 1\n" for path in sound)
    )
    git = ["git", "-C", str(tree), "bisect"]
    subprocess.run([*git, "start", bad, made[0]], check=True, stdout=subprocess.DEVNULL)
    bisected, _ = timed([*git, "run", "sh", str(script)])
    told = subprocess.run([*git, "log"], capture_output=True, text=True, check=True).stdout
    right = f"first bad commit: [{made[history.planted]}]" in told
    print(f"git bisect run with {len(sound)} builds a step {bisected:.1f} s,", end=" ")
    print(f"{bisected / seconds:.0f} times, {'the planted commit' if right else 'another commit'}")


def _succeeds(command: str, tree: Path) -> bool:
    ended = subprocess.run(["sh", "-c", command], cwd=tree, capture_output=True, check=False)
    return ended.returncode == 0


def _plant(repository: Repository, line: list[Oid]) -> Rewritten | None:
    plant = next(each for each in PLANTS if each.name == "resource path")
    at = len(line) * 2 // 3
    applied, end = files_applied(repository, line[at]), repository.snapshot(line[-1])
    for seed in range(50):
        random = Random(seed)
        path = place(repository.snapshot(line[at]), plant, applied, random)
        if path and end.entry(path):
            used = applied | files_applied(repository, line[-1]) | files_touched(repository, line)
            return rewritten(repository, line, at, plant, (path,), used, random)
    return None


def _flux_paths(repository: Repository, commit: Oid) -> set[str]:
    examiner = Examiner(repository)
    examiner.move(commit)
    clusters = (judge.scene.cluster for judge in examiner.judge.clusters.values())
    found = (cluster.ks(ks) for cluster in clusters for ks in cluster.kustomizations)
    return {ks.path.removeprefix("./").strip("/") for ks in found if ks is not None}


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds, and the peak of the resident memory of a command with all its processes, in MiB."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watch = _Watch(process.pid)
    watch.start()
    process.wait()
    seconds = time.monotonic() - began
    watch.stop()
    own = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if not watch.peak else watch.peak
    return seconds, own


class _Watch(threading.Thread):
    """Looks now and then at what a process and its children hold."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.peak = 0.0

    def run(self) -> None:
        while not self._over.wait(0.05):
            self.peak = max(self.peak, sum(map(_resident, _family(self._pid))))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for process in found:
        with suppress(OSError):  # it has ended in the meantime
            for thread in Path(f"/proc/{process}/task").glob("*/children"):
                found.extend(map(int, thread.read_text().split()))
    return found


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
