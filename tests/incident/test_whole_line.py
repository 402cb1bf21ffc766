"""A whole line asked about, with no good commit: a failure is as old as what it was before."""

from __future__ import annotations

from pathlib import Path

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

KEYED = app("third", "first").replace("path:", "decryption: {provider: sops, secretRef: {name: key}}, path:")
ELSEWHERE = (
    app("fourth", "first")
    .replace("path:", "postBuild: {substituteFrom: [{kind: ConfigMap, name: key}]}, path:")
    .replace("name: flux-system}, dependsOn", "name: elsewhere}, dependsOn")
    + "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
    "metadata: {name: elsewhere, namespace: flux-system}\nspec: {url: https://github.com/example/other}\n"
)
SOUND = {
    "cluster/kustomization.yaml": build(
        "flux.yaml", "first.yaml", "second.yaml", "third.yaml", "fourth.yaml"
    ),
    "cluster/flux.yaml": ROOT,
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
    "cluster/first.yaml": app("first", "flux-system"),
    "cluster/second.yaml": app("second", "first"),
    "cluster/third.yaml": KEYED,
    "cluster/fourth.yaml": ELSEWHERE,
}
OTHERWISE = {
    "told otherwise": [app("second", "gone"), app("second", "nobody")],
    "of another name": [app("second", "gone"), app("renamed", "gone")],
    "of another name, then told otherwise": [
        app("second", "gone"),
        app("renamed", "gone"),
        app("renamed", "nobody"),
    ],
}


@pytest.mark.parametrize("versions", OTHERWISE.values(), ids=OTHERWISE.keys())
def test_a_failure_that_changed_while_it_lasted_began_where_the_object_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: list[str]
) -> None:
    monkeypatch.setattr("bisectops.incident.trail._SHORT", 0)
    scribe = Scribe()
    last = scribe.commit(SOUND)
    broke = 0
    for version in versions:
        last = scribe.commit({"cluster/second.yaml": version}, last)
        broke = broke or last
        for number in range(3):
            last = scribe.commit({"README.md": f"{last} {number}"}, last)
    repository = scribe.repository(tmp_path / "line.git")
    incident = blame(Request(directory=repository.location, bad=f"c{last}"), Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == repository.resolve(f"c{broke}")
    assert incident.already_broken == ()


@pytest.mark.parametrize(("file", "text"), [("third", KEYED), ("fourth", ELSEWHERE)])
def test_what_only_history_proves_is_seen_in_a_short_line(tmp_path: Path, file: str, text: str) -> None:
    scribe = Scribe()
    first = scribe.commit(SOUND)
    broke = scribe.commit({f"cluster/{file}.yaml": text.replace("name: key", "name: other")}, first)
    last = scribe.commit({"README.md": "1"}, broke)
    repository = scribe.repository(tmp_path / "line.git")
    incident = blame(Request(directory=repository.location, bad=f"c{last}"), Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == repository.resolve(f"c{broke}")
