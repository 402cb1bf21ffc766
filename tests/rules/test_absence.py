"""What git cannot know decides how certain an absence is."""

from __future__ import annotations

from typing import Any

import pytest

World = Any
WANTED = "values-source-missing:HelmRelease/media/plex:Secret/media/plex-secret"


def wanting(world: World) -> World:
    """A release that takes values from a Secret which git does not hold."""
    chart = {"kind": "OCIRepository", "name": "plex"}
    values = [{"kind": "Secret", "name": "plex-secret"}]
    world.write("cluster/oci.yaml", world.make("OCIRepository", "plex", "media", url="oci://x"))
    release = world.make("HelmRelease", "app", "media", chartRef=chart, valuesFrom=values)
    return world.write("cluster/release.yaml", release)


def certainty(world: World) -> list[str]:
    return [found.certainty.value for found in world.findings().values()]


def test_a_secret_that_git_never_showed_is_possibly_missing(world: World) -> None:
    assert certainty(wanting(world)) == ["possible"]


def test_an_external_secret_makes_it(world: World) -> None:
    made = world.make("ExternalSecret", "plex", "media", target={"name": "plex-secret"})
    assert certainty(wanting(world).write("cluster/external.yaml", made)) == []


def test_one_that_an_external_secret_makes_elsewhere_is_certainly_missing(world: World) -> None:
    made = world.make("ExternalSecret", "plex", "other", target={"name": "plex-secret"})
    assert certainty(wanting(world).write("cluster/external.yaml", made)) == ["certain"]


def test_a_hand_that_works_in_the_namespace_makes_it(world: World) -> None:
    wanting(world).files["boot.sh"] = "kubectl create secret generic plex-secret -n media\n"
    assert certainty(world) == []


@pytest.mark.parametrize(("name", "told"), [("plex-secret", ["possible"]), ("sops-age", [])])
def test_a_file_that_a_person_applies_by_path_may_have_been_taken_over_by_flux(
    world: World, name: str, told: list[str]
) -> None:
    wanting(world)
    world.files["cluster/release.yaml"] = world.files["cluster/release.yaml"].replace("plex-secret", name)
    world.write("keys/secret.yaml", world.make("Secret", name, "media"))
    world.files["boot.sh"] = "kubectl apply -f keys/secret.yaml\n"
    assert certainty(world) == told


def test_a_hand_that_works_elsewhere_does_not(world: World) -> None:
    wanting(world).files["boot.sh"] = "kubectl create secret generic plex-secret -n other\n"
    assert certainty(world) == ["likely"]


def test_a_chart_of_that_name_may_make_it(world: World) -> None:
    chart = {"kind": "OCIRepository", "name": "plex"}
    maker = world.make("HelmRelease", "plex", "media", chartRef=chart)
    (finding,) = wanting(world).write("cluster/maker.yaml", maker).findings().values()
    assert finding.certainty.value == "possible"
    assert finding.because[-1] == "HelmRelease/media/plex may make it"


def test_a_config_map_that_nobody_makes_is_likely_missing(world: World) -> None:
    wanting(world)
    chart = {"kind": "OCIRepository", "name": "plex"}
    values = [{"kind": "ConfigMap", "name": "settings"}]
    release = world.make("HelmRelease", "app", "media", chartRef=chart, valuesFrom=values)
    assert certainty(world.write("cluster/release.yaml", release)) == ["likely"]


def test_bootstrap_may_make_any_secret_where_flux_lives(world: World) -> None:
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "k"}}}
    world.write("cluster/app.yaml", world.ks("app", "app", "flux-system", **keyed)).write("app/a.yaml")
    assert certainty(world) == ["possible"]


