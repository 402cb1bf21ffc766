"""A cluster written file by file, and what Flux would fail to resolve in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bisectops.git.objects import Change
from bisectops.git.snapshot import MemorySnapshot
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.yaml.writer import dump_all

API = {
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
    "ExternalSecret": "external-secrets.io/v1",
    "ArtifactGenerator": "source.extensions.fluxcd.io/v1beta1",
    "ResourceSet": "fluxcd.controlplane.io/v1",
}
SOURCES = ("GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket")
HOME = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
Tree = dict[str, Any]


class World:
    """The files of one commit, with a root Kustomization that builds the folder `cluster`."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        root = self.ks("flux-system", "cluster", "flux-system")
        git = self.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b")
        self.write("cluster/flux-system/gotk-sync.yaml", git, root)

    @staticmethod
    def make(kind: str, name: str, namespace: str = "", **spec: Any) -> Tree:
        """An object; `labels` and `annotations` go to its metadata, `data` beside it."""
        metadata: Tree = {"name": name} | ({"namespace": namespace} if namespace else {})
        metadata |= {key: spec.pop(key) for key in ("labels", "annotations") if key in spec}
        version = "source.toolkit.fluxcd.io/v1" if kind in SOURCES else API.get(kind, "v1")
        beside = {key: spec.pop(key) for key in ("data", "stringData", "sops") if key in spec}
        tree: Tree = {"apiVersion": version, "kind": kind, "metadata": metadata, **beside}
        return tree | ({"spec": spec} if spec else {})

    @classmethod
    def ks(cls, name: str, path: str, namespace: str = "", **spec: Any) -> Tree:
        """A Flux Kustomization."""
        spec = {"path": f"./{path}", "prune": True, "sourceRef": HOME} | spec
        return cls.make("Kustomization", name, namespace, **spec)

    @classmethod
    def sealed(cls, name: str, namespace: str = "", field: str = "stringData") -> Tree:
        """A Secret that SOPS has encrypted."""
        ciphertext = {"age.agekey": "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"}
        return cls.make("Secret", name, namespace, **{field: ciphertext}, sops={"mac": "ENC[x]"})

    def write(self, path: str, *trees: Tree) -> World:
        """A file of some documents."""
        self.files[path] = dump_all(trees)
        return self

    def folder(self, path: str, *resources: str, **fields: Any) -> World:
        """A folder's kustomization file."""
        kind = fields.pop("kind", "Kustomization")
        version = "v1alpha1" if kind == "Component" else "v1beta1"
        tree = {
            "apiVersion": f"kustomize.config.k8s.io/{version}",
            "kind": kind,
            "resources": list(resources),
        }
        return self.write(f"{path}/kustomization.yaml", tree | fields)

    @property
    def snapshot(self) -> MemorySnapshot:
        """The commit."""
        return MemorySnapshot(self.files)

    def judge(self) -> ClusterJudge:
        """The cluster, judged."""
        judge = RepositoryJudge()
        judge.move(self.snapshot, None)
        (cluster,) = judge.clusters.values()
        return cluster

    def findings(self) -> dict[str, Finding]:
        """What fails, by id, coverage of patches left out."""
        found = self.judge().findings
        return {key: each for key, each in found.items() if each.rule != "patch-matches-nothing"}

    def failures(self) -> dict[str, str]:
        """The certainty of each failure, by id."""
        return {key: finding.certainty.value for key, finding in self.findings().items()}


@pytest.fixture
def world() -> World:
    """A cluster with nothing in it but its root."""
    return World()


def changes_between(old: World, new: World) -> Sequence[Change]:
    """What differs, as `git diff --raw` tells it."""
    before, after = old.snapshot, new.snapshot
    paths = sorted(old.files.keys() | new.files.keys())
    found = [(before.entry(path), after.entry(path), path) for path in map(_repo_path, paths)]
    return [Change(path, was, now) for was, now, path in found if was != now]


def _repo_path(path: str) -> Any:
    return path


@pytest.fixture
def changes() -> Any:
    """The changes between two worlds."""
    return changes_between
