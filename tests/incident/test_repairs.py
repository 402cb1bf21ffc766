"""What a report offers as repair: of a commit that did much besides, what plays a part."""

from __future__ import annotations

from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.history.request import Request
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

WORKFLOW = ".github/workflows/test.yaml"
FOLDER = {
    "cluster/kustomization.yaml": build("flux.yaml", "first.yaml", "second.yaml"),
    "cluster/flux.yaml": ROOT,
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    "cluster/first.yaml": app("first", "flux-system"),
    "cluster/second.yaml": app("second", "first"),
    WORKFLOW: "on: push\n",
}
BROKEN = {
    "cluster/kustomization.yaml": build("flux.yaml", "second.yaml"),
    "cluster/aaa.yaml": "# nobody builds this\n",
    WORKFLOW: "on: pull_request\n",
}


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    """c2 takes a Kustomization away on which another depends, and edits a workflow."""
    scribe = Scribe()
    scribe.commit(FOLDER)
    scribe.commit(BROKEN, 1)
    scribe.repository(tmp_path)
    return blame(Request(directory=str(tmp_path), good="c1", bad="c2"), Reporter())


def test_files_that_no_build_looks_into_are_part_of_no_repair(incident: Incident) -> None:
    assert incident.culprit is not None
    assert WORKFLOW in incident.culprit.paths
    shown = {each.path for repair in incident.resolutions for pair in repair.edits for each in pair if each}
    assert "cluster/kustomization.yaml" in shown
    assert not shown & {WORKFLOW, "cluster/aaa.yaml"}


def test_files_that_a_build_looks_into_are_told_first(incident: Incident) -> None:
    changed = [path for path, part in incident.related if part.startswith("Changed by")]
    assert changed[0] == "cluster/kustomization.yaml"


def test_the_broken_pattern_shows_who_fails_at_the_field_that_does(incident: Incident) -> None:
    assert incident.pattern is not None
    change, failing = incident.pattern.broken
    assert change.path == "cluster/kustomization.yaml"
    assert (failing.path, "dependsOn" in failing.text) == ("cluster/second.yaml", True)


def configmap(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\n"


def test_nothing_is_part_of_the_smallest_repair_that_could_be_left_out(tmp_path: Path) -> None:
    """c2 moves a file into a folder whose kustomization file it misnames, and edits a release besides."""
    scribe = Scribe()
    scribe.commit(
        FOLDER
        | {
            "base/kustomization.yaml": build("app", "tools"),
            "base/app/kustomization.yaml": build("a.yaml", "b.yaml"),
            "base/app/a.yaml": configmap("a"),
            "base/app/b.yaml": configmap("b"),
            "base/app/c.yaml": configmap("c"),
            "base/tools/kustomization.yaml": build("d.yaml"),
            "base/tools/d.yaml": configmap("d"),
        }
    )
    scribe.commit(
        {
            "base/app/kustomization.yaml": build("b.yaml", "c.yaml"),
            "base/app/a.yaml": None,
            "base/app/b.yaml": configmap("bb"),
            "base/tools/kustomization.yaml": build("d.yaml", "e"),
            "base/tools/e/a.yaml": configmap("a"),
            "base/tools/e/kustomation.yaml": build("a.yaml"),
        },
        1,
    )
    scribe.repository(tmp_path)
    found = blame(Request(directory=str(tmp_path), good="c1", bad="c2"), Reporter())
    restored = next(each for each in found.resolutions if each.title == "Restore What Worked")
    files = {each.path for pair in restored.edits for each in pair if each}
    assert files == {"base/tools/kustomization.yaml"}
