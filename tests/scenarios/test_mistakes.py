"""The easiest mistakes, as findings of a whole cluster, where no other test has them."""

from __future__ import annotations

from typing import Any

import pytest

World = Any
KEYED = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}


def app(world: World, *objects: dict[str, Any], **spec: Any) -> World:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", **spec))
    return world.write("app/objects.yaml", *objects)


def test_a_missing_key_fails_though_nothing_is_encrypted(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media"), **KEYED)
    assert set(world.failures()) == {
        "decryption-secret-missing:Kustomization/media/app:Secret/media/sops-age"
    }


def test_a_secret_ref_turns_the_controllers_key_off(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media"), **KEYED)
    args = {"args": "--sops-age-secret=global"}
    world.write("cluster/flux-system/args.yaml", world.make("ConfigMap", "args", "media", data=args))
    (finding,) = world.findings().values()
    assert str(finding.reference) == "Secret/media/sops-age"


@pytest.mark.parametrize(("place", "failing"), [("media", 0), ("other", 2)])
def test_secrets_are_looked_up_where_the_ks_is_and_not_where_it_applies_to(
    world: World, place: str, failing: int
) -> None:
    variables = {"postBuild": {"substituteFrom": [{"kind": "Secret", "name": "vars"}]}}
    app(world, world.make("ConfigMap", "a"), targetNamespace="other", **KEYED, **variables)
    key = world.make("Secret", "sops-age", place, data={"age.agekey": "eA=="})
    world.write("cluster/secrets.yaml", key, world.make("Secret", "vars", place, data={"A": "eA=="}))
    assert len(world.findings()) == failing


def test_the_patch_of_a_flux_instance_decrypts_for_the_root_alone(world: World) -> None:
    decryption = '[{"op": "add", "path": "/spec/decryption", "value": {"provider": "sops"}}]'
    patches = [{"target": {"kind": "Kustomization"}, "patch": decryption}]
    sync = {"kind": "GitRepository", "url": "https://example.org/a/b", "path": "cluster"}
    instance = world.make("FluxInstance", "flux", "flux-system", sync=sync, kustomize={"patches": patches})
    world.files.clear()
    world.write("flux.yaml", instance | {"apiVersion": "fluxcd.controlplane.io/v1"})
    world.write("cluster/own.yaml", world.sealed("own", "media"))
    app(world, world.sealed("theirs", "media"))
    assert set(world.failures()) == {
        "encrypted-without-decryption:Kustomization/media/app:Secret/media/theirs"
    }


def test_maps_of_a_parents_patch_are_merged_into_the_childs(world: World) -> None:
    own = {"decryption": {"secretRef": {"name": "own"}}}
    patch = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n"
        "spec: {decryption: {provider: sops}}\n"
    )
    patches = [{"target": {"kind": "Kustomization"}, "patch": patch}]
    world.write("cluster/parent.yaml", world.ks("parent", "apps", "media", patches=patches))
    world.write("apps/app.yaml", world.ks("app", "app", "media", **own)).write("app/a.yaml")
    (finding,) = world.findings().values()
    assert str(finding.reference) == "Secret/media/own"


def test_a_namespace_transformer_renames_the_namespace_it_finds(world: World) -> None:
    store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": "s"}}
    app(world, world.make("Namespace", "not-used"), store)
    world.folder("app", "./objects.yaml", namespace="media")
    held = {str(each) for each in world.judge().scene.cluster.objects}
    assert {"Namespace/media", "ClusterSecretStore/media/s"} <= held


def test_an_ignored_key_is_a_missing_key_and_a_link_is_no_file(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media"), **KEYED)
    world.write("cluster/key.yaml", world.make("Secret", "sops-age", "media", data={"age.agekey": "eA=="}))
    assert world.findings() == {}
    world.files[".sourceignore"] = "key.yaml\n"
    assert len(world.findings()) == 1
    del world.files[".sourceignore"]
    world.files["cluster/key.yaml@"] = "../keys/key.yaml"
    world.files["keys/key.yaml"] = world.files.pop("cluster/key.yaml")
    assert len(world.findings()) == 1


def test_a_component_below_a_path_without_a_kustomization_breaks_the_build(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media")).folder("app/part", kind="Component")
    (finding,) = world.findings().values()
    assert "expected kind != 'Component' for path 'app/part'" in finding.message


def test_a_path_that_builds_to_nothing_is_no_failure(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media")).files["app/readme.txt"] = "nothing\n"
    assert world.findings() == {}


def test_an_unknown_field_is_dropped_at_the_root_and_fatal_beneath(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media")).folder("app", "./objects.yaml", odd="x")
    assert world.findings() == {}
    world.folder("app", "./objects.yaml", "./inner").folder("app/inner", odd="x")
    (finding,) = world.findings().values()
    assert 'invalid Kustomization: json: unknown field "odd"' in finding.message


def test_a_key_that_is_no_name_fails_all_that_is_substituted(world: World) -> None:
    variables = {"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "own"}]}}
    app(world, world.make("ConfigMap", "a", "media"), **variables)
    world.write("cluster/own.yaml", world.make("ConfigMap", "own", "media", data={"values.yaml": "x"}))
    (finding,) = world.findings().values()
    assert "'values.yaml' var name is invalid" in finding.message


def test_a_value_that_looks_like_a_number_becomes_one(world: World) -> None:
    variables = {"postBuild": {"substitute": {"PORT": "8080"}}}
    app(world, world.make("Service", "a", "media", port="${PORT}"), **variables)
    (service,) = (o for o in world.judge().scene.cluster.objects.values() if o.id.kind == "Service")
    assert service.content["spec"]["port"] == 8080


def test_dependencies_are_of_one_kind(world: World) -> None:
    app(world, world.make("HelmRelease", "db", "media", chartRef={"kind": "HelmChart", "name": "c"}))
    world.write("cluster/c.yaml", world.make("HelmChart", "c", "media"))
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    assert set(world.failures()) == {"dependency-not-found:Kustomization/media/app:Kustomization/media/db"}


def test_an_empty_kustomization_is_fatal_beneath_and_none_at_the_root(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media")).files["app/kustomization.yaml"] = "# nothing yet\n"
    assert world.findings() == {}
    world.folder("app", "./objects.yaml", "./inner").files["app/inner/kustomization.yaml"] = "# nothing yet\n"
    (finding,) = world.findings().values()
    assert "kustomization.yaml is empty" in finding.message


SEALED = "a: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\nsops:\n    mac: ENC[x]\n"


@pytest.mark.parametrize(("key", "failing"), [("values.yaml", 0), ("values", 1)])
def test_the_key_of_a_generated_secret_tells_how_its_file_is_decrypted(
    world: World, key: str, failing: int
) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", decryption={"provider": "sops"}))
    world.folder("app", secretGenerator=[{"name": "a", "files": [f"{key}=enc.sops.yaml"]}], namespace="media")
    world.files["app/enc.sops.yaml"] = SEALED
    found = list(world.findings().values())
    assert [(each.rule, each.certainty.value) for each in found] == [("build-failed", "certain")] * failing
    assert all(f"Secret field '{key}': failed to emit encrypted YAML" in each.message for each in found)


def test_an_encrypted_custom_resource_is_refused_and_not_applied_in_silence(world: World) -> None:
    sealed = world.sealed("s", "media")
    custom = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": sealed["metadata"]}
    app(world, custom | {"spec": sealed["stringData"], "sops": sealed["sops"]})
    (finding,) = world.findings().values()
    assert (finding.rule, finding.silent) == ("encrypted-without-decryption", False)
    assert finding.message.endswith(".sops: field not declared in schema")


@pytest.mark.parametrize(("kind", "failing"), [("Secret", 0), ("ConfigMap", 0), ("HelmRelease", 1)])
def test_what_sops_marked_and_encrypted_nothing_of_is_applied_as_it_is(
    world: World, kind: str, failing: int
) -> None:
    """Built-in kinds lose the field on their way; the API server knows none of that name in others."""
    chart = {"spec": {"chartRef": {"kind": "OCIRepository", "name": "a"}}} if kind == "HelmRelease" else {}
    app(world, world.make(kind, "a", "media", sops={"mac": "ENC[x]"}) | chart)
    world.write("cluster/oci.yaml", world.make("OCIRepository", "a", "media", url="oci://x"))
    assert len(world.failures()) == failing
