"""Strategic merges, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.merge import strategic_merge
from bisectops.kustomize.schema import Schema
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump

FRAMES = {
    "pod": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {%s}}}\n",
    "service": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {%s}\n",
    "meta": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, %s}\n",
    "custom": "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\n%s\n",
}

# frame, what is told, target, patch, result
CASES = [
    (
        "pod",
        "elements of a patch come first and in its order",
        "containers: [{name: a, image: x}, {name: b}]",
        "containers: [{name: c}, {name: b, image: y}]",
        "containers: [{name: c}, {name: b, image: y}, {name: a, image: x}]",
    ),
    (
        "pod",
        "an element is deleted by its directive",
        "containers: [{name: a}, {name: b}]",
        "containers: [{name: a, $patch: delete}]",
        "containers: [{name: b}]",
    ),
    (
        "pod",
        "replacing one element of a list has no effect",
        "containers: [{name: a, image: x}, {name: b}]",
        "containers: [{name: a, $patch: replace, foo: 1}]",
        "containers: [{name: a, image: x}, {name: b}]",
    ),
    (
        "pod",
        "a list is replaced by its directive",
        "containers: [{name: a}, {name: b}]",
        "containers: [{$patch: replace}, {name: c}]",
        "containers: [{name: c}]",
    ),
    (
        "pod",
        "a list is deleted by its directive",
        "containers: [{name: a}]",
        "containers: [{$patch: delete}]",
        "",
    ),
    ("pod", "a list is deleted by null", "containers: [{name: a}]", "containers: null", ""),
    (
        "pod",
        "an empty list changes nothing",
        "containers: [{name: a}]",
        "containers: []",
        "containers: [{name: a}]",
    ),
    (
        "pod",
        "an element without its key pushes out the others",
        "containers: [{name: a}, {x: 1}]",
        "containers: [{name: b}]",
        "containers: [{x: 1}]",
    ),
    (
        "pod",
        "of duplicate elements the last one stays",
        "containers: [{name: a, image: x}, {name: a, foo: z}]",
        "containers: [{name: a, image: y}]",
        "containers: [{name: a, foo: z}]",
    ),
    (
        "pod",
        "ports are told apart by number and protocol",
        "containers: [{name: a, ports: [{containerPort: 80, protocol: UDP},"
        " {containerPort: 80, protocol: TCP}]}]",
        "containers: [{name: a, ports: [{containerPort: 80, protocol: TCP, name: x}]}]",
        "containers: [{name: a, ports: [{containerPort: 80, protocol: UDP},"
        " {containerPort: 80, protocol: TCP, name: x}]}]",
    ),
    (
        "pod",
        "a port without a protocol keeps a patch with one away",
        "containers: [{name: a, ports: [{containerPort: 80}]}]",
        "containers: [{name: a, ports: [{containerPort: 80, protocol: TCP}]}]",
        "containers: [{name: a, ports: [{containerPort: 80}]}]",
    ),
    (
        "pod",
        "environment variables merge by name and null removes a field",
        "containers: [{name: a, env: [{name: A, value: '1'}, {name: B, value: '2'}]}]",
        "containers: [{name: a, env: [{name: A, valueFrom: {x: y}, value: null}]}]",
        "containers: [{name: a, env: [{name: A, valueFrom: {x: y}}, {name: B, value: '2'}]}]",
    ),
    (
        "pod",
        "arguments and tolerations are replaced whole",
        "tolerations: [{key: a}], containers: [{name: a, args: [a, b]}]",
        "tolerations: [{key: b}], containers: [{name: a, args: [c]}]",
        "tolerations: [{key: b}], containers: [{name: a, args: [c]}]",
    ),
    (
        "pod",
        "retainKeys and setElementOrder are ordinary fields",
        "volumes: [{name: v, configMap: {name: x}}]",
        "$setElementOrder/volumes: [{name: v}], volumes: [{name: v, $retainKeys: [name], secret: {}}]",
        "$setElementOrder/volumes: [{name: v}],"
        " volumes: [{name: v, $retainKeys: [name], secret: {}, configMap: {name: x}}]",
    ),
    (
        "pod",
        "an added list is merged with itself",
        "x: y",
        "containers: [{name: b, image: y, z: null}, {name: c, $patch: delete}, {name: b, x: 1}]",
        "x: y, containers: [{name: b, x: 1}]",
    ),
    (
        "pod",
        "a mapping is replaced, deleted or merged by its directive",
        "nodeSelector: {q: r}, affinity: {q: r}, securityContext: {q: r}",
        "nodeSelector: {$patch: replace, a: b}, affinity: {$patch: delete},"
        " securityContext: {$patch: merge, a: b}",
        "nodeSelector: {a: b}, securityContext: {q: r, a: b}",
    ),
    (
        "pod",
        "null and empty elements of a merged list go",
        "volumes: [{name: v}, null, {}]",
        "volumes: []",
        "volumes: [{name: v}]",
    ),
    (
        "meta",
        "finalizers are merged as a set",
        "finalizers: [a, b]",
        "finalizers: [c, b]",
        "finalizers: [c, b, a]",
    ),
    (
        "meta",
        "deleteFromPrimitiveList is an ordinary field",
        "finalizers: [a, b]",
        "$deleteFromPrimitiveList/finalizers: [a]",
        "$deleteFromPrimitiveList/finalizers: [a], finalizers: [a, b]",
    ),
    (
        "service",
        "a patch without a protocol is lost on a port that has one",
        "ports: [{port: 80, protocol: TCP}, {port: 81}]",
        "ports: [{port: 80, targetPort: x}]",
        "ports: [{port: 80, protocol: TCP}, {port: 81}]",
    ),
    (
        "service",
        "a port is not deleted where one of the list has a protocol",
        "ports: [{port: 80, name: a}, {port: 80, protocol: UDP}]",
        "ports: [{port: 80, $patch: delete}]",
        "ports: [{port: 80, name: a}, {port: 80, protocol: UDP}]",
    ),
    (
        "service",
        "ports without protocols merge by number",
        "ports: [{port: 80, name: a}, {port: 81}]",
        "ports: [{port: 81, name: b}, {port: 82}]",
        "ports: [{port: 81, name: b}, {port: 82}, {port: 80, name: a}]",
    ),
    (
        "custom",
        "a kind without a schema has its lists replaced",
        "spec: {containers: [{name: a}]}",
        "spec: {containers: [{name: b}]}",
        "spec: {containers: [{name: b}]}",
    ),
    (
        "custom",
        "a resource within a custom one is merged by its own kind",
        "t: {apiVersion: v1, kind: Pod, spec: {containers: [{name: a}]}}",
        "t: {spec: {containers: [{name: b}]}}",
        "t: {apiVersion: v1, kind: Pod, spec: {containers: [{name: b}, {name: a}]}}",
    ),
    (
        "custom",
        "a field left empty goes and a written null stays",
        "a: {b: null, c: ~}\nd:\ne:\n  f:\n  g: 1",
        "h:\n  i:\n  j: null\n  k: 1",
        "a: {b: null, c: null}\ne: {g: 1}\nh: {k: 1}",
    ),
    (
        "custom",
        "quotes stay round what a patch puts between them",
        "a: '1.10'\nb: x",
        "a: 1.20\nb: 5",
        "a: '1.20'\nb: 5",
    ),
    ("custom", "a quoted patch makes a number a string", "a: 1", "a: '1'", "a: '1'"),
    ("custom", "a whole resource is not replaced by its directive", "a: x", "$patch: replace\nb: c", "a: x"),
    (
        "custom",
        "an unknown directive stays where it is only added",
        "a: x",
        "b: {$patch: foo}",
        "b: {$patch: foo}\na: x",
    ),
]


def tree(frame: str, body: str) -> Any:
    (parsed,) = documents((FRAMES[frame] % body).encode())
    return parsed


def plain(node: Any) -> Any:
    (read,) = documents(dump(node).encode())
    return read


@pytest.mark.parametrize(
    ("frame", "target", "patch", "expected"),
    [pytest.param(frame, *texts, id=told) for frame, told, *texts in CASES],
)
def test_merges_as_kustomize_does(frame: str, target: str, patch: str, expected: str) -> None:
    merged = strategic_merge(tree(frame, target), tree(frame, patch))
    assert plain(merged) == plain(tree(frame, expected))


def test_patch_that_says_delete_deletes_the_resource() -> None:
    assert strategic_merge(tree("custom", "a: x"), tree("custom", "$patch: delete")) is None


@pytest.mark.parametrize(
    ("frame", "target", "patch", "message"),
    [
        ("custom", "a: 1", "a: {b: c}", "wrong node kind: expected ScalarNode but got MappingNode"),
        ("custom", "a: [1]", "a: 1", "wrong node kind: expected SequenceNode but got ScalarNode"),
        (
            "pod",
            "volumes: [foo, {name: v}, bar]",
            "volumes: [{x: y}]",
            "wrong node kind: expected MappingNode",
        ),
        ("pod", "nodeSelector: {q: r}", "nodeSelector: {$patch: mrge}", "unknown patch strategy 'mrge'"),
    ],
)
def test_patch_that_does_not_fit_fails_in_kyaml_s_words(
    frame: str, target: str, patch: str, message: str
) -> None:
    with pytest.raises(BuildError) as failure:
        strategic_merge(tree(frame, target), tree(frame, patch))
    assert failure.value.message.startswith(message)


def test_target_and_patch_are_left_as_they_were() -> None:
    target = tree("pod", "containers: [{name: a, image: x}, {name: b}]")
    patch = tree(
        "pod", "containers: [{name: b, $patch: delete}, {name: c}], nodeSelector: {$patch: merge, a: b}"
    )
    before = repr((target, patch))
    strategic_merge(target, patch)
    assert repr((target, patch)) == before


def test_subtrees_that_no_patch_touches_are_shared() -> None:
    target = tree("custom", "a: {deep: {down: 1}}\nb: 1")
    merged = strategic_merge(target, tree("custom", "b: 2"))
    assert merged is not None
    assert merged["a"] is target["a"]


def test_schema_of_the_user_s_gives_a_custom_kind_its_merge_keys() -> None:
    kind = {"group": "example.com", "version": "v1", "kind": "Foo"}
    things = {
        "type": "array",
        "items": {"$ref": "#/definitions/Thing"},
        "x-kubernetes-patch-strategy": "merge",
        "x-kubernetes-patch-merge-key": "id",
    }
    schema = Schema(
        [
            {
                "definitions": {
                    "Foo": {"x-kubernetes-group-version-kind": [kind], "properties": {"things": things}},
                    "Thing": {"properties": {"id": {"type": "string"}}},
                }
            }
        ]
    )
    merged = strategic_merge(
        tree("custom", "things: [{id: a, x: 1}]"), tree("custom", "things: [{id: b}, {id: a, y: 2}]"), schema
    )
    assert merged is not None
    assert merged["things"] == [{"id": "b"}, {"id": "a", "x": 1, "y": 2}]