def test_a_remote_input_may_hold_what_is_missing(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    world.folder("app", "https://example.org/all.yaml")
    assert certainty(world) == ["likely"]


def test_a_remote_dashboard_holds_no_kustomization(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    world.folder("app", "https://example.org/dashboard.json")
    assert certainty(world) == ["certain"]


def test_a_name_that_hangs_on_a_symbol_is_no_finding(world: World) -> None:
    world.write("cluster/secret.yaml", world.make("Secret", "vars", "media", data={"NAME": "eA=="}))
    post_build = {"substituteFrom": [{"kind": "Secret", "name": "vars"}]}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", postBuild=post_build))
    world.write("app/inner.yaml", world.ks("inner", "inner", "media", dependsOn=[{"name": "${NAME}"}]))
    world.write("inner/a.yaml")
    assert world.findings() == {}


def test_an_object_whose_name_git_hides_may_be_the_one_that_is_wanted(world: World) -> None:
    hidden = {"substituteFrom": [{"kind": "Secret", "name": "vars", "optional": True}]}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", postBuild=hidden))
    chart = world.make("OCIRepository", "${CHART:=plex}-chart", "media", url="oci://x")
    world.write("app/chart.yaml", chart)
    for wanted, missing in (("plex-chart", 0), ("plex", 1)):
        ref = {"kind": "OCIRepository", "name": wanted}
        world.write("cluster/release.yaml", world.make("HelmRelease", "plex", "media", chartRef=ref))
        assert len(world.findings()) == missing


def test_the_root_source_is_never_missing(world: World) -> None:
    world.write("cluster/flux-system/gotk-sync.yaml", world.ks("flux-system", "cluster", "flux-system"))
    world.write("cluster/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    assert world.findings() == {}


def keyed(world: World, app: str, name: str) -> World:
    """A Kustomization where Flux lives that decrypts with a key."""
    decryption = {"provider": "sops", "secretRef": {"name": name}}
    world.write(f"cluster/{app}.yaml", world.ks(app, app, "flux-system", decryption=decryption))
    return world.write(f"{app}/a.yaml")


@pytest.mark.parametrize(("name", "stale"), [("sops-age", "possible"), ("misspelt-age", "likely")])
def test_another_key_that_is_applied_by_hand_there_makes_its_own_lack_likely(
    world: World, name: str, stale: str
) -> None:
    """One that nobody uses any more speaks only against an odd name."""
    assert certainty(keyed(world, "app", name)) == ["possible"]
    world.files["boot.sh"] = "kubectl -n flux-system create secret generic sops-gpg\n"
    assert certainty(world) == [stale]
    assert certainty(keyed(world, "other", "sops-gpg")) == ["likely"]
    world.files["boot.sh"] += f"kubectl -n flux-system create secret generic {name}\n"
    assert certainty(world) == []


def test_instructions_age_and_prove_no_lack(world: World) -> None:
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}
    world.write("cluster/app.yaml", world.ks("app", "app", "flux-system", **keyed)).write("app/a.yaml")
    world.files["docs/restore.md"] = "kubectl -n flux-system create secret generic sops-gpg\n"
    assert certainty(world) == ["possible"]


def test_what_the_root_itself_needs_is_made_by_something_else(world: World) -> None:
    post_build = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    world.write("cluster/app.yaml", world.ks("app", "app", "flux-system", postBuild=post_build))
    world.write("app/a.yaml", world.make("ConfigMap", "a", "media"))
    assert certainty(world) == ["likely"]
    root = world.ks("flux-system", "cluster", "flux-system", postBuild=post_build)
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
    world.write("cluster/flux-system/gotk-sync.yaml", git, root)
    assert certainty(world) == ["possible", "possible"]


def cluster_wide(world: World, **spec: Any) -> World:
    made = world.make("ClusterExternalSecret", "plex-secret", **spec)
    return wanting(world).write("cluster/external.yaml", made | {"apiVersion": "external-secrets.io/v1"})


def test_a_cluster_external_secret_makes_it_where_the_namespace_is_chosen_by_name(world: World) -> None:
    by_name = {"matchLabels": {"kubernetes.io/metadata.name": "media"}}
    assert certainty(cluster_wide(world, namespaceSelector=by_name)) == []
    by_name = {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["x"]}]
    }
    assert certainty(cluster_wide(world, namespaceSelectors=[by_name])) == ["likely"]


