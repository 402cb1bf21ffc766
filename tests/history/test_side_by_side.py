"""Two processes that judge the clusters of a commit tell together what one tells alone."""

from __future__ import annotations

import os
from typing import Any

import pytest

from bisectops.errors import NoClusterRoot
from bisectops.git.snapshot import MemorySnapshot
from bisectops.history import side_by_side
from bisectops.history.side_by_side import told_of_each
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.judge import RepositoryJudge

World = Any
NAMES = [*(f"c{number}" for number in range(7)), "cluster"]
SETTINGS = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}


@pytest.fixture
def fleet(world: World) -> World:
    """Eight clusters with an app each, and settings that git makes for none of them."""
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
    for name in NAMES[:-1]:
        world.write(f"{name}/gotk-sync.yaml", git, world.ks("flux-system", name, "flux-system"))
    for name in NAMES:
        world.write(f"{name}/app.yaml", world.ks(name, "app", "flux-system", postBuild=SETTINGS))
    return world.write("app/a.yaml", world.make("ConfigMap", "app", "media"))


def told(judge: ClusterJudge) -> tuple[int, str, dict[str, str]]:
    """Who tells, of which cluster, and what fails there how surely."""
    return os.getpid(), judge.scene.label, {k: each.certainty.value for k, each in judge.findings.items()}


def alone(world: World) -> list[Any]:
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    return [told(each)[1:] for each in judge.clusters.values()]


@pytest.fixture
def several_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    if not side_by_side.FORKS:
        pytest.skip("nothing forks here")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})


@pytest.mark.usefixtures("several_cores")
def test_two_processes_tell_what_one_does(fleet: World) -> None:
    found = told_of_each(RepositoryJudge(), fleet.snapshot, told)
    assert [each[1:] for each in found] == alone(fleet)
    assert {each[1]: each[0] == os.getpid() for each in found} == {
        name: place < 4 for place, name in enumerate(NAMES)
    }
    assert {certainty for each in found for certainty in each[2].values()} == {"possible"}


@pytest.mark.usefixtures("several_cores")
def test_one_process_is_enough_where_no_more_are_wanted(fleet: World) -> None:
    found = told_of_each(RepositoryJudge(), fleet.snapshot, told, jobs=1)
    assert {each[0] for each in found} == {os.getpid()}


@pytest.mark.usefixtures("several_cores")
def test_what_one_cluster_of_the_other_process_makes_is_handed_over_to_nobody(fleet: World) -> None:
    fleet.write("c6/settings.yaml", fleet.make("ConfigMap", "settings", "flux-system"))
    found = told_of_each(RepositoryJudge(), fleet.snapshot, told)
    assert [each[1:] for each in found] == alone(fleet)
    assert [set(each[2].values()) for each in found] == [{"likely"}] * 6 + [set(), {"likely"}]


@pytest.mark.usefixtures("several_cores")
@pytest.mark.parametrize("first", [True, False])
def test_where_the_other_process_dies_this_one_tells_everything(
    fleet: World, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    here = os.getpid()

    def dies(judge: ClusterJudge) -> object:
        return told(judge) if os.getpid() == here else os._exit(9)

    if first:  # before it has told what its clusters substitute from
        move = RepositoryJudge.move_with
        monkeypatch.setattr(
            RepositoryJudge, "move_with", lambda *given: move(*given) if os.getpid() == here else os._exit(9)
        )
    found = told_of_each(RepositoryJudge(), fleet.snapshot, dies)
    assert [each[1:] for each in found] == alone(fleet)


@pytest.mark.usefixtures("several_cores")
def test_where_no_process_more_is_allowed_this_one_tells_everything(
    fleet: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    found = told_of_each(RepositoryJudge(), fleet.snapshot, told)
    assert [each[1:] for each in found] == alone(fleet)


@pytest.mark.usefixtures("several_cores")
def test_what_goes_wrong_here_is_raised(fleet: World) -> None:
    def fails(judge: ClusterJudge) -> object:
        raise ZeroDivisionError(judge.scene.label)

    with pytest.raises(ZeroDivisionError, match="c0"):
        told_of_each(RepositoryJudge(), fleet.snapshot, fails)


def test_a_commit_without_a_root_is_refused() -> None:
    with pytest.raises(NoClusterRoot):
        told_of_each(RepositoryJudge(), MemorySnapshot({"README.md": ""}), told)
