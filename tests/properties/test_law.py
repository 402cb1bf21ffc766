"""The law of the walk: at each commit its findings are those of a judge that never saw another one."""

from __future__ import annotations

import pytest
from flux_histories import ROOT, Files, history

from bisectops.errors import NoClusterRoot
from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Change, Entry, EntryKind, RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

COMMITS = 20


def changes(old: Files, new: Files) -> list[Change]:
    """What git tells of two commits: blobs only, sorted."""
    was, now = MemorySnapshot(old), MemorySnapshot(new)
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return [Change(RepoPath(path), blob(was, path), blob(now, path)) for path in paths]


def blob(snapshot: MemorySnapshot, path: str) -> Entry | None:
    entry = snapshot.entry(RepoPath(path))
    return entry if entry and entry.kind is EntryKind.BLOB else None


def fresh(files: Files) -> dict[str, Finding] | None:
    judge = RepositoryJudge()
    try:
        judge.move(MemorySnapshot(files), None)
    except NoClusterRoot:
        return None
    return judge.findings


@pytest.mark.parametrize("findings_only", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_a_walk_finds_what_a_fresh_look_finds(seed: int, findings_only: bool) -> None:
    judge = RepositoryJudge()
    before: Files | None = None
    for number, files in enumerate(history(seed, COMMITS)):
        wanted = fresh(files)
        if wanted is None:
            continue
        told = None if before is None else changes(before, files)
        judge.move(MemorySnapshot(files), told, findings_only=findings_only)
        before = files
        assert judge.findings == wanted, f"commit {number}"


@pytest.mark.parametrize("seed", range(10))
def test_what_was_put_off_is_made_up_for(seed: int) -> None:
    walked = RepositoryJudge()
    before: Files | None = None
    for number, files in enumerate(history(seed, COMMITS)):
        if fresh(files) is None:
            continue
        told = None if before is None else changes(before, files)
        walked.move(MemorySnapshot(files), told, findings_only=number % 5 != 4)
        before = files
        if number % 5 == 4:
            assert objects(walked) == objects(fresh_judge(files))


def objects(judge: RepositoryJudge) -> dict[str, dict[ObjectId, Applied]]:
    return {name: dict(each.scene.cluster.objects) for name, each in judge.clusters.items()}


def fresh_judge(files: Files) -> RepositoryJudge:
    judge = RepositoryJudge()
    judge.move(MemorySnapshot(files), None)
    return judge


def test_what_comes_and_goes_adds_up_to_what_is_there() -> None:
    for seed in range(5):
        judge = RepositoryJudge()
        before: Files | None = None
        present: dict[str, Finding] = {}
        for files in history(seed, COMMITS):
            moved = judge.move(MemorySnapshot(files), None if before is None else changes(before, files))
            before = files
            for finding in moved.resolved:
                del present[finding.id]
            present |= {finding.id: finding for finding in (*moved.introduced, *moved.revised)}
            assert present == judge.findings


def test_the_histories_hold_findings_of_many_kinds() -> None:
    rules = {
        finding.rule
        for seed in range(30)
        for files in history(seed, 5)
        for finding in (fresh(files) or {}).values()
    }
    assert len(rules) >= 7


def test_a_root_that_moves_leaves_no_copy_of_itself_behind() -> None:
    """The old folder writes the root as it was, and cannot keep it there by applying that."""
    maps = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n"
    listing = "resources: [flux.yaml, map.yaml]\n"
    old = {"cluster/flux.yaml": ROOT, "cluster/map.yaml": maps, "cluster/kustomization.yaml": listing}
    new = old | {"flux-system/flux.yaml": ROOT.replace("./cluster", "./")}
    judge = RepositoryJudge()
    judge.move(MemorySnapshot(old), None)
    judge.move(MemorySnapshot(new), changes(old, new))
    assert judge.findings == fresh(new)
    assert objects(judge) == objects(fresh_judge(new))
    assert [finding.rule for finding in judge.findings.values()] == ["build-failed"]
