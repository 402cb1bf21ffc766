from __future__ import annotations

from typing import Any

World = Any


def app(world: World, *objects: dict[str, Any], **spec: Any) -> World:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", **spec))
    return world.write("app/objects.yaml", *objects)


def test_no_namespace_is_ever_defaulted(world: World) -> None:
    (finding,) = app(world, world.make("ConfigMap", "a")).findings().values()
    assert (finding.rule, finding.certainty.value) == ("namespace-unspecified", "certain")
    assert finding.message == (
        "ConfigMap/a namespace not specified: the server could not find the requested resource"
    )


def test_a_target_namespace_gives_one(world: World) -> None:
    assert app(world, world.make("ConfigMap", "a"), targetNamespace="media").findings() == {}


def test_cluster_scoped_and_unknown_kinds_need_none(world: World) -> None:
    store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": "s"}}
    assert app(world, world.make("Namespace", "a"), store).findings() == {}


def test_before_server_side_apply_kubectl_took_its_own_namespace(world: World) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = "# Flux Version: v0.17.2\n"
    assert app(world, world.make("ConfigMap", "a")).findings() == {}
    world.files["cluster/flux-system/gotk-components.yaml"] = "# Flux Version: v0.18.0\n"
    assert len(world.findings()) == 1


def test_a_hand_may_give_one_to_what_nothing_in_git_applies(world: World) -> None:
    world.files.clear()
    world.write("clusters/a/app.yaml", world.ks("app", "gone", sourceRef={"kind": "Bucket", "name": "b"}))
    (finding,) = world.findings().values()
    assert (finding.rule, finding.certainty.value) == ("namespace-unspecified", "possible")


def test_what_comes_without_one_never_comes_to_be_and_fails_nothing_itself(world: World) -> None:
    app(world, world.ks("child", "gone", dependsOn=[{"name": "nobody"}]))
    (finding,) = world.findings().values()
    assert (finding.rule, str(finding.subject)) == ("namespace-unspecified", "Kustomization/media/app")
