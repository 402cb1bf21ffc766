from __future__ import annotations

import pytest

from bisectops.flux.kinds import (
    ObjectId,
    depends_on,
    flux_kustomization,
    is_ks,
    ks_id,
    object_id,
    reference,
    source_id,
)


def test_versions_do_not_tell_objects_apart() -> None:
    trees = ({"apiVersion": f"a.b/{v}", "kind": "K", "metadata": {"name": "n"}} for v in ("v1", "v2"))
    assert len(set(map(object_id, trees))) == 1


def test_an_object_without_a_namespace_prints_none() -> None:
    assert str(ObjectId("Namespace", "", "media")) == "Namespace/media"
    assert str(ks_id("a", "b")) == "Kustomization/a/b"


def test_dependencies_are_of_the_own_kind_and_by_default_of_the_own_namespace() -> None:
    owner = ks_id("media", "plex")
    spec = {"dependsOn": [{"name": "db"}, {"name": "net", "namespace": "network"}, {"namespace": "x"}]}
    assert depends_on(spec, owner) == (ks_id("media", "db"), ks_id("network", "net"))


def test_a_reference_is_looked_up_in_the_namespace_of_who_names_it() -> None:
    assert str(reference({"kind": "GitRepository", "name": "a"}, "media")) == "GitRepository/media/a"
    assert reference({"kind": "GitRepository"}, "media") is None


@pytest.mark.parametrize("odd", [None, 1, "text", [], {}, [[]], {"a": {"b": 1}}])
def test_any_field_may_hold_anything(odd: object) -> None:
    fields = ("path", "sourceRef", "decryption", "postBuild", "dependsOn", "suspend", "kubeConfig")
    tree = {"apiVersion": odd, "kind": odd, "metadata": odd, "spec": dict.fromkeys(fields, odd)}
    ks = flux_kustomization(tree)
    assert (ks.path in ("", "text"), ks.source, ks.decrypts) == (True, None, False)
    assert flux_kustomization({"spec": odd}).depends_on == ()


def test_decryption_is_in_effect_with_a_provider_and_no_secret() -> None:
    ks = flux_kustomization({"spec": {"decryption": {"provider": "sops"}}})
    assert (ks.decrypts, ks.key_secret) == (True, None)


def test_a_kustomization_file_is_no_kustomization_of_flux() -> None:
    config = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    assert not is_ks(object_id(config))
    assert is_ks(object_id(config | {"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta1"}))


def test_the_version_in_a_reference_does_not_count() -> None:
    ref = {"kind": "GitRepository", "name": "a", "namespace": "b", "apiVersion": "example.org/v9"}
    assert reference(ref, "media") == source_id("GitRepository", "b", "a")
