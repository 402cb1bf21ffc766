"""Builds that fail, and what an older kustomize lets pass."""

from __future__ import annotations

from typing import Any

import pytest

World = Any

CONFIGURATION = "nameReference:\n- kind: ConfigMap\n  fieldSpecs:\n  - {path: spec/x, name: x}\n"


def app(world: World) -> World:
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    return world.write("app/map.yaml", world.make("ConfigMap", "a", "media"))


def empty(world: World) -> None:
    app(world).folder("app", "./map.yaml", "./crds").files["app/crds/kustomization.yaml"] = "# nothing\n"


def odd_configuration(world: World) -> None:
    app(world).folder("app", "./map.yaml", configurations=["conf.yaml"])
    world.files["app/conf.yaml"] = CONFIGURATION


@pytest.mark.parametrize(
    ("broken", "lenient", "strict"), [(empty, "2.1.2", "2.2.0"), (odd_configuration, "2.2.3", "2.3.0")]
)
def test_what_the_clusters_own_kustomize_lets_pass_is_no_certain_failure(
    broken: Any, lenient: str, strict: str, world: World
) -> None:
    broken(world)
    for version, certainty in ((lenient, "possible"), (strict, "certain")):
        world.files["cluster/flux-system/gotk-components.yaml"] = f"# Flux Version: v{version}\n"
        (finding,) = world.findings().values()
        assert (finding.rule, finding.certainty.value) == ("build-failed", certainty)


def test_where_git_does_not_tell_the_version_the_newest_kustomize_counts(world: World) -> None:
    empty(world)
    (finding,) = world.findings().values()
    assert finding.certainty.value == "certain"
