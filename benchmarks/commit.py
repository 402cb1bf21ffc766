"""How long one commit takes, cold: `check` and `explain`, as ratios to git's own look at all of its files.

    python benchmarks/commit.py CLONE [--rev HEAD] [--runs 5]

The object explained is a Kustomization that most clusters have. The quickest of several runs counts, each
a process of its own; `git grep` reads every blob of the commit once, in the same run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

from bisectops.flux.kinds import ObjectId
from bisectops.git.repository import Repository
from bisectops.rules.judge import RepositoryJudge


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--rev", default="HEAD")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    clusters, name = _asked(arguments.clone, arguments.rev)
    git = _quickest(arguments.runs, ["git", "-C", arguments.clone, "grep", "-c", "fluxcd", arguments.rev])
    print(f"git grep of all files: {git:.2f} s; {clusters} clusters")
    for command in (["check", arguments.rev], ["explain", arguments.rev, name]):
        ask = [sys.executable, "-m", "bisectops", *command, "-C", arguments.clone]
        seconds = _quickest(arguments.runs, ask)
        print(f"{' '.join(command)}: {seconds:.2f} s, {seconds / git:.1f} times")
    return 0


def _asked(clone: str, rev: str) -> tuple[int, str]:
    """How many clusters a commit has, and the Kustomization that is in most of them."""
    repository, judge = Repository(clone), RepositoryJudge()
    judge.move(repository.snapshot(repository.resolve(rev)), None)
    clusters = [each.scene.cluster for each in judge.clusters.values()]
    counted: Counter[ObjectId] = Counter(ks for cluster in clusters for ks in cluster.kustomizations)
    return len(clusters), str(max(sorted(counted), key=counted.__getitem__))


def _quickest(runs: int, command: Sequence[str]) -> float:
    return min(_seconds(command) for _ in range(runs))


def _seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.monotonic() - began


if __name__ == "__main__":
    raise SystemExit(main())