def test_it_hangs_on_the_labels_of_the_namespace_where_git_shows_them(world: World) -> None:
    cluster_wide(world, namespaceSelector={"matchLabels": {"keys": "yes"}})
    assert certainty(world) == ["possible"]
    for labels, told in (({"keys": "yes"}, []), ({"keys": "no"}, ["likely"]), ({}, ["likely"])):
        world.write("cluster/namespace.yaml", world.make("Namespace", "media", labels=labels))
        assert certainty(world) == told


def test_a_selector_that_asks_nothing_chooses_every_namespace(world: World) -> None:
    assert certainty(cluster_wide(world, namespaceSelector={})) == []


def test_the_controllers_flag_names_a_key_in_its_own_namespace(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", decryption={"provider": "sops"}))
    world.write("app/a.yaml")
    assert certainty(world) == []
    args = {"args": "--sops-age-secret=key-age"}
    world.write("cluster/flux-system/args.yaml", world.make("ConfigMap", "args", "flux-system", data=args))
    (finding,) = world.findings().values()
    assert (str(finding.reference), finding.reference.field) == (
        "Secret/flux-system/key-age",
        "spec.decryption",
    )
    assert (finding.rule, finding.message) == ("decryption-secret-missing", 'secrets "key-age" not found')
    assert finding.certainty.value == "possible"
    world.files["boot.sh"] = "kubectl -n flux-system create secret generic sops-gpg\n"
    assert certainty(world) == ["likely"]
    world.write(
        "cluster/key.yaml", world.make("Secret", "key-age", "flux-system", data={"age.agekey": "eA=="})
    )
    assert certainty(world) == []


def test_a_policy_that_generates_it_may_make_a_key_anywhere(world: World) -> None:
    generate = {"kind": "Secret", "name": "sops-age", "namespace": "{{request.object.metadata.name}}"}
    policy = world.make("ClusterPolicy", "sync", rules=[{"generate": generate}])
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", **keyed)).write("app/a.yaml")
    assert certainty(world) == ["likely"]
    world.write("cluster/policy.yaml", policy | {"apiVersion": "kyverno.io/v1"})
    assert certainty(world) == ["possible"]


@pytest.mark.parametrize(("variable", "failing"), [("A", 0), ("B", 1)])
def test_the_keys_of_an_encrypted_secret_are_readable(world: World, variable: str, failing: int) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = "# Flux Version: v2.9.0\n"
    vars = world.make("Secret", "vars", "media", stringData={"A": "ENC[AES256_GCM,data:x]"})
    post_build = {"substituteFrom": [{"kind": "Secret", "name": "vars"}]}
    world.write("cluster/app.yaml", vars, world.ks("app", "app", "media", postBuild=post_build))
    world.write("app/a.yaml", world.make("ConfigMap", "a", "media", data={"k": f"${{{variable}}}"}))
    assert len(world.findings()) == failing


def test_variables_that_an_operator_writes_into_a_secret_of_git_are_not_unset(world: World) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = "# Flux Version: v2.9.0\n"
    copied = {"replicator.v1.mittwald.de/replicate-from": "flux-system/vars"}
    post_build = {"substitute": {"A": "b"}, "substituteFrom": [{"kind": "Secret", "name": "vars"}]}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", postBuild=post_build))
    world.write("app/a.yaml", world.make("ConfigMap", "a", "media", data={"k": "${NOPE}"}))
    world.write("cluster/vars.yaml", world.make("Secret", "vars", "media", annotations=copied))
    assert world.findings() == {}
    world.write("cluster/vars.yaml", world.make("Secret", "vars", "media"))
    assert certainty(world) == ["certain"]
