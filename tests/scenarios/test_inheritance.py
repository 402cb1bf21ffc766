"""How a parent equips its children, and how that breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bisectops.rules.cascade import cascade
from bisectops.yaml.writer import dump

World = Any
ENCRYPTED = "encrypted-without-decryption"
NO_KEY = "decryption-secret-missing"
DECRYPTION = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}


def patch(spec: dict[str, Any], **target: str) -> dict[str, Any]:
    tree = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    text = {**tree, "metadata": {"name": "not-used"}, "spec": spec}
    return {
        "patch": json.dumps(text),
        "target": {"group": "kustomize.toolkit.fluxcd.io", "kind": "Kustomization"} | target,
    }


@pytest.fixture
def fleet(world: World) -> World:
    """A parent that gives its only child decryption by a patch; the child builds an encrypted Secret."""
    world.write("cluster/apps.yaml", world.ks("apps", "apps", "flux-system", patches=[patch(DECRYPTION)]))
    world.folder("apps", "./echo/ks.yaml")
    world.write(
        "apps/echo/ks.yaml", world.ks("echo", "apps/echo/app", "flux-system", targetNamespace="default")
    )
    world.folder("apps/echo/app", "./secret.yaml")
    world.write("apps/echo/app/secret.yaml", world.sealed("echo"))
    world.write("scripts/boot.sh")
    world.files["scripts/boot.sh"] = "kubectl -n flux-system create secret generic sops-age\n"
    return world


def parent(fleet: World, **spec: Any) -> None:
    fleet.write("cluster/apps.yaml", fleet.ks("apps", "apps", "flux-system", **spec))


def lost(namespace: str = "flux-system") -> dict[str, str]:
    return {f"{ENCRYPTED}:Kustomization/{namespace}/echo:Secret/default/echo": "certain"}


def test_a_parents_patch_decrypts_for_its_children(fleet: World) -> None:
    assert fleet.failures() == {}


def test_a_removed_patch_leaves_ciphertext_that_nothing_complains_of(fleet: World) -> None:
    parent(fleet)
    assert fleet.failures() == lost()
    (finding,) = fleet.findings().values()
    assert "would be applied as ciphertext" in finding.message


def test_ciphertext_under_data_is_refused_in_the_controllers_words(fleet: World) -> None:
    parent(fleet)
    fleet.write("apps/echo/app/secret.yaml", fleet.sealed("echo", field="data"))
    (finding,) = fleet.findings().values()
    assert finding.message == (
        "Secret/default/echo is SOPS encrypted, configuring decryption is required for this secret "
        "to be reconciled"
    )


@pytest.mark.parametrize(
    "target",
    [{"name": "other"}, {"labelSelector": "decrypt=yes"}, {"version": "v1beta2"}, {"namespace": "default"}],
)
def test_a_patch_whose_target_misses_the_child_is_lost_in_silence(
    fleet: World, target: dict[str, str]
) -> None:
    parent(fleet, patches=[patch(DECRYPTION, **target)])
    assert fleet.failures() == lost()
    missed = [f for f in fleet.judge().findings.values() if f.rule == "patch-matches-nothing"]
    assert [(f.certainty.value, str(f.subject)) for f in missed] == [
        ("possible", "Kustomization/flux-system/apps")
    ]
    assert missed[0].message.startswith("spec.patches[0] of cluster/apps.yaml selects no object")


def test_an_opt_out_label_takes_the_child_out(fleet: World) -> None:
    parent(fleet, patches=[patch(DECRYPTION, labelSelector="sops notin (off)")])
    assert fleet.failures() == {}
    child = fleet.ks(
        "echo", "apps/echo/app", "flux-system", targetNamespace="default", labels={"sops": "off"}
    )
    fleet.write("apps/echo/ks.yaml", child)
    assert fleet.failures() == lost()


def test_a_namespace_that_the_same_kustomization_assigns_is_not_matched_yet(fleet: World) -> None:
    fleet.files["scripts/boot.sh"] = "kubectl create secret generic sops-age -n media\n"
    parent(fleet, targetNamespace="media", patches=[patch(DECRYPTION, namespace="media")])
    assert fleet.failures() == lost("media")
    parent(fleet, patches=[patch(DECRYPTION, namespace="media")])
    fleet.folder("apps", "./echo")
    fleet.folder("apps/echo", "./ks.yaml", namespace="media")
    assert fleet.failures() == {}


def test_a_child_under_another_parent_loses_everything(fleet: World) -> None:
    fleet.folder("apps")
    fleet.write(
        "cluster/echo.yaml", fleet.ks("echo", "apps/echo/app", "flux-system", targetNamespace="default")
    )
    assert fleet.failures() == lost()


def test_a_json_patch_under_an_absent_parent_breaks_the_parent(fleet: World) -> None:
    operation = '[{"op": "add", "path": "/spec/postBuild/substitute", "value": {"A": "b"}}]'
    parent(fleet, patches=[{"patch": operation, "target": {"kind": "Kustomization"}}])
    (finding,) = fleet.findings().values()
    assert (finding.rule, str(finding.subject)) == ("build-failed", "Kustomization/flux-system/apps")
    assert "add operation does not apply: doc is missing path" in finding.message


def test_what_a_broken_parent_would_make_is_unknown_and_no_finding(fleet: World) -> None:
    fleet.folder("apps", "./echo/ks.yaml", "./gone.yaml")
    waiting = fleet.ks("late", "late", "flux-system", dependsOn=[{"name": "echo"}, {"name": "nobody"}])
    fleet.write("cluster/late.yaml", waiting).write("late/map.yaml", fleet.make("ConfigMap", "a", "default"))
    assert {finding.rule: str(finding.reference) for finding in fleet.findings().values()} == {
        "build-failed": "Build/apps",
        "dependency-not-found": "Kustomization/flux-system/nobody",
    }


def test_a_parents_patch_replaces_the_childs_list(fleet: World) -> None:
    settings = {"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}}
    own = {"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "own"}]}}
    fleet.write("cluster/own.yaml", fleet.make("ConfigMap", "own", "flux-system", data={"A": "b"}))
    child = fleet.ks("echo", "apps/echo/app", "flux-system", targetNamespace="default", **own)
    fleet.write("apps/echo/ks.yaml", child)
    assert fleet.failures() == {}
    parent(fleet, patches=[patch(DECRYPTION | settings)])
    missing = "substitute-source-missing:Kustomization/flux-system/echo:ConfigMap/flux-system/settings"
    assert fleet.failures() == {missing: "likely"}


def moved(fleet: World, **fields: Any) -> World:
    """The child moves to the namespace default."""
    fleet.folder("apps", "./echo")
    return fleet.folder("apps/echo", "./ks.yaml", namespace="default", **fields)  # type: ignore[no-any-return]


def test_a_child_in_another_namespace_needs_the_key_there(fleet: World) -> None:
    moved(fleet)
    fleet.write("cluster/other.yaml", fleet.make("Secret", "sops-age", "media", data={"age.agekey": "eA=="}))
    (finding,) = fleet.findings().values()
    assert finding.id == f"{NO_KEY}:Kustomization/default/echo:Secret/default/sops-age"
    assert (finding.certainty.value, finding.message) == ("certain", 'secrets "sops-age" not found')


def test_a_key_that_only_hands_make_elsewhere_is_likely_missing(fleet: World) -> None:
    moved(fleet)
    assert fleet.failures() == {f"{NO_KEY}:Kustomization/default/echo:Secret/default/sops-age": "likely"}


def test_a_component_drops_the_key_into_the_namespace(fleet: World) -> None:
    parent(fleet, patches=[patch(DECRYPTION)], **DECRYPTION)
    moved(fleet, components=["../../components/sops"])
    fleet.folder("components/sops", "./secret.yaml", kind="Component")
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"))
    assert fleet.failures() == {}


def test_children_of_a_parent_that_does_not_decrypt_are_a_consequence(fleet: World) -> None:
    moved(fleet, components=["../../components/sops"])
    fleet.folder("components/sops", "./secret.yaml", kind="Component")
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"))
    judge = fleet.judge()
    (cause,) = judge.findings.values()
    assert cause.id == f"{ENCRYPTED}:Kustomization/flux-system/apps:Secret/default/sops-age"
    (follows,) = cascade(judge.scene, [cause])
    assert (follows.rule, str(follows.subject)) == ("dependency-not-ready", "Kustomization/default/echo")
    assert follows.message.startswith("failed to import 'age.agekey' data from sops decryption Secret")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"components": ["../components/sops"]}, "accumulating components"),
        ({"components": ["./app"]}, "expected kind 'Component'"),
        ({"resources": ["./ks.yaml", "../../components/sops"]}, "expected kind != 'Component'"),
        (
            {"components": ["../../components/sops"], "resources": ["./ks.yaml", "./again.yaml"]},
            "may not add resource with an already registered id: Secret.v1.[noGrp]/sops-age",
        ),
    ],
)
def test_components_that_are_misplaced_stop_the_parent(
    fleet: World, fields: dict[str, Any], said: str
) -> None:
    fleet.folder("components/sops", "./secret.yaml", kind="Component")
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"))
    fleet.write("apps/echo/again.yaml", fleet.sealed("sops-age"))
    moved(fleet, **fields)
    (finding,) = fleet.findings().values()
    assert (finding.rule, str(finding.subject)) == ("build-failed", "Kustomization/flux-system/apps")
    assert said in finding.message


def test_a_component_without_a_namespace_around_it_reaches_the_api_without_one(fleet: World) -> None:
    parent(fleet, patches=[patch(DECRYPTION)], **DECRYPTION)
    fleet.folder("apps", "./echo/ks.yaml", components=["../components/sops"])
    fleet.folder("components/sops", "./secret.yaml", kind="Component")
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"))
    (finding,) = fleet.findings().values()
    assert finding.rule == "namespace-unspecified"
    assert finding.message.startswith("Secret/sops-age namespace not specified")


def test_a_move_leaves_references_without_a_namespace_behind(fleet: World) -> None:
    source = {"kind": "GitRepository", "name": "flux-system"}
    child = fleet.ks("echo", "apps/echo/app", dependsOn=[{"name": "db"}], sourceRef=source)
    fleet.write("apps/echo/ks.yaml", child).write(
        "apps/echo/app/secret.yaml", fleet.make("ConfigMap", "a", "x")
    )
    fleet.write("cluster/db.yaml", fleet.ks("db", "db", "flux-system")).write("db/a.yaml")
    moved(fleet)
    parent(fleet)
    assert fleet.failures() == {
        "dependency-not-found:Kustomization/default/echo:Kustomization/default/db": "certain",
        "source-not-found:Kustomization/default/echo:GitRepository/default/flux-system": "certain",
    }


def test_a_top_level_patch_of_a_kustomization_decrypts_too(fleet: World) -> None:
    parent(fleet)
    fleet.folder("apps", "./echo/ks.yaml", patches=[patch(DECRYPTION, annotationSelector="!plain")])
    assert fleet.failures() == {}
    child = fleet.ks(
        "echo", "apps/echo/app", "flux-system", targetNamespace="default", annotations={"plain": "yes"}
    )
    fleet.write("apps/echo/ks.yaml", child)
    assert fleet.failures() == lost()


def test_nothing_is_inherited_by_grandchildren(fleet: World) -> None:
    fleet.write("apps/echo/app/more.yaml", fleet.ks("inner", "inner", "flux-system"))
    fleet.folder("apps/echo/app", "./secret.yaml", "./more.yaml")
    child = fleet.ks("echo", "apps/echo/app", "flux-system")
    fleet.write("apps/echo/ks.yaml", child).write(
        "apps/echo/app/secret.yaml", fleet.sealed("echo", "default")
    )
    fleet.write("inner/secret.yaml", fleet.sealed("inner", "default"))
    assert fleet.failures() == {
        f"{ENCRYPTED}:Kustomization/flux-system/inner:Secret/default/inner": "certain"
    }


def test_the_controllers_flag_gives_a_key_and_does_not_switch_decryption_on(fleet: World) -> None:
    args = {"args": "--sops-age-secret=sops-age"}
    fleet.write("cluster/flux-system/args.yaml", fleet.make("ConfigMap", "args", "flux-system", data=args))
    parent(fleet, patches=[patch({"decryption": {"provider": "sops"}})])
    assert fleet.failures() == {}
    parent(fleet)
    assert fleet.failures() == lost()


def test_a_key_secret_with_a_name_that_imports_nothing_is_no_key(fleet: World) -> None:
    secret = fleet.make("Secret", "sops-age", "flux-system", data={"age.key": "eA=="})
    fleet.write("cluster/key.yaml", secret)
    (finding,) = fleet.findings().values()
    assert (finding.rule, finding.certainty.value) == (NO_KEY, "certain")
    assert "ignores the rest in silence" in finding.because[0]
    secret["metadata"]["annotations"] = {"replicator.v1.mittwald.de/replicate-from": "keys/sops-age"}
    assert fleet.write("cluster/key.yaml", secret).failures() == {}


def renamed(fleet: World, name: str) -> dict[str, str]:
    """What fails once the child has another name."""
    child = fleet.ks(name, "apps/echo/app", "flux-system", targetNamespace="default")
    return fleet.write("apps/echo/ks.yaml", child).failures()  # type: ignore[no-any-return]


def test_a_child_that_is_renamed_out_of_an_expression_is_lost_in_silence(fleet: World) -> None:
    parent(fleet, patches=[patch(DECRYPTION, name="e.*")])
    assert renamed(fleet, "echo-two") == {}
    assert renamed(fleet, "my-echo") == {
        f"{ENCRYPTED}:Kustomization/flux-system/my-echo:Secret/default/echo": "certain"
    }


def test_what_a_child_builds_from_another_repository_is_not_known(fleet: World) -> None:
    parent(fleet)
    fleet.write(
        "cluster/other.yaml", fleet.make("GitRepository", "other", "flux-system", url="https://x.org/c")
    )
    other = {"kind": "GitRepository", "name": "other"}
    child = fleet.ks("echo", "apps/echo/app", "flux-system", sourceRef=other)
    assert fleet.write("apps/echo/ks.yaml", child).failures() == {}


def test_another_key_in_the_parents_patch_is_missing_for_every_child(fleet: World) -> None:
    fleet.folder("apps", "./echo/ks.yaml", "./two.yaml")
    fleet.write("apps/two.yaml", fleet.ks("two", "two", "flux-system")).write("two/a.yaml")
    assert fleet.failures() == {}
    other = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-gpg"}}}
    parent(fleet, patches=[patch(other)], **DECRYPTION)
    assert fleet.failures() == {
        f"{NO_KEY}:Kustomization/flux-system/{child}:Secret/flux-system/sops-gpg": "likely"
        for child in ("echo", "two")
    }


def test_a_childs_own_patches_are_lost_where_the_parent_injects_some(fleet: World) -> None:
    ref = {"op": "add", "path": "/spec/chartRef", "value": {"kind": "OCIRepository", "name": "plex"}}
    own = [{"target": {"kind": "HelmRelease"}, "patch": dump([ref])}]
    chart = fleet.make("OCIRepository", "plex", "default", url="oci://x")
    release = fleet.make("HelmRelease", "plex", "default", interval="1h")
    fleet.write("apps/echo/app/secret.yaml", chart, release)
    fleet.write("apps/echo/ks.yaml", fleet.ks("echo", "apps/echo/app", "flux-system", patches=own))
    assert fleet.failures() == {}
    timeout = {"op": "add", "path": "/spec/timeout", "value": "1m"}
    defaults = [{"target": {"kind": "HelmRelease"}, "patch": dump([timeout])}]
    parent(fleet, patches=[patch({"patches": defaults})])
    (finding,) = fleet.findings().values()
    assert finding.message.endswith("either chart or chartRef must be set")


def sealed_by_component(fleet: World) -> None:
    """A component puts the key into the namespace of the child, and the parent decrypts it."""
    parent(fleet, patches=[patch(DECRYPTION)], **DECRYPTION)
    moved(fleet, components=["../../components/sops"])
    fleet.folder("components/sops", "./secret.yaml", kind="Component")
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"))


def test_a_namespace_that_forgets_the_component_has_no_key(fleet: World) -> None:
    sealed_by_component(fleet)
    fleet.folder("apps", "./echo", "./media").folder("apps/media", "./ks.yaml", namespace="media")
    fleet.write("apps/media/ks.yaml", fleet.ks("plex", "plex")).write("plex/a.yaml")
    assert fleet.failures() == {f"{NO_KEY}:Kustomization/media/plex:Secret/media/sops-age": "certain"}


def test_a_key_that_the_component_no_longer_holds_is_missing(fleet: World) -> None:
    sealed_by_component(fleet)
    fleet.folder("components/sops", kind="Component")
    assert set(fleet.failures()) == {f"{NO_KEY}:Kustomization/default/echo:Secret/default/sops-age"}


def test_variables_of_a_secret_that_nobody_decrypts_are_there_as_ciphertext(fleet: World) -> None:
    sealed_by_component(fleet)
    wanted = {"postBuild": {"substituteFrom": [{"kind": "Secret", "name": "vars"}]}}
    sealed = {"stringData": {"WHERE": "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"}}
    fleet.write("components/sops/secret.yaml", fleet.sealed("sops-age"), fleet.sealed("vars") | sealed)
    fleet.write("apps/echo/ks.yaml", fleet.ks("echo", "apps/echo/app", targetNamespace="default", **wanted))
    assert fleet.failures() == {}
    parent(fleet, patches=[patch(DECRYPTION)])
    assert fleet.failures() == {
        f"{ENCRYPTED}:Kustomization/flux-system/apps:Secret/default/{name}": "certain"
        for name in ("sops-age", "vars")
    }


def test_a_release_that_moves_leaves_its_chart_and_values_behind(fleet: World) -> None:
    parent(fleet)
    chart = fleet.make("OCIRepository", "plex", "flux-system", url="oci://x")
    values = fleet.make("ConfigMap", "own", "flux-system", data={"values.yaml": "a: b"})
    fleet.write("cluster/chart.yaml", chart, values)
    ref, own = {"kind": "OCIRepository", "name": "plex"}, [{"kind": "ConfigMap", "name": "own"}]
    release = fleet.make("HelmRelease", "plex", "flux-system", chartRef=ref, valuesFrom=own)
    fleet.write("apps/echo/ks.yaml", release)
    assert fleet.failures() == {}
    moved(fleet)
    assert set(fleet.failures()) == {
        "source-not-found:HelmRelease/default/plex:OCIRepository/default/plex",
        "values-source-missing:HelmRelease/default/plex:ConfigMap/default/own",
    }


def test_a_child_that_opts_out_of_a_top_level_patch_loses_its_source_too(fleet: World) -> None:
    parent(fleet)
    source = {"sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    opt_out = patch(DECRYPTION | source, annotationSelector="defaults != off")
    fleet.folder("apps", "./echo/ks.yaml", patches=[opt_out])
    child = fleet.ks("echo", "apps/echo/app", "flux-system", targetNamespace="default", sourceRef=None)
    assert fleet.write("apps/echo/ks.yaml", child).failures() == {}
    child["metadata"]["annotations"] = {"defaults": "off"}
    assert fleet.write("apps/echo/ks.yaml", child).failures() == {
        **lost(),
        "source-not-found:Kustomization/flux-system/echo:Source/flux-system/echo": "certain",
    }


def test_a_patch_without_a_target_fails_who_builds_a_child_of_another_name(fleet: World) -> None:
    tree = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "spec": DECRYPTION}
    text = dump(tree | {"metadata": {"name": "echo", "namespace": "flux-system"}})
    parent(fleet)
    fleet.folder("apps", "./echo/ks.yaml", patches=[{"patch": text}])
    assert fleet.failures() == {}
    assert renamed(fleet, "other") == {"build-failed:Kustomization/flux-system/apps:Build/apps": "certain"}
    (finding,) = fleet.findings().values()
    assert (
        "no matches for Id Kustomization.v1.kustomize.toolkit.fluxcd.io/echo.flux-system" in finding.message
    )


def test_a_patch_in_a_patch_reaches_the_grandchildren(fleet: World) -> None:
    fleet.write("apps/echo/app/secret.yaml", fleet.ks("inner", "inner", "flux-system"))
    fleet.write("apps/echo/ks.yaml", fleet.ks("echo", "apps/echo/app", "flux-system"))
    fleet.write("inner/secret.yaml", fleet.sealed("inner", "default"))
    assert len(fleet.failures()) == 1
    parent(fleet, patches=[patch({"patches": [patch(DECRYPTION)]})])
    assert fleet.failures() == {}


def test_an_optional_source_hides_that_it_is_not_there(fleet: World) -> None:
    def wanting(*, optional: bool) -> dict[str, Any]:
        source = {"kind": "ConfigMap", "name": "settings", "optional": optional}
        return {"postBuild": {"substituteFrom": [source]}}

    parent(fleet, patches=[patch(DECRYPTION | wanting(optional=False))])
    missing = "substitute-source-missing:Kustomization/flux-system/echo:ConfigMap/flux-system/settings"
    assert set(fleet.failures()) == {missing}
    parent(fleet, patches=[patch(DECRYPTION | wanting(optional=True))])
    assert fleet.failures() == {}


def test_children_that_still_name_a_key_do_not_take_the_controllers(fleet: World) -> None:
    moved(fleet)
    args = {"args": "--sops-age-secret=sops-age"}
    fleet.write("cluster/flux-system/args.yaml", fleet.make("ConfigMap", "args", "flux-system", data=args))
    assert set(fleet.failures()) == {f"{NO_KEY}:Kustomization/default/echo:Secret/default/sops-age"}
    parent(fleet, patches=[patch({"decryption": {"provider": "sops"}})])
    assert fleet.failures() == {}
