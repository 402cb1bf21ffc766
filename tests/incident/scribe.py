"""Histories of a cluster written commit by commit, of any shape."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bisectops.git.repository import Repository

ROOT = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./cluster, sourceRef: {kind: GitRepository, name: flux-system}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/example/cluster}
"""


def app(name: str, needs: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        "spec: {path: ./base, sourceRef: {kind: GitRepository, name: flux-system}, "
        f"dependsOn: [{{name: {needs}}}]}}\n"
    )


def build(*resources: str) -> str:
    """A folder's kustomization file."""
    lines = ["apiVersion: kustomize.config.k8s.io/v1beta1", "kind: Kustomization", "resources:"]
    return "\n".join([*lines, *(f"  - {resource}" for resource in resources)]) + "\n"


class Scribe:
    """Writes commits, each by what it changes and by its parents' numbers."""

    def __init__(self) -> None:
        self._stream: list[str] = []

    def commit(self, files: Mapping[str, str | None], *parents: int, time: int = 0) -> int:
        number = len(self._stream) + 1
        lines = [f"commit refs/heads/c{number}", f"mark :{number}"]
        lines += [f"committer A <a@example.org> {time or 1_700_000_000 + number} +0000", "data 1", "x"]
        lines += [f"{'merge' if i else 'from'} :{parent}" for i, parent in enumerate(parents)]
        for path, text in files.items():
            lines += [f"D {path}"] if text is None else [f"M 100644 inline {path}", f"data {len(text)}", text]
        self._stream.append("\n".join(lines) + "\n")
        return number

    def repository(self, folder: Path) -> Repository:
        subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
        command = ["git", "-C", folder, "fast-import", "--quiet"]
        subprocess.run(command, input="".join(self._stream).encode(), check=True)
        return Repository(folder)
