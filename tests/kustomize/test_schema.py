"""What the built-in schema knows, and what a user's own adds."""

from __future__ import annotations

import pytest

from bisectops.kustomize.resource import Gvk, ResId
from bisectops.kustomize.schema import BUILTIN, Schema, merge_keys

POD_SPEC = ("spec", "template", "spec")


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (("containers",), ("name",)),
        (("volumes",), ("name",)),
        (("tolerations",), None),
        (("hostAliases",), ("ip",)),
        (("imagePullSecrets",), ("name",)),
        (("topologySpreadConstraints",), ("topologyKey", "whenUnsatisfiable")),
    ],
)
def test_lists_of_a_pod_have_their_merge_keys(path: tuple[str, ...], keys: tuple[str, ...] | None) -> None:
    place = BUILTIN.kind("apps/v1", "Deployment")
    for step in (*POD_SPEC, *path):
        place = place and BUILTIN.field(place, step)
    assert merge_keys(place) == keys


def test_elements_lead_further_in() -> None:
    pod = BUILTIN.kind("v1", "Pod")
    assert pod is not None
    spec = BUILTIN.field(pod, "spec")
    assert spec is not None
    containers = BUILTIN.field(spec, "containers")
    assert containers is not None
    container = BUILTIN.elements(containers)
    assert container is not None
    assert merge_keys(BUILTIN.field(container, "ports")) == ("containerPort", "protocol")
    assert merge_keys(BUILTIN.field(container, "env")) == ("name",)


def test_finalizers_are_a_set() -> None:
    secret = BUILTIN.kind("v1", "Secret")
    assert secret is not None
    metadata = BUILTIN.field(secret, "metadata")
    assert metadata is not None
    assert merge_keys(BUILTIN.field(metadata, "finalizers")) == ()


@pytest.mark.parametrize(
    ("gvk", "namespaced"),
    [
        (Gvk("", "v1", "Namespace"), False),
        (Gvk("rbac.authorization.k8s.io", "v1", "ClusterRole"), False),
        (Gvk("policy", "v1beta1", "PodSecurityPolicy"), False),
        (Gvk("apps", "v1", "Deployment"), True),
        (Gvk("storage.k8s.io", "v1beta1", "CSIStorageCapacity"), True),
        (Gvk("example.com", "v1", "Foo"), None),
        (Gvk("", "", "Namespace"), None),
    ],
)
def test_scope_is_known_of_built_in_kinds_only(gvk: Gvk, namespaced: bool | None) -> None:
    assert BUILTIN.namespaceable(gvk) is namespaced


def test_unknown_kind_is_taken_for_namespaced() -> None:
    assert BUILTIN.effective_namespace(ResId(Gvk("example.com", "v1", "Foo"), "a", "")) == "default"
    assert BUILTIN.effective_namespace(ResId(Gvk("example.com", "v1", "Foo"), "a", "ns")) == "ns"


def test_paths_of_a_user_s_schema_tell_a_scope() -> None:
    kind = {"group": "example.com", "version": "v1", "kind": "Foo"}
    operation = {"get": {"x-kubernetes-group-version-kind": kind}}
    schema = Schema([{"paths": {"/apis/example.com/v1/foos": operation}}])
    assert schema.namespaceable(Gvk("example.com", "v1", "Foo")) is False
    both = Schema(
        [
            {
                "paths": {
                    "/apis/example.com/v1/namespaces/{namespace}/foos": operation,
                    "/apis/example.com/v1/foos": operation,
                }
            }
        ]
    )
    assert both.namespaceable(Gvk("example.com", "v1", "Foo")) is True


def test_references_in_a_circle_end() -> None:
    schema = Schema(
        [{"definitions": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "#/definitions/A"}}}], builtin=False
    )
    assert schema.field({"properties": {"x": {"$ref": "#/definitions/A"}}}, "x") is None
