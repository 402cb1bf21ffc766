"""How a parent equips its children, and how that breaks: the rows of flux-semantics 4."""

from __future__ import annotations

from typing import Any

import pytest

World = Any
ENCRYPTED = "encrypted-without-decryption"
NO_KEY = "decryption-secret-missing"
DECRYPTION = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}


def patch(spec: dict[str, Any], **target: str) -> dict[str, Any]:
    tree = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    text = {**tree, "metadata": {"name": "not-used"}, "spec": spec}
    import json

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
    from bisectops.rules.cascade import cascade

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
    parent(fleet, patches=[patch({"decryption": {"provider": "sops"}})])
    assert fleet.failures() == {}


def test_a_key_secret_with_a_name_that_imports_nothing_is_no_key(fleet: World) -> None:
    secret = fleet.make("Secret", "sops-age", "flux-system", data={"age.key": "eA=="})
    fleet.write("cluster/key.yaml", secret)
    (finding,) = fleet.findings().values()
    assert (finding.rule, finding.certainty.value) == (NO_KEY, "certain")
    assert "ignores the rest in silence" in finding.because[0]
