"""Settings and keys that nobody applies where bootstrap works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

World = Any
SETTINGS = {"kind": "ConfigMap", "name": "settings"}
SECRETS = {"kind": "Secret", "name": "secrets"}


def substituting(world: World, app: str, *sources: dict[str, Any], cluster: str = "cluster") -> World:
    """A Kustomization beside the root that substitutes from some sources."""
    post_build = {"substituteFrom": list(sources)}
    world.write(f"{cluster}/{app}.yaml", world.ks(app, app, "flux-system", postBuild=post_build))
    return world.write(f"{app}/a.yaml", world.make("ConfigMap", app, "media"))


def told(findings: dict[str, Finding], name: str) -> dict[str, tuple[str, str]]:
    """Who misses an object: how certainly, and the last reason."""
    return {
        finding.subject.name: (finding.certainty.value, finding.because[-1])
        for finding in findings.values()
        if finding.reference.name == name
    }


def test_settings_that_nobody_makes_are_likely_missing(world: World) -> None:
    reason = "Bootstrap often makes ConfigMaps in flux-system"
    assert told(substituting(world, "app", SETTINGS).findings(), "settings") == {"app": ("likely", reason)}


def test_where_bootstrap_is_told_of_the_secrets_beside_them_it_does_not_make_the_settings(
    world: World,
) -> None:
    root = world.ks("flux-system", "cluster", "flux-system", postBuild={"substituteFrom": [SETTINGS]})
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
    substituting(world, "app", SETTINGS, SECRETS).write("cluster/flux-system/gotk-sync.yaml", git, root)
    assert told(world.findings(), "settings")["app"][0] == "possible"
    world.files["bootstrap/secrets.yaml.j2"] = (
        "kind: Secret\nmetadata:\n  name: secrets\n  namespace: flux-system\n"
    )
    reason = "bootstrap/secrets.yaml.j2 tells of secrets, which somebody applies there, and not of this one"
    assert told(world.findings(), "settings")["app"] == ("likely", reason)


def test_what_another_takes_only_if_it_is_there_is_likely_missing(world: World) -> None:
    substituting(world, "app", SECRETS)
    assert told(world.findings(), "secrets")["app"][0] == "possible"
    substituting(world, "easy", SECRETS | {"optional": True})
    reason = "Kustomization/flux-system/easy takes it only where it is there, so it may well not be"
    assert told(world.findings(), "secrets") == {"app": ("likely", reason)}


def test_a_root_that_takes_them_only_if_they_are_there_proves_nothing(world: World) -> None:
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
    for optional, certainty in ((False, "possible"), (True, "likely")):
        post_build = {"substituteFrom": [SETTINGS | {"optional": optional}]}
        root = world.ks("flux-system", "cluster", "flux-system", postBuild=post_build)
        substituting(world, "app", SETTINGS).write("cluster/flux-system/gotk-sync.yaml", git, root)
        assert told(world.findings(), "settings")["app"][0] == certainty


def test_a_key_of_an_odd_name_is_likely_missing_where_others_use_the_usual_one(world: World) -> None:
    def decrypting(name: str, key: str, namespace: str = "flux-system") -> None:
        keyed = {"decryption": {"provider": "sops", "secretRef": {"name": key}}}
        world.write(f"cluster/{name}.yaml", world.ks(name, "a", namespace, **keyed))

    world.write("a/a.yaml", world.make("ConfigMap", "a", "media"))
    decrypting("one", "odd")
    decrypting("elsewhere", "sops-age", "media")
    assert told(world.findings(), "odd")["one"][0] == "possible"
    decrypting("two", "sops-age")
    reason = "Others decrypt with Secret/flux-system/sops-age, the key that bootstrap usually makes there"
    assert told(world.findings(), "odd") == {"one": ("likely", reason)}
    assert told(world.findings(), "sops-age")["two"][0] == "possible"


@pytest.mark.parametrize("file", ["vars/settings.yaml", "{{.DIR}}/settings.sops.yaml"])
def test_a_file_of_that_name_may_once_have_been_applied(world: World, file: str) -> None:
    substituting(world, "app", SETTINGS).files["README.md"] = f"Run `kubectl apply -f {file}`.\n"
    assert told(world.findings(), "settings")["app"][0] == "possible"


def fleet(world: World) -> World:
    """A second cluster, whose Kustomizations substitute from what those of the first do."""
    root = world.ks("flux-system", "second", "flux-system")
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
    world.write("second/flux-system/gotk-sync.yaml", git, root)
    substituting(world, "other", SETTINGS, cluster="second")
    return substituting(world, "app", SETTINGS)


def judged(world: World) -> dict[str, Finding]:
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    return judge.findings


def test_what_git_makes_for_no_cluster_is_handed_over_to_each(world: World) -> None:
    reason = "Each cluster of this repository needs settings, and git makes it for none of them"
    assert told(judged(fleet(world)), "settings") == {
        "app": ("possible", reason),
        "other": ("possible", reason),
    }


def test_what_git_makes_for_one_cluster_the_other_has_lost(world: World) -> None:
    fleet(world).write("second/settings.yaml", world.make("ConfigMap", "settings", "flux-system"))
    assert told(judged(world), "settings") == {
        "app": ("likely", "Bootstrap often makes ConfigMaps in flux-system")
    }


def test_what_only_one_cluster_needs_is_handed_over_to_nobody(world: World) -> None:
    substituting(fleet(world), "app", {"kind": "ConfigMap", "name": "misspelt"})
    assert {each[0] for each in told(judged(world), "misspelt").values()} == {"likely"}


def story(world: World) -> Iterator[World]:
    yield fleet(world)
    yield world.write("second/settings.yaml", world.make("ConfigMap", "settings", "flux-system"))
    del world.files["second/settings.yaml"]
    yield world
    yield substituting(world, "other", SETTINGS | {"optional": True}, cluster="second")
    yield substituting(world, "easy", SETTINGS | {"optional": True})
    yield substituting(world, "easy", SETTINGS, SECRETS)
    world.files["boot.sh"] = "kubectl create secret generic secrets -n flux-system\n"
    yield world
    yield substituting(world, "easy", SECRETS)
    yield substituting(world, "app", SETTINGS, SECRETS)
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}
    yield world.write("cluster/keyed.yaml", world.ks("keyed", "app", "flux-system", **keyed))
    world.files["boot.sh"] = "kubectl create secret generic own-key -n flux-system\n"
    yield world
    keyed["decryption"]["secretRef"] = {"name": "own-key"}
    yield world.write("cluster/other.yaml", world.ks("other", "app", "flux-system", **keyed))
    del world.files["cluster/other.yaml"]
    yield world


def test_a_walk_tells_of_them_what_a_fresh_look_tells(
    world: World, changes: Callable[[World, World], Any]
) -> None:
    walked = RepositoryJudge()
    before: World | None = None
    seen = set()
    for now in story(world):
        walked.move(now.snapshot, changes(before, now) if before else None)
        assert walked.findings == judged(now)
        seen |= {finding.because[-1] for finding in walked.findings.values()}
        before = deepcopy(now)
    assert len(seen) > 3
