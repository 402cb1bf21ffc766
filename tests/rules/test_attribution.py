"""Which file wrote a field of an object."""

from __future__ import annotations

from typing import Any

from bisectops.flux.kinds import ks_id
from bisectops.rules.attribution import Attribution

World = Any
LABEL = '[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]'


def writers(world: World) -> tuple[Attribution, Any]:
    scene = world.judge().scene
    return Attribution(scene, world.snapshot), scene.cluster.objects[ks_id("media", "echo")]


def fleet(world: World, patch: str, **parent: Any) -> World:
    patches = [{"patch": patch, "target": {"kind": "Kustomization"}}]
    world.write("cluster/apps.yaml", world.ks("apps", "apps", "flux-system", patches=patches, **parent))
    world.folder("apps", "./ks.yaml", namespace="media")
    return world.write("apps/ks.yaml", world.ks("echo", "echo")).write("echo/a.yaml")


def test_a_patch_of_the_parent_is_found_in_the_parents_file(world: World) -> None:
    merge = "kind: Kustomization\nmetadata: {name: x}\nspec: {decryption: {provider: sops}}\n"
    attribution, echo = writers(fleet(world, f"apiVersion: kustomize.toolkit.fluxcd.io/v1\n{merge}"))
    decides = attribution.decides(echo, "spec", "decryption")
    assert decides is not None
    assert (decides.what, decides.path, decides.pointer) == (
        "spec.patches[0]",
        "cluster/apps.yaml",
        ("spec", "patches", 0),
    )
    assert str(decides.by) == "Kustomization/flux-system/apps"


def test_json_patches_are_read_by_their_paths(world: World) -> None:
    operation = '[{"op": "add", "path": "/spec/decryption", "value": {"provider": "sops"}}]'
    attribution, echo = writers(fleet(world, operation))
    decides = attribution.decides(echo, "spec", "decryption")
    assert decides is not None
    assert decides.what == "spec.patches[0]"
    assert attribution.decides(echo, "spec", "postBuild") is None


def test_what_its_own_file_says_is_as_written(world: World) -> None:
    attribution, echo = writers(fleet(world, LABEL))
    decides = attribution.decides(echo, "spec", "path")
    assert decides is not None
    assert (decides.what, decides.path) == ("", "apps/ks.yaml")


def test_a_namespace_is_a_kustomizations_or_the_parents(world: World) -> None:
    attribution, echo = writers(fleet(world, LABEL))
    assert ("namespace", "apps/kustomization.yaml") in {(w.what, w.path) for w in attribution.writers(echo)}
    attribution, echo = writers(fleet(world, LABEL, targetNamespace="media"))
    named = {(w.what, w.path) for w in attribution.writers(echo)}
    assert ("spec.targetNamespace", "cluster/apps.yaml") in named
