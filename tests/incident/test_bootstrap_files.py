"""Faults in what `flux bootstrap` wrote: the cluster's own Kustomization and source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

SYNC = "cluster/flux-system/gotk-sync.yaml"
FLUX = "cluster/flux-system/kustomization.yaml"
START = {
    SYNC: ROOT,
    FLUX: build("gotk-components.yaml", "gotk-sync.yaml"),
    "cluster/flux-system/gotk-components.yaml": "# Flux Version: v2.4.0\napiVersion: v1\nkind: Namespace\n"
    "metadata: {name: flux-system}\n",
    "cluster/apps.yaml": app("apps", "flux-system"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
}
SOURCE = "source-not-found"
SECOND = {
    path.replace("cluster/", "second/"): text.replace("./cluster", "./second")
    for path, text in START.items()
    if path.startswith("cluster/")
}


@pytest.mark.parametrize("beside", [{}, SECOND])
@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ({SYNC: ROOT.replace("spec: {path", "spec: [{path")}, "build-failed"),
        ({SYNC: ROOT.replace("---\n", "")}, "build-failed"),
        ({SYNC: None}, "build-failed"),
        ({SYNC: ROOT.replace("name: flux-system}}", "name: flux}}")}, "source-not-found"),
        ({SYNC: ROOT.replace("kind: GitRepository, ", "kind: OCIRepository, ")}, SOURCE),
        (
            {SYNC: ROOT.replace("GitRepository\nmetadata: {name: f", "GitRepository\nmetadata: {name: my-f")},
            SOURCE,
        ),
    ],
)
def test_who_broke_it_is_named(
    tmp_path: Path, fault: Mapping[str, str | None], rule: str, beside: Mapping[str, str]
) -> None:
    scribe = Scribe()
    for number, files in enumerate((START | beside, {"README.md": "x"}, fault, {"README.md": "y"}, START)):
        scribe.commit(files, *([number] if number else []))
    scribe.repository(tmp_path)

    def asked(good: str, bad: str) -> Request:
        return Request(directory=str(tmp_path), good=good, bad=bad)

    incident = blame(asked("c1", "c4"), Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == Repository(tmp_path).resolve("c3")
    roots = [
        each for each in incident.findings if str(each.subject) == "Kustomization/flux-system/flux-system"
    ]
    assert [(each.rule, each.certainty.value) for each in roots] == [(rule, "likely")]
    assert blame(asked("c1", "c5"), Reporter()).culprit is None
