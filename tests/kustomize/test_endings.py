"""A build's end is told from the folder's last one where resources differ and their names do not."""

from __future__ import annotations

import pytest

from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Builder, Built, build

ROOT = RepoPath("app")
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d}\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers: [{name: p, image: "nginx:1", envFrom: [{configMapRef: {name: c}}]}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: other}}]
"""
FILES = {
    "app/kustomization.yaml": "resources: [p.yaml, d.yaml, c.yaml]\nnamePrefix: a-\n",
    "app/c.yaml": CONFIG,
    "app/d.yaml": CLAIM,
    "app/p.yaml": POD,
}


def end_again(edit: dict[str, str]) -> int:
    """How many of two builds, before and after an edit, came to their end as a whole; both checked."""
    builder = Builder()
    for files in (FILES, FILES | edit):
        snapshot = MemorySnapshot(files)
        assert builder.build(snapshot, ROOT) == build(snapshot, ROOT)
    return builder.endings.whole


@pytest.mark.parametrize(
    "edit",
    [
        {"app/c.yaml": CONFIG.replace("v}", "w}")},
        {"app/p.yaml": POD.replace("nginx:1", "nginx:2")},
        {"app/p.yaml": POD.replace("other", "d")},
        {"app/p.yaml": POD.replace("configMapRef: {name: c}", "configMapRef: {name: d}")},
        {"app/c.yaml": CONFIG.replace("v}", "w}"), "app/d.yaml": f"{CLAIM}spec: {{}}\n"},
    ],
)
def test_resources_that_keep_their_names_take_their_old_places(edit: dict[str, str]) -> None:
    assert end_again(edit) == 1


@pytest.mark.parametrize(
    "edit",
    [
        {"app/c.yaml": CONFIG.replace("name: c", "name: e")},
        {"app/c.yaml": CONFIG.replace("name: c", "name: c, namespace: n")},
        {
            "app/c.yaml": CONFIG.replace(
                "name: c", "name: c, annotations: {config.kubernetes.io/local-config: 'true'}"
            )
        },
        {"app/kustomization.yaml": "resources: [p.yaml, d.yaml, c.yaml]\n"},
        {"app/kustomization.yaml": "resources: [p.yaml, c.yaml]\nnamePrefix: a-\n"},
        {"app/kustomization.yaml": f"{FILES['app/kustomization.yaml']}sortOptions: {{order: fifo}}\n"},
        {"app/kustomization.yaml": f"{FILES['app/kustomization.yaml']}buildMetadata: [managedByLabel]\n"},
        {
            "app/kustomization.yaml": (
                f"{FILES['app/kustomization.yaml']}"
                "vars: [{name: V, objref: {kind: ConfigMap, name: c, apiVersion: v1}}]\n"
            )
        },
    ],
)
def test_whatever_else_may_decide_ends_the_build_anew(edit: dict[str, str]) -> None:
    assert end_again(edit) == 2


def test_hash_in_a_name_ends_the_build_anew() -> None:
    generated = "resources: [p.yaml]\nconfigMapGenerator: [{name: c, files: [f]}]\n"
    builder = Builder()
    for data in ("1", "2"):
        snapshot = MemorySnapshot({"app/kustomization.yaml": generated, "app/f": data, "app/p.yaml": POD})
        assert builder.build(snapshot, ROOT) == build(snapshot, ROOT)
    assert builder.endings.whole == 2


def test_reference_is_put_right_again_when_it_may_mean_others() -> None:
    """Who is renamed decides it, though the resource that refers is the same."""
    builder = Builder()
    found = []
    for prefix in ("x-", "y-", "x-"):
        files = {
            "app/kustomization.yaml": "resources: [../base, ../named]\n",
            "base/kustomization.yaml": "resources: [p.yaml]\n",
            "base/p.yaml": POD,
            "named/kustomization.yaml": f"resources: [c.yaml]\nnamePrefix: {prefix}\n",
            "named/c.yaml": CONFIG,
        }
        result = builder.build(MemorySnapshot(files), ROOT)
        assert isinstance(result, Built)
        pod = next(each for each in result.resources if each.id.gvk.kind == "Pod")
        found.append(pod.content["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"])
    assert found == ["x-c", "y-c", "x-c"]
