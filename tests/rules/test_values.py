"""Keys of values: what a ConfigMap or Secret of git's own does not hold."""

from __future__ import annotations

from typing import Any

import pytest

World = Any


def release(world: World, **entry: Any) -> World:
    """A release that takes values from the ConfigMap `own`."""
    world.write("cluster/chart.yaml", world.make("OCIRepository", "plex", "media", url="oci://x"))
    chart = {"kind": "OCIRepository", "name": "plex"}
    values = [{"kind": "ConfigMap", "name": "own", **entry}]
    made = world.make("HelmRelease", "plex", "media", chartRef=chart, valuesFrom=values)
    return world.write("cluster/release.yaml", made)


def own(world: World, **more: Any) -> World:
    return world.write("cluster/own.yaml", world.make("ConfigMap", "own", "media", **more))


def test_a_missing_key_is_told_as_helm_controller_tells_it(world: World) -> None:
    own(release(world), data={"helm.yaml": "a: b"})
    (finding,) = world.findings().values()
    assert (finding.rule, finding.certainty.value) == ("values-source-missing", "certain")
    assert finding.message == (
        "could not resolve ConfigMap chart values reference 'media/own' with key 'values.yaml': key not found"
    )
    assert finding.reference.field == "spec.valuesFrom[0].valuesKey"


def test_a_missing_object_names_the_key_too(world: World) -> None:
    (finding,) = release(world, valuesKey="helm.yaml").findings().values()
    assert finding.message == (
        "could not resolve ConfigMap chart values reference 'media/own' with key 'helm.yaml': "
        'configmaps "own" not found'
    )


def test_the_key_that_the_entry_names_counts(world: World) -> None:
    own(release(world, valuesKey="helm.yaml"), data={"helm.yaml": "a: b"})
    assert world.findings() == {}


def test_an_optional_entry_may_lack_its_key(world: World) -> None:
    assert own(release(world, optional=True), data={"other": "x"}).findings() == {}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"data": {"other": "x"}, "annotations": {"replicator.v1.mittwald.de/replicate-from": "a/b"}},
        {"data": {"other": "x"}, "annotations": {"reflector.v1.k8s.emberstack.com/reflects": "a/b"}},
        {"data": {"other": "x"}, "annotations": {"fluxcd.controlplane.io/copyFrom": "a/b"}},
        {"data": {"other": "x"}, "annotations": {"kustomize.toolkit.fluxcd.io/ssa": "Merge"}},
    ],
)
def test_what_somebody_else_fills_may_hold_any_key(world: World, more: dict[str, Any]) -> None:
    assert own(release(world), **more).findings() == {}


def test_a_chart_puts_no_key_into_what_git_applies(world: World) -> None:
    """A release may make what is called like it, but Helm takes over nothing that is there."""
    release(world, name="plex-values", valuesKey="other.yaml")
    world.write(
        "cluster/own.yaml", world.make("ConfigMap", "plex-values", "media", data={"values.yaml": "a"})
    )
    (finding,) = world.findings().values()
    assert finding.certainty.value == "certain"
    assert finding.because == ("ConfigMap/media/plex-values holds values.yaml, and no other.yaml",)


def external_secret(world: World, **spec: Any) -> World:
    release(world, kind="Secret", name="own", valuesKey="helm.yaml")
    made = world.make("ExternalSecret", "own", "media") | {"spec": spec}
    return world.write("cluster/external.yaml", made)


def test_a_key_that_an_operator_does_not_write_is_missing(world: World) -> None:
    (finding,) = external_secret(world, data=[{"secretKey": "values.yaml"}]).findings().values()
    assert finding.certainty.value == "likely"
    assert finding.because == ("ExternalSecret/media/own makes it, with values.yaml, and no helm.yaml",)


@pytest.mark.parametrize(
    "spec",
    [
        {"data": [{"secretKey": "helm.yaml"}]},
        {"data": [{"secretKey": "values.yaml"}], "dataFrom": [{"extract": {"key": "all"}}]},
        {"data": [{"secretKey": "values.yaml"}], "target": {"template": {"templateFrom": [{}]}}},
    ],
)
def test_what_an_operator_may_write_is_not_missing(world: World, spec: dict[str, Any]) -> None:
    assert external_secret(world, **spec).findings() == {}
