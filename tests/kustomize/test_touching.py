"""What a build's patches and their like look at."""

from __future__ import annotations

import pytest

from bisectops.git.objects import ROOT
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize.resource import Built, Touch
from bisectops.kustomize.target import build
from bisectops.kustomize.touching import EVERYWHERE, touches

WORKLOAD = "apiVersion: example.com/v1\nkind: App\nmetadata: {name: a}\nspec: {values: {tag: x}}\n"


def touched(kustomization: str) -> frozenset[Touch]:
    built = build(MemorySnapshot({"kustomization.yaml": kustomization, "a.yaml": WORKLOAD}), ROOT)
    assert isinstance(built, Built)
    return built.touched


def patched(patch: str) -> frozenset[Touch]:
    return touched(f"resources: [a.yaml]\npatches:\n- target: {{kind: App}}\n  patch: '{patch}'\n")


def test_what_is_done_to_all_objects_alike_touches_nothing() -> None:
    assert touched("resources: [a.yaml]\nnamespace: b\nnamePrefix: c-\nlabels: [{pairs: {d: e}}]\n") == set()


def test_a_merge_patch_minds_the_shape_of_its_fields() -> None:
    head = "{apiVersion: v1, kind: App, metadata: {name: a}, "
    assert Touch(("spec", "values"), shape_only=True) in patched(f"{head}spec: {{values: {{b: c}}}}}}")
    assert Touch(("spec",)) in patched(f"{head}spec: {{$patch: replace, b: c}}}}")
    assert Touch(("spec", "values")) in patched(f"{head}spec: {{values: {{b: {{$patch: delete}}}}}}}}")


@pytest.mark.parametrize(
    ("operation", "touch"),
    [
        ("{op: replace, path: /spec/values/tag, value: y}", Touch(("spec", "values"), shape_only=True)),
        ("{op: test, path: /spec/values/tag, value: x}", Touch(("spec", "values"))),
        ("{op: copy, from: /spec/values/tag, path: /spec/b}", Touch(("spec", "values"))),
    ],
)
def test_an_operation_minds_the_value_it_tests_or_carries_elsewhere(operation: str, touch: Touch) -> None:
    assert touch in patched(f"- {operation}")


def test_replacements_may_look_anywhere() -> None:
    source = "source: {kind: App, fieldPath: spec.values.tag}"
    target = "targets: [{select: {kind: App}, fieldPaths: [spec.values.tag]}]"
    assert touched(f"resources: [a.yaml]\nreplacements: [{{{source}, {target}}}]\n") == EVERYWHERE


def test_a_base_passes_on_what_it_touches() -> None:
    files = {
        "kustomization.yaml": "resources: [base]\n",
        "base/kustomization.yaml": "resources: [a.yaml]\nimages: [{name: b, newTag: c}]\n",
        "base/a.yaml": WORKLOAD,
    }
    built = build(MemorySnapshot(files), ROOT)
    assert isinstance(built, Built)
    assert touches(built.touched, ("spec", "values"), reshaped=True)
    assert not touches(built.touched, ("spec", "values"), reshaped=False)
