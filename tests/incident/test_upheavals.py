"""What an answer of "nothing is broken" still tells: the commits that rewired many Kustomizations."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from scribe import ROOT

from bisectops.git.repository import Repository
from bisectops.incident.upheavals import upheavals

SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: flux-system}
data: {DOMAIN: example.net}
"""


def apps(count: int, post_build: str) -> str:
    return "\n---\n".join(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: app{index}, namespace: flux-system}}\n"
        f"spec: {{path: ./base, sourceRef: {{kind: GitRepository, name: flux-system}}{post_build}}}"
        for index in range(count)
    )


def needing(optional: bool) -> str:
    entry = f"{{kind: ConfigMap, name: settings, optional: {str(optional).lower()}}}"
    return f", postBuild: {{substituteFrom: [{entry}]}}"


def told(folder: Path, versions: list[str]) -> tuple[str, ...]:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e", "-C", str(folder), *arguments],
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    for path, content in (
        ("cluster/flux.yaml", f"{ROOT}---\n{SETTINGS}"),
        ("base/kustomization.yaml", "resources: []\n"),
    ):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(content)
    for number, version in enumerate(versions):
        (folder / "cluster" / "apps.yaml").write_text(version)
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", f"version {number}")
    repository = Repository(folder)
    line = tuple(reversed(list(repository.since(repository.resolve("HEAD"), None))))
    return upheavals(repository, (), line)


def test_commit_that_makes_many_need_something_is_named_with_it(tmp_path: Path) -> None:
    (sentence,) = told(tmp_path, [apps(6, ""), apps(6, needing(optional=False))])
    assert "(version 1)" in sentence
    assert "6 Kustomizations refer to, now `ConfigMap settings`" in sentence


def test_optional_reference_that_becomes_required_is_an_upheaval(tmp_path: Path) -> None:
    (sentence,) = told(tmp_path, [apps(6, needing(optional=True)), apps(6, needing(optional=False))])
    assert "(version 1)" in sentence


@pytest.mark.parametrize("count", [1, 4])
def test_few_rewired_kustomizations_are_no_upheaval(tmp_path: Path, count: int) -> None:
    assert told(tmp_path, [apps(count, ""), apps(count, needing(optional=False))]) == ()


def test_new_kustomizations_are_no_upheaval(tmp_path: Path) -> None:
    assert told(tmp_path, [apps(1, ""), apps(9, "")]) == ()
