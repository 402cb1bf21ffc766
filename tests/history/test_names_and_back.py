"""A reference that goes over to another name and back, of which git never shows who makes either."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.cli.app import run
from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

EAST = {
    "east/flux.yaml": ROOT.replace("./cluster", "./east"),
    "east/apps.yaml": app("apps", "flux-system").replace("./base", "./apps"),
}
NOISE = {"README.md": "x"}


def named(secret: str) -> Mapping[str, str]:
    """An app in which a release takes its values from a Secret."""
    values = f"valuesFrom: [{{kind: Secret, name: {secret}}}]"
    source = "sourceRef: {kind: HelmRepository, name: charts}"
    return {
        "apps/release.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        "metadata: {name: web, namespace: default}\n"
        f"spec: {{chart: {{spec: {{chart: web, {source}}}}}, {values}}}\n"
        "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\n"
        "metadata: {name: charts, namespace: default}\nspec: {url: https://charts.example.org}\n"
    }


START = {
    "cluster/flux.yaml": ROOT,
    "cluster/apps.yaml": app("apps", "flux-system").replace("./base", "./apps"),
    "apps/kustomization.yaml": build("release.yaml"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    **named("given"),
}


def blamed(
    folder: Path, *commits: Mapping[str, str], good: str = "c1", all_parents: bool = False
) -> Incident:
    scribe = Scribe()
    for number, files in enumerate(commits):
        scribe.commit(files, *([number] if number else []))
    scribe.repository(folder)
    asked = Request(directory=str(folder), good=good, bad=f"c{len(commits)}", all_parents=all_parents)
    return blame(asked, Reporter())


@pytest.mark.parametrize("all_parents", [False, True])
@pytest.mark.parametrize("between", [(), (NOISE, named("odder"))])
def test_a_field_that_returns_to_its_name_is_repaired(
    tmp_path: Path, between: tuple[Mapping[str, str], ...], all_parents: bool
) -> None:
    incident = blamed(tmp_path, START, named("odd"), *between, named("given"), all_parents=all_parents)
    assert (incident.culprit, incident.findings) == (None, ())


def test_a_field_that_goes_from_one_wrong_name_to_another_fails_still(tmp_path: Path) -> None:
    incident = blamed(tmp_path, START, named("odd"), NOISE, named("odder"))
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == Repository(tmp_path).resolve("c2")


@pytest.mark.parametrize("after", [(), (NOISE, named("given"))])
def test_a_cluster_that_comes_shows_what_another_ones_history_proves(
    tmp_path: Path, after: tuple[Mapping[str, str], ...]
) -> None:
    incident = blamed(tmp_path, START, named("odd"), EAST, *after)
    assert len(incident.findings) == (0 if after else 2)
    makers = [link.commit.oid for link in incident.chain]
    assert makers == ([] if after else [Repository(tmp_path).resolve("c2")])


@pytest.mark.parametrize("between", [(), (NOISE,)])
def test_a_range_that_begins_behind_a_wrong_name_does_not_blame_its_repair(
    tmp_path: Path, between: tuple[Mapping[str, str], ...]
) -> None:
    good = f"c{2 + len(between)}"
    incident = blamed(tmp_path, START, named("odd"), *between, named("given"), good=good)
    assert (incident.culprit, incident.chain, incident.findings) == (None, (), ())


def test_a_wrong_name_from_before_the_range_that_another_one_follows_is_older(tmp_path: Path) -> None:
    incident = blamed(tmp_path, START, named("odd"), NOISE, named("odder"), good="c3")
    assert incident.culprit is None
    assert [each.reference.name for each in incident.already_broken] == ["odder"]
    with redirect_stdout(io.StringIO()):
        assert run(["blame-break", "-C", str(tmp_path), "c3..c4", "--no-cache"]) == 3


def test_a_name_that_was_right_since_its_file_came_is_left_by_the_range(tmp_path: Path) -> None:
    noted = {"apps/release.yaml": "# kept\n" + START["apps/release.yaml"]}
    incident = blamed(tmp_path, START, noted, NOISE, named("odd"), good="c3")
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == Repository(tmp_path).resolve("c4")


def test_a_name_that_was_changed_often_before_the_range_is_told_by_what_it_was_first(tmp_path: Path) -> None:
    wrong = (named("odd"), NOISE, named("odder"))
    incident = blamed(tmp_path, START, *wrong, named("given"), good="c4")
    assert (incident.culprit, incident.findings) == (None, ())
