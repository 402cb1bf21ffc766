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
