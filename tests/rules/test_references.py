"""References that would not resolve, in the controllers' words."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.yaml.writer import dump

World = Any
CHART = {"chart": {"spec": {"chart": "c", "sourceRef": {"kind": "HelmRepository", "name": "r"}}}}


TENANTS = (
    "# Flux Version: v2.3.0\napiVersion: apps/v1\nkind: Deployment\n"
    "metadata: {name: kustomize-controller, namespace: flux-system}\n"
    "spec: {template: {spec: {containers: [{args: [--no-cross-namespace-refs=true]}]}}}\n"
)
"""The components of a cluster that keeps its tenants apart."""


def release(world: World, namespace: str = "media", **spec: Any) -> World:
    return world.write("cluster/release.yaml", world.make("HelmRelease", "plex", namespace, **spec))


@pytest.mark.parametrize(
    ("spec", "reference", "message"),
    [
        (
            {"chartRef": {"kind": "OCIRepository", "name": "plex"}},
            "OCIRepository/media/plex",
            'could not get Source object: OCIRepository.source.toolkit.fluxcd.io "plex" not found',
        ),
        (
            CHART,
            "HelmRepository/media/r",
            "HelmChart 'media/media-plex' is not ready: failed to get source: "
            'HelmRepository.source.toolkit.fluxcd.io "r" not found',
        ),
    ],
)
def test_a_missing_chart_source_is_told_as_helm_controller_tells_it(
    world: World, spec: dict[str, Any], reference: str, message: str
) -> None:
    (finding,) = release(world, **spec).findings().values()
    assert (finding.rule, finding.certainty.value) == ("source-not-found", "certain")
    assert (str(finding.reference), finding.message) == (reference, message)


def test_the_chart_of_a_release_is_made_in_the_namespace_of_its_source(world: World) -> None:
    spec = {"chart": {"spec": {"sourceRef": {"kind": "HelmRepository", "name": "r", "namespace": "charts"}}}}
    (finding,) = release(world, **spec).findings().values()
    assert finding.message.startswith("HelmChart 'charts/media-plex' is not ready")


def test_a_release_without_any_chart_is_refused(world: World) -> None:
    (finding,) = release(world, interval="1h").findings().values()
    assert finding.message.endswith("either chart or chartRef must be set")


def test_a_release_that_names_its_chart_in_both_ways_is_refused_too(world: World) -> None:
    world.write("cluster/oci.yaml", world.make("OCIRepository", "plex", "media", url="oci://x"))
    world.write("cluster/helm.yaml", world.make("HelmRepository", "r", "media", url="https://x"))
    (finding,) = (
        release(world, **CHART, chartRef={"kind": "OCIRepository", "name": "plex"}).findings().values()
    )
    assert finding.message.endswith("either chart or chartRef must be set")


def test_flux_one_releases_are_nobodys_business(world: World) -> None:
    old = {
        "apiVersion": "helm.fluxcd.io/v1",
        "kind": "HelmRelease",
        "metadata": {"name": "a", "namespace": "b"},
    }
    assert world.write("cluster/old.yaml", old).findings() == {}


def test_dependencies_of_releases_and_kustomizations_are_worded_apart(world: World) -> None:
    world.write("cluster/source.yaml", world.make("HelmRepository", "r", "media", url="https://x"))
    release(world, dependsOn=[{"name": "db"}], **CHART)
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    world.write("app/a.yaml")
    assert sorted(finding.message for finding in world.findings().values()) == [
        "dependency 'media/db' not found: kustomizations.kustomize.toolkit.fluxcd.io \"db\" not found",
        "unable to get 'media/db' dependency: helmreleases.helm.toolkit.fluxcd.io \"db\" not found",
    ]


def substituting(world: World, *, optional: bool = False, **annotations: str) -> World:
    source = {"kind": "ConfigMap", "name": "settings"} | ({"optional": True} if optional else {})
    ks = world.ks("app", "app", "media", postBuild={"substituteFrom": [source]})
    world.write("cluster/app.yaml", ks)
    return world.write("app/a.yaml", world.make("ConfigMap", "a", "media", annotations=annotations))


def test_a_missing_substitute_source_names_the_first_object_that_wants_it(world: World) -> None:
    (finding,) = substituting(world).findings().values()
    assert finding.rule == "substitute-source-missing"
    assert finding.message == (
        "post build failed for 'ConfigMap.v1.[noGrp]/a': substitute from 'ConfigMap/settings' error: "
        'configmaps "settings" not found'
    )


def test_an_optional_source_may_be_missing(world: World) -> None:
    assert substituting(world, optional=True).findings() == {}


def test_a_source_that_no_object_wants_is_never_looked_up(world: World) -> None:
    disabled = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert substituting(world, **disabled).findings() == {}


def test_what_only_the_ks_itself_applies_comes_too_late(world: World) -> None:
    substituting(world).write(
        "app/settings.yaml", world.make("ConfigMap", "settings", "media", data={"A": "b"})
    )
    (finding,) = world.findings().values()
    assert "needs that before it applies anything" in finding.because[0]


def test_suspended_objects_report_nothing(world: World) -> None:
    assert release(world, suspend=True, chartRef={"kind": "OCIRepository", "name": "x"}).findings() == {}


def test_a_ring_of_dependencies_waits_for_ever(world: World) -> None:
    world.write(
        "cluster/ring.yaml",
        world.ks("a", "x", "media", dependsOn=[{"name": "b"}]),
        world.ks("b", "x", "media", dependsOn=[{"name": "a"}]),
    )
    world.write("x/a.yaml")
    ids = {finding.id: finding.because[0] for finding in world.findings().values()}
    assert ids.keys() == {
        "dependency-not-found:Kustomization/media/a:Kustomization/media/b",
        "dependency-not-found:Kustomization/media/b:Kustomization/media/a",
    }
    assert all("in a ring" in why for why in ids.values())


def test_a_source_in_another_namespace_may_be_refused(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    assert world.findings() == {}
    world.files["cluster/flux-system/gotk-components.yaml"] = TENANTS
    (finding,) = world.findings().values()
    assert finding.message == (
        "can't access 'GitRepository/flux-system/flux-system', cross-namespace references have been blocked"
    )


KINDS = {"kind": "OCIRepository", "name": "r"}


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"chart": {"spec": {"sourceRef": KINDS}}}, "spec.chart.spec.sourceRef"),
        ({"chartRef": {"kind": "HelmRepository", "name": "r"}}, "spec.chartRef"),
    ],
)
def test_a_source_of_a_kind_that_the_field_cannot_name_is_refused_though_it_is_there(
    world: World, spec: dict[str, Any], field: str
) -> None:
    for kind in ("OCIRepository", "HelmRepository"):
        world.write(f"cluster/{kind}.yaml", world.make(kind, "r", "media", url="oci://x"))
    (finding,) = release(world, **spec).findings().values()
    assert (finding.rule, finding.certainty.value) == ("source-not-found", "certain")
    assert f'dry-run failed (Invalid): {field}.kind: Unsupported value: "' in finding.message


def test_a_misspelt_kind_of_source_is_refused_too(world: World) -> None:
    ref = {"kind": "GitRepositor", "name": "flux-system"}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", sourceRef=ref)).write("app/a.yaml")
    (finding,) = world.findings().values()
    assert 'spec.sourceRef.kind: Unsupported value: "GitRepositor"' in finding.message


def checking(world: World, *kinds: str, **spec: Any) -> World:
    """A ks that checks the health of `media/plex` of some kinds."""
    checks = [
        {
            "apiVersion": world.make(kind, "x")["apiVersion"],
            "kind": kind,
            "name": "plex",
            "namespace": "media",
        }
        for kind in kinds
    ]
    app = world.ks("app", "app", "media", healthChecks=checks, **spec)
    return world.write("cluster/app.yaml", app).write("app/a.yaml")


def test_a_health_check_of_what_is_not_there_times_out(world: World) -> None:
    (finding,) = checking(world, "HelmRelease").findings().values()
    assert (finding.rule, finding.certainty.value) == ("dependency-not-found", "certain")
    assert finding.message == (
        "health check failed: timeout waiting for: [HelmRelease/media/plex status: 'NotFound']"
    )
    assert finding.reference.field == "spec.healthChecks[0]"


def test_what_a_chart_may_make_is_no_failed_health_check(world: World) -> None:
    assert checking(world, "Deployment", "ConfigMap").findings() == {}


def test_with_wait_the_named_health_checks_do_not_count(world: World) -> None:
    assert checking(world, "HelmRelease", wait=True).findings() == {}


def test_a_ks_does_not_wait_for_its_own_health(world: World) -> None:
    itself = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    check = {**itself, "name": "app", "namespace": "media"}
    world.write("cluster/app.yaml", world.ks("app", "app", "media", healthChecks=[check])).write("app/a.yaml")
    assert world.findings() == {}


def test_what_fails_to_build_checks_no_health(world: World) -> None:
    checking(world, "HelmRelease").folder("app", "./gone.yaml")
    assert [finding.rule for finding in world.findings().values()] == ["build-failed"]


def test_a_refused_source_is_told_as_refused_though_it_is_not_there(world: World) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = TENANTS
    release(world, chartRef={"kind": "OCIRepository", "name": "plex", "namespace": "charts"})
    (finding,) = world.findings().values()
    assert finding.message == (
        "cross-namespace references are not allowed: cannot access OCIRepository charts/plex"
    )


def test_dependencies_in_other_namespaces_are_never_refused(world: World) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = TENANTS
    dependency = [{"name": "flux-system", "namespace": "flux-system"}]
    git = world.make("GitRepository", "own", "media", url="https://example.org/a/b")
    own = {"kind": "GitRepository", "name": "own"}
    world.write("cluster/app.yaml", git, world.ks("app", "app", "media", dependsOn=dependency, sourceRef=own))
    assert world.write("app/a.yaml").findings() == {}


def test_a_suspended_dependency_is_there(world: World) -> None:
    world.write("cluster/db.yaml", world.ks("db", "gone", "media", suspend=True))
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    assert world.write("app/a.yaml").findings() == {}


def test_values_are_looked_up_where_the_release_is_and_not_where_it_installs_to(world: World) -> None:
    world.write("cluster/chart.yaml", world.make("OCIRepository", "plex", "media", url="oci://x"))
    values = {"kind": "ConfigMap", "name": "own"}
    chart = {"kind": "OCIRepository", "name": "plex"}
    release(world, chartRef=chart, valuesFrom=[values], targetNamespace="other")
    world.write("cluster/own.yaml", world.make("ConfigMap", "own", "other", data={"values.yaml": "a: b"}))
    assert list(world.findings()) == ["values-source-missing:HelmRelease/media/plex:ConfigMap/media/own"]


def test_an_artifact_generator_needs_its_sources(world: World) -> None:
    source = {"alias": "repo", "kind": "OCIRepository", "name": "gone"}
    made = world.make("ArtifactGenerator", "g", "media", sources=[source], artifacts=[])
    (finding,) = world.write("cluster/g.yaml", made).findings().values()
    assert (finding.rule, finding.certainty.value) == ("source-not-found", "certain")
    assert finding.message == ('get sources failed: OCIRepository.source.toolkit.fluxcd.io "gone" not found')
    assert finding.reference.field == "spec.sources[0]"


def test_an_artifact_generator_may_take_sources_of_other_namespaces(world: World) -> None:
    world.files["cluster/flux-system/gotk-components.yaml"] = TENANTS
    source = {"alias": "repo", "kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    made = world.make("ArtifactGenerator", "g", "media", sources=[source], artifacts=[])
    assert world.write("cluster/g.yaml", made).findings() == {}


def test_what_builds_from_an_artifact_that_lacks_its_source_is_no_cause(world: World) -> None:
    source = {"alias": "repo", "kind": "OCIRepository", "name": "gone"}
    artifact = {"name": "part", "copy": [{"from": "@repo/**", "to": "@artifact/"}]}
    made = world.make("ArtifactGenerator", "g", "media", sources=[source], artifacts=[artifact])
    ref = {"kind": "ExternalArtifact", "name": "part"}
    world.write("cluster/g.yaml", made, world.ks("app", "app", "media", sourceRef=ref))
    assert [str(finding.subject) for finding in world.findings().values()] == ["ArtifactGenerator/media/g"]


@pytest.mark.parametrize("ref", [None, {}, {"kind": "GitRepository"}])
def test_a_kustomization_without_a_source_is_refused(world: World, ref: dict[str, Any] | None) -> None:
    ks = world.ks("app", "app", "media", sourceRef=ref)
    (finding,) = world.write("cluster/app.yaml", ks).write("app/a.yaml").findings().values()
    assert (finding.rule, finding.certainty.value) == ("source-not-found", "certain")
    assert finding.message == (
        "Kustomization/media/app dry-run failed (Invalid): spec.sourceRef: Required value"
    )


def test_a_generated_name_is_not_followed_into_fields_of_flux(world: World) -> None:
    generator = [{"name": "settings", "literals": ["A=b"]}]
    world.folder("cluster/settings", namespace="media", configMapGenerator=generator)
    assert len(substituting(world).findings()) == 1
    fixed = {"disableNameSuffixHash": True}
    world.folder("cluster/settings", namespace="media", configMapGenerator=generator, generatorOptions=fixed)
    assert world.findings() == {}


def test_an_object_named_by_a_hidden_variable_is_called_as_it_is_written(world: World) -> None:
    substituting(world).write("app/a.yaml", world.make("ConfigMap", "${APP}-map", "media"))
    (finding,) = world.findings().values()
    assert finding.message.startswith("post build failed for 'ConfigMap.v1.[noGrp]/${APP}-map': ")


def test_a_source_that_the_root_gives_to_everybody_is_missed_where_git_makes_its_own(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    ref = {"kind": "GitRepository", "name": "other", "namespace": "flux-system"}
    patch = dump({"kind": "Kustomization", "metadata": {"name": "all"}, "spec": {"sourceRef": ref}})
    target = {"kind": "Kustomization"}
    made = ["flux-system/gotk-sync.yaml", "app.yaml"]
    world.folder("cluster", *made, patches=[{"patch": patch, "target": target}])
    assert {str(finding.subject) for finding in world.findings().values()} == {
        "Kustomization/flux-system/flux-system",
        "Kustomization/media/app",
    }
