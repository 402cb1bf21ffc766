"""What a commit proves of an absence that its own files leave possible."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bisectops.history.proofs import proofs
from bisectops.rules.finding import Certainty
from bisectops.rules.judge import RepositoryJudge

World = Any


@pytest.fixture
def proven(changes: Any) -> Any:
    """What the step from one world to another proves, by what is missed."""

    def step(before: World, after: World) -> dict[str, Certainty]:
        judge = RepositoryJudge()
        judge.move(before.snapshot, None)
        roots = {"": judge.roots[0]}
        movement = judge.move(after.snapshot, changes(before, after))
        (cluster,) = judge.clusters.values()
        found = proofs(movement, {"": cluster.scene}, roots)
        return {key.rpartition(":")[2]: proof.certainty for key, proof in found.items()}

    return step


def release(world: World, *secrets: str) -> World:
    world.write("cluster/oci.yaml", world.make("OCIRepository", "plex", "media", url="oci://x"))
    chart = {"kind": "OCIRepository", "name": "plex"}
    values = [{"kind": "Secret", "name": name} for name in secrets]
    made = world.make("HelmRelease", "app", "media", chartRef=chart, valuesFrom=values)
    return deepcopy(world.write("cluster/release.yaml", made))


def test_another_name_in_the_same_field_is_likely_a_mistake(world: World, proven: Any) -> None:
    for before in (("a", "b"), ("a", "b", "b")):
        after = ("a", "bb", *before[2:])
        assert proven(release(world, *before), release(world, *after)) == {
            "Secret/media/bb": Certainty.LIKELY
        }


@pytest.mark.parametrize("after", [("new", "a"), ("a", "new"), ("b", "a")])
def test_an_entry_more_or_another_order_is_none(world: World, proven: Any, after: tuple[str, ...]) -> None:
    before = ("a", "b") if "b" in after else ("a",)
    assert proven(release(world, *before), release(world, *after)) == {}


@pytest.mark.parametrize(("name", "proves"), [("sops-age", {}), ("sops-gpgs", {"likely"})])
def test_a_key_may_go_over_to_a_name_that_bootstrap_makes_everywhere(
    world: World, proven: Any, name: str, proves: set[str]
) -> None:
    def keyed(secret: str) -> World:
        decryption = {"provider": "sops", "secretRef": {"name": secret}}
        world.write("cluster/app.yaml", world.ks("app", "app", "flux-system", decryption=decryption))
        return deepcopy(world.write("app/a.yaml"))

    told = proven(keyed("sops-gpg"), keyed(name))
    assert {certainty.value for certainty in told.values()} == set(proves)


def settings(world: World, *resources: str) -> World:
    """An app that needs variables, which a person applies once and Flux from then on."""
    variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    world.write("cluster/apps.yaml", world.ks("apps", "apps", "flux-system", postBuild=variables))
    world.write("apps/a.yaml", world.make("ConfigMap", "a", "media"))
    world.files["README.md"] = "kubectl apply -f cluster/vars/settings.yaml\n"
    world.write("cluster/vars/settings.yaml", world.make("ConfigMap", "settings", "flux-system"))
    return deepcopy(world.folder("cluster/vars", *resources))


def test_what_flux_takes_over_from_a_person_is_gone_once_git_drops_it(world: World, proven: Any) -> None:
    before = settings(world, "./settings.yaml")
    assert before.failures() == {}
    world.write("cluster/vars/other.yaml", world.make("ConfigMap", "other", "flux-system"))
    assert proven(before, settings(world, "./other.yaml")) == {
        "ConfigMap/flux-system/settings": Certainty.CERTAIN
    }


@pytest.mark.parametrize("instead", ["https://example.org/settings.yaml", "./kept.yaml"])
def test_what_git_made_is_not_proved_gone_where_the_doubt_is_another(
    world: World, proven: Any, instead: str
) -> None:
    """It may come from elsewhere now, or what needs it may be an older one."""
    before = settings(world, "./settings.yaml")
    if not instead.startswith("https:"):
        variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
        kept = world.ks("apps", "apps", "flux-system", postBuild=variables)
        kept["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
        world.write("cluster/apps.yaml", kept)
        world.write("cluster/vars/kept.yaml", world.make("ConfigMap", "other", "flux-system"))
    after = deepcopy(world.folder("cluster/vars", instead))
    assert Certainty.CERTAIN not in proven(before, after).values()


def test_what_git_itself_made_is_proved_gone_where_a_commit_alone_leaves_it_likely(
    world: World, proven: Any
) -> None:
    def written(*resources: str) -> World:
        settings(world, *resources)
        del world.files["README.md"]
        return deepcopy(world)

    world.write("cluster/vars/other.yaml", world.make("ConfigMap", "other", "flux-system"))
    before, after = written("./settings.yaml"), written("./other.yaml")
    assert list(after.failures().values()) == ["likely"]
    assert proven(before, after) == {"ConfigMap/flux-system/settings": Certainty.CERTAIN}


def test_a_root_that_takes_up_what_it_applies_itself_under_another_name_has_it_by_then(
    world: World, proven: Any
) -> None:
    def needing(name: str) -> World:
        variables = {"substituteFrom": [{"kind": "ConfigMap", "name": name}]}
        root = world.ks("flux-system", "cluster", "flux-system", postBuild=variables)
        git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
        world.write("cluster/flux-system/gotk-sync.yaml", git, root)
        return deepcopy(world.write("cluster/vars.yaml", world.make("ConfigMap", name, "flux-system")))

    before, after = needing("settings"), needing("variables")
    assert list(after.failures().values()) == ["possible"]
    assert proven(before, after) == {}


def guessed(world: World, *resources: str, folder: str = "apps") -> World:
    """A folder with Kustomizations that nothing in git leads to."""
    world.files.clear()
    world.write(f"{folder}/a.yaml", world.ks("a", "a", "flux-system"))
    world.write(f"{folder}/c.yaml", world.ks("c", "c", "flux-system")).write("c/x.yaml").write("a/x.yaml")
    return deepcopy(world.folder(folder, *resources))


def test_a_folder_that_nothing_in_git_builds_was_sound_until_a_commit_broke_it(
    world: World, proven: Any
) -> None:
    before, after = guessed(world, "./a.yaml", "./c.yaml"), guessed(world, "./a.yaml", "./b.yaml")
    assert list(after.failures().values()) == ["possible"]
    assert set(proven(before, after).values()) == {Certainty.LIKELY}
    assert proven(after, guessed(world, "./d.yaml")) == {}, "it was broken before"
    assert proven(guessed(world, "./a.yaml", folder="other"), after) == {}, "it is another root"


def test_the_folder_of_a_root_was_there_until_a_commit_took_it(world: World, changes: Any) -> None:
    world.files.clear()
    for name in ("a", "b"):
        sync = {"kind": "GitRepository", "url": "https://example.org/a/b", "path": f"clusters/{name}"}
        instance = world.make("FluxInstance", "flux", "flux-system", sync=sync)
        world.write(f"boot/{name}.yaml", instance | {"apiVersion": "fluxcd.controlplane.io/v1"})
        world.write(f"clusters/{name}/map.yaml", world.make("ConfigMap", name, "media"))
    before = deepcopy(world)
    del world.files["clusters/b/map.yaml"]
    judge = RepositoryJudge()
    judge.move(before.snapshot, None)
    roots = {root.name: root for root in judge.roots}
    movement = judge.move(world.snapshot, changes(before, world))
    (finding,) = movement.introduced
    assert finding.certainty is Certainty.POSSIBLE
    scenes = {name: cluster.scene for name, cluster in judge.clusters.items()}
    found = proofs(movement, scenes, roots)
    assert found[finding.id].certainty is Certainty.LIKELY


NEVER = {"kustomize.toolkit.fluxcd.io/prune": "Disabled"}


def repository(world: World, *, kept: bool, marked: bool = False, gone: bool = False, **spec: Any) -> World:
    """A release, and the Kustomization that applies its HelmRepository, or did."""
    source = {"sourceRef": {"kind": "HelmRepository", "name": "charts"}, "chart": "x"}
    release = world.make("HelmRelease", "app", "media", chart={"spec": source})
    world.write("cluster/app.yaml", release)
    world.write(
        "cluster/charts.yaml", *(() if gone else (world.ks("charts", "charts", "flux-system", **spec),))
    )
    charts = world.make(
        "HelmRepository", "charts", "media", url="https://x", annotations=NEVER if marked else {}
    )
    world.write("charts/other.yaml", world.make("ConfigMap", "other", "media"))
    return deepcopy(world.write("charts/charts.yaml", *((charts,) if kept else ())))


@pytest.mark.parametrize(
    ("before", "after", "proves"),
    [
        ({}, {}, False),
        ({"prune": False}, {"prune": False}, True),
        ({"prune": True}, {"prune": False}, True),
        ({"prune": False}, {"prune": True}, False),
        ({}, {"suspend": True}, True),
        ({"marked": True}, {}, True),
        ({}, {"gone": True}, False),
        ({"prune": False}, {"gone": True}, True),
        ({"prune": False, "deletionPolicy": "Delete"}, {"gone": True}, False),
        ({"deletionPolicy": "Orphan"}, {"gone": True}, True),
        ({"deletionPolicy": "Orphan"}, {"deletionPolicy": "Orphan"}, False),
    ],
)
def test_what_nobody_prunes_is_no_certain_loss(
    world: World, proven: Any, before: dict[str, Any], after: dict[str, Any], proves: bool
) -> None:
    was, now = repository(world, kept=True, **before), repository(world, kept=False, **after)
    assert list(now.failures().values()) == ["certain"]
    found = proven(was, now)
    assert found == ({"HelmRepository/media/charts": Certainty.LIKELY} if proves else {})


def test_what_goes_with_a_kustomization_that_is_kept_itself_stays(world: World, proven: Any) -> None:
    was = repository(world, kept=True)
    was.write("cluster/charts.yaml", world.ks("charts", "charts", "flux-system", annotations=NEVER))
    assert proven(was, repository(world, kept=False, gone=True)) == {
        "HelmRepository/media/charts": Certainty.LIKELY
    }


def test_a_secret_that_git_made_and_nobody_prunes_counts_and_is_not_certain(
    world: World, proven: Any
) -> None:
    world.write("cluster/apps.yaml", world.ks("apps", "apps", "flux-system", prune=False))
    world.write("apps/other.yaml", world.make("ConfigMap", "other", "media"))
    after = release(world, "token")
    before = deepcopy(after).write("apps/token.yaml", world.make("Secret", "token", "media"))
    assert list(after.failures().values()) == ["possible"]
    assert proven(before, after) == {"Secret/media/token": Certainty.LIKELY}
