"""The last looks at a build, as `kubectl kustomize` v5.5.0 takes them."""

from __future__ import annotations

import pytest

from bisectops.git.objects import ROOT
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize.resource import Broken
from bisectops.kustomize.target import build


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/kind", "missing kind in object"),
        ("/metadata", "missing metadata.name in object"),
        ("/metadata/name", "missing metadata.name in object"),
    ],
)
def test_patch_may_not_take_away_what_a_resource_is_told_by(path: str, message: str) -> None:
    files = {
        "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml, target: {kind: Foo}}]\n",
        "r.yaml": "apiVersion: v1\nkind: Foo\nmetadata: {name: a, namespace: b}\n",
        "p.yaml": f"- {{op: remove, path: {path}}}\n",
    }
    result = build(MemorySnapshot(files), ROOT)
    assert isinstance(result, Broken)
    assert result.error.message == message
