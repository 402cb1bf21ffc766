"""Builds that fail, and what an older kustomize lets pass."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bisectops.rules.judge import RepositoryJudge
from bisectops.yaml.writer import dump

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


def running(world: World, version: str) -> World:
    world.files["cluster/flux-system/gotk-components.yaml"] = f"# Flux Version: v{version}\n"
    return world


def test_what_the_clusters_own_kustomize_lets_pass_is_no_certain_failure(world: World) -> None:
    odd_configuration(world)
    for version, certainty in (("2.2.3", "possible"), ("2.3.0", "certain")):
        (finding,) = running(world, version).findings().values()
        assert (finding.rule, finding.certainty.value) == ("build-failed", certainty)


def test_an_empty_kustomization_makes_nothing_until_a_controller_refuses_it(
    world: World, changes: Callable[[World, World], Any]
) -> None:
    empty(world)
    world.write("app/odd.yaml", world.ks("odd", "gone", "media")).folder(
        "app", "./map.yaml", "./odd.yaml", "./crds"
    )
    before = deepcopy(running(world, "2.1.2"))
    behind = "build-failed:Kustomization/media/odd:Path/gone"
    assert before.failures() == {behind: "certain"}
    refused = {"build-failed:Kustomization/media/app:Build/app": "certain"}
    assert running(world, "2.2.0").failures() == refused
    walked = RepositoryJudge()
    walked.move(before.snapshot, None)
    walked.move(world.snapshot, changes(before, world))
    assert {finding.id for finding in walked.findings.values()} == {*world.findings()}


def test_an_api_from_before_the_first_release_tells_of_a_controller_that_takes_an_empty_one(
    world: World,
) -> None:
    empty(world)
    old = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2"}
    world.write("cluster/app.yaml", world.ks("app", "app", "media") | old)
    assert world.findings() == {}


def test_where_git_does_not_tell_the_version_the_newest_kustomize_is_likely(world: World) -> None:
    empty(world)
    (finding,) = world.findings().values()
    assert finding.certainty.value == "likely"
    assert finding.because[-1] == (
        "Only kustomize-controller 1.2 and later refuse this, and git does not tell which the cluster runs"
    )


def elsewhere(world: World, name: str, path: str) -> World:
    """A Kustomization that nothing in git applies, of a source whose repository git does not tell."""
    ref = {"kind": "GitRepository", "name": "fleet"}
    return world.write(f"parts/{name}.yaml", world.ks(name, path, "flux-system", sourceRef=ref))


def test_a_path_that_is_missing_may_be_in_the_repository_that_is_only_guessed(world: World) -> None:
    world.files.clear()
    assert elsewhere(world, "app", "apps/app").failures() == {
        "build-failed:Kustomization/flux-system/app:Path/apps/app": "possible"
    }


def test_the_guess_is_right_where_another_path_of_that_source_is_here(
    world: World, changes: Callable[[World, World], Any]
) -> None:
    world.files.clear()
    elsewhere(world, "app", "apps/app")
    before = deepcopy(world)
    elsewhere(world, "db", "apps/db").write("apps/db/map.yaml", world.make("ConfigMap", "db", "media"))
    assert set(world.failures().values()) == {"certain"}
    walked = RepositoryJudge()
    walked.move(before.snapshot, None)
    walked.move(world.snapshot, changes(before, world))
    assert {found.certainty.value for found in walked.findings.values()} == {"certain"}


def test_what_bootstrap_writes_in_one_file_builds_this_repository(world: World) -> None:
    world.files.clear()
    source = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/home")
    world.write("flux/gotk-sync.yaml", source, world.ks("flux-system", "clusters/gone", "flux-system"))
    assert world.failures() == {
        "build-failed:Kustomization/flux-system/flux-system:Path/clusters/gone": "certain"
    }


def test_a_cluster_beside_others_whose_path_is_missing_is_likely_to_fail(world: World) -> None:
    world.files.clear()
    source = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/home")
    for name, path in (("a", "a"), ("b", "bb")):
        root = world.ks("flux-system", f"clusters/{path}", "flux-system", dependsOn=[{"name": "first"}])
        world.write(f"clusters/{name}/flux-system/gotk-sync.yaml", source, root)
        world.write(f"clusters/{name}/first.yaml", world.ks("first", "app", "flux-system"))
    world.write("app/map.yaml", world.make("ConfigMap", "a", "media"))
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    (finding,) = judge.findings.values()
    assert finding.id == "b:build-failed:Kustomization/flux-system/flux-system:Path/clusters/bb"
    assert finding.certainty.value == "likely"
    assert "no such file or directory" in finding.message


@pytest.mark.parametrize(
    ("base", "refused"),
    [
        ("github.com/a/b//deploy?ref=v1", 1),
        ("https://github.com/a/b/deploy?ref=v1", 1),
        ("ssh://git@github.com/a/b.git//x", 1),
        ("https://raw.githubusercontent.com/a/b/main/x.yaml", 0),
        ("https://example.org/all", 0),
    ],
)
def test_a_base_to_clone_is_refused_and_a_file_to_fetch_is_not(world: World, base: str, refused: int) -> None:
    app(world).folder("app", "./map.yaml", base)
    flag = [{"op": "add", "path": "/spec/x/-", "value": "--no-remote-bases=true"}]
    patches = [{"patch": dump(flag), "target": {"kind": "Deployment", "name": "kustomize-controller"}}]
    world.folder("cluster/flux-system", "./gotk-sync.yaml")
    assert world.findings() == {}
    world.folder("cluster/flux-system", "./gotk-sync.yaml", patches=patches)
    found = list(world.findings().values())
    assert len(found) == refused
    for finding in found:
        assert (finding.rule, finding.certainty.value) == ("build-failed", "likely")
        assert f"accumulating resources from '{base}'': fs-security-constraint abs " in finding.message


def test_the_flag_of_a_flux_instance_is_certain(world: World) -> None:
    sync = {"kind": "GitRepository", "url": "https://example.org/a/b", "path": "cluster"}
    instance = world.make("FluxInstance", "flux", "flux-system", sync=sync, cluster={"multitenant": True})
    world.files.clear()
    world.write("flux.yaml", instance | {"apiVersion": "fluxcd.controlplane.io/v1"})
    app(world).folder("app", "./map.yaml", "github.com/a/b?ref=v1")
    failed = [each for each in world.findings().values() if each.rule == "build-failed"]
    assert [each.certainty.value for each in failed] == ["certain"]


@pytest.mark.parametrize(
    ("fields", "plain", "decrypting"),
    [
        ({"resources": ["./bare"]}, "unable to find one of", "no kustomization file found"),
        ({"resources": ["./twice"]}, "Found multiple kustomization", "found multiple kustomization files"),
        (
            {"resources": ["./map.yaml"], "patches": [{"path": "gone.yaml"}]},
            "failed to get the patch file",
            "lstat app/gone.yaml: no such file or directory",
        ),
        (
            {"secretGenerator": [{"name": "a", "files": ["k=gone.txt"]}]},
            "file sources: [k=gone.txt]: open app/gone.txt",
            "lstat app/gone.txt: no such file or directory",
        ),
        (
            {"secretGenerator": [{"name": "a", "envs": ["gone.env"]}]},
            "env source files: [gone.env]: open app/gone.env",
            "lstat app/gone.env: no such file or directory",
        ),
    ],
)
def test_with_decryption_the_decryptor_says_first_what_is_missing(
    world: World, fields: dict[str, Any], plain: str, decrypting: str
) -> None:
    app(world).write("app/kustomization.yaml", {"kind": "Kustomization"} | fields)
    world.files["app/bare/note.txt"] = ""
    world.folder("app/twice").files["app/twice/kustomization.yml"] = "resources: []\n"
    (finding,) = world.findings().values()
    assert plain in finding.message
    keyed = {"decryption": {"provider": "sops"}}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", **keyed))
    (finding,) = world.findings().values()
    assert finding.message == f"error decrypting sources: {decrypting}"


def test_a_root_that_nothing_in_git_writes_fails_for_no_sure_reason(world: World) -> None:
    world.files.clear()
    world.write("clusters/a/app.yaml", world.ks("app", "app", "media"))
    world.files["clusters/a/values.yaml"] = "replicas: 1\n"
    (finding,) = world.findings().values()
    assert (finding.rule, finding.certainty.value) == ("build-failed", "possible")


def test_the_decryptor_does_not_look_at_what_config_maps_are_made_of(world: World) -> None:
    generator = [{"name": "a", "files": ["gone.txt"]}]
    world.write("cluster/app.yaml", world.ks("app", "app", "media", decryption={"provider": "sops"}))
    (finding,) = world.folder("app", configMapGenerator=generator).findings().values()
    assert finding.message.startswith("kustomize build failed: loading KV pairs: file sources: [gone.txt]")


def test_a_flux_kustomization_is_no_kustomization_file(world: World) -> None:
    app(world).write("app/kustomization.yaml", world.ks("inner", "x", "media"))
    (finding,) = world.findings().values()
    assert "apiVersion for Kustomization should be kustomize.config.k8s.io/v1beta1" in finding.message


def test_a_path_out_of_the_repository_fails_the_build(world: World) -> None:
    (finding,) = app(world).folder("app", "../../outside.yaml").findings().values()
    assert (finding.rule, finding.certainty.value) == ("build-failed", "certain")


def test_legacy_patches_do_nothing_once_the_controller_is_typed(world: World) -> None:
    lost = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "nobody"}}
    ks = app(world).ks("app", "app", "media", patchesStrategicMerge=[lost])
    world.write("cluster/app.yaml", ks | {"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2"})
    (finding,) = world.findings().values()
    assert "failed to find unique target for patch ConfigMap.v1.[noGrp]/nobody.[noNs]" in finding.message
    world.files["cluster/flux-system/gotk-components.yaml"] = "# Flux Version: v2.0.0\n"
    assert world.findings() == {}


def test_an_artifact_that_is_not_made_any_more_may_have_been_made_before(world: World) -> None:
    home = {"alias": "repo", "kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    copy = [{"from": "@repo/gone/**", "to": "@artifact/here/"}]
    artifacts = [{"name": "part", "copy": copy}]
    made = world.make("ArtifactGenerator", "g", "media", sources=[home], artifacts=artifacts)
    world.write("cluster/generator.yaml", made)
    ref = {"kind": "ExternalArtifact", "name": "part"}
    world.write("cluster/app.yaml", world.ks("app", "here", "media", sourceRef=ref))
    (finding,) = world.findings().values()
    assert (finding.rule, finding.certainty.value) == ("build-failed", "likely")
    assert finding.message.startswith("part build failed: failed to apply copy operations")
    world.write("gone/map.yaml", world.make("ConfigMap", "a", "media"))
    assert world.findings() == {}
    world.write("cluster/app.yaml", world.ks("app", "elsewhere", "media", sourceRef=ref))
    assert world.failures() == {"build-failed:Kustomization/media/app:Path/elsewhere": "certain"}


def test_charts_of_a_kustomization_are_never_inflated(world: World) -> None:
    chart = {"name": "a", "repo": "https://charts.example.org"}
    (finding,) = app(world).folder("app", "./map.yaml", helmCharts=[chart]).findings().values()
    assert (finding.rule, finding.certainty.value) == ("build-failed", "certain")
    assert finding.message.endswith("must specify --enable-helm")
