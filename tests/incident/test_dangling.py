"""Repairs of builds that name what is not there, each as an operator would write it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from scribe import ROOT, Scribe, build

from bisectops.git.objects import repo_path
from bisectops.history.request import Request
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.incident.relocation import Relocation
from bisectops.search.reporter import Reporter

KS = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: flux-system
spec:
  path: ./apps/shop/app
  sourceRef:
    kind: GitRepository
    name: flux-system
"""


def configmap(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\n"


WORKING = {
    "cluster/flux.yaml": ROOT,
    "cluster/ks.yaml": KS,
    "apps/shop/app/kustomization.yaml": build("./front.yaml", "./back.yaml"),
    "apps/shop/app/front.yaml": configmap("front"),
    "apps/shop/app/back.yaml": configmap("back"),
}
IN_APP = "apps/shop/app/kustomization.yaml"


def blamed(folder: Path, *commits: Mapping[str, str | None]) -> Incident:
    """The incident of a history that begins with the working setup."""
    scribe = Scribe()
    last = scribe.commit(WORKING)
    for files in commits:
        last = scribe.commit(files, last)
    scribe.repository(folder)
    return blame(Request(directory=str(folder), good="c1", bad=f"c{last}"), Reporter())


def repaired(incident: Incident, title: str) -> dict[str, str]:
    """The files of a repair as they would be; the text that is told of each."""
    found = next(each for each in incident.resolutions if each.title == title)
    assert (found.verified, found.leaves) == (True, 0)
    return {now.path: now.text for _, now in found.edits if now is not None}


def test_an_entry_follows_the_file_that_moved(tmp_path: Path) -> None:
    moved = {"apps/shop/app/back.yaml": None, "apps/shop/parts/back.yaml": configmap("back")}
    told = repaired(blamed(tmp_path, moved), "Name What Is There")
    assert "- ../parts/back.yaml" in told[IN_APP]


def test_an_entry_follows_through_several_commits(tmp_path: Path) -> None:
    first = {"apps/shop/app/back.yaml": None, "apps/shop/b/back.yaml": configmap("back")}
    second = {
        "apps/shop/b/back.yaml": None,
        "apps/shop/c/other.yaml": configmap("back"),
        IN_APP: build("./b"),
    }
    scribe = Scribe()
    scribe.commit(WORKING)
    scribe.commit(first, 1)
    scribe.commit(second, 2)
    repository = scribe.repository(tmp_path)
    commits = [repository.resolve(name) for name in ("c2", "c3")]
    relocation = Relocation(repository, commits, repository.snapshot(commits[-1]))
    gone = repo_path("apps/shop/app/back.yaml")
    assert relocation.whither(gone, repo_path(IN_APP)) == "apps/shop/c/other.yaml"


def test_an_entry_is_spelt_as_the_file_is(tmp_path: Path) -> None:
    told = repaired(blamed(tmp_path, {IN_APP: build("./front.yaml", "./bakc.yaml")}), "Name What Is There")
    assert "- ./back.yaml" in told[IN_APP]


def test_a_path_follows_the_folder_that_moved(tmp_path: Path) -> None:
    moved: dict[str, str | None] = {}
    for path, text in WORKING.items():
        if path.startswith("apps/"):
            moved |= {path: None, path.replace("apps/shop/app", "stores/main"): text}
    told = repaired(blamed(tmp_path, moved), "Name What Is There")
    assert "path: ./stores/main\n" in told["cluster/ks.yaml"]


def test_a_path_is_found_beside_the_file_that_names_it(tmp_path: Path) -> None:
    moved = {
        "cluster/ks.yaml": None,
        "cluster/shop/ks.yaml": KS.replace("apps/shop/app", "elsewhere/shop/base"),
    }
    added = {
        "cluster/shop/base/front.yaml": configmap("front"),
        "cluster/kustomization.yaml": build("flux.yaml", "shop/ks.yaml"),
    }
    told = repaired(blamed(tmp_path, moved | added), "Name What Is There")
    assert "path: ./cluster/shop/base\n" in told["cluster/shop/ks.yaml"]


def test_what_holds_the_file_that_names_a_path_is_not_meant(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit(WORKING)
    repository = scribe.repository(tmp_path)
    here = repository.snapshot(repository.resolve("c1"))
    missed = repo_path("elsewhere/cluster")
    assert Relocation(repository, (), here).whither(missed, repo_path("cluster/ks.yaml")) is None


def test_a_kustomization_file_is_called_as_kustomize_looks_for_it(tmp_path: Path) -> None:
    broken = {
        IN_APP: build("./front.yaml", "./more"),
        "apps/shop/app/more/kustomisation.yaml": build("back.yaml"),
        "apps/shop/app/more/back.yaml": configmap("back"),
    }
    incident = blamed(tmp_path, broken)
    told = repaired(incident, "Name the File as kustomize Looks for It")
    assert list(told) == ["apps/shop/app/more/kustomization.yaml"]


@pytest.mark.parametrize("entry", ["./gone.yaml", "'./gone.yaml' # since spring"])
def test_an_entry_of_which_nothing_is_there_goes(tmp_path: Path, entry: str) -> None:
    """The commit did more than that, so taking it back whole is another repair."""
    broken = {
        IN_APP: build("./front.yaml", "./side.yaml", entry),
        "apps/shop/app/side.yaml": configmap("side"),
        "apps/shop/app/back.yaml": None,
    }
    told = repaired(blamed(tmp_path, broken), "Take the Entries Out")
    assert told[IN_APP] == build("./front.yaml", "./side.yaml").rstrip("\n")


def test_files_of_generators_and_patches_follow_too(tmp_path: Path) -> None:
    listed = WORKING[IN_APP] + (
        "configMapGenerator:\n  - name: settings\n    files:\n      - shop.ini=./settings.ini\n"
        "patches:\n  - path: ./patch.yaml\n"
    )
    patch = configmap("front") + "data: {a: b}\n"
    begun = {IN_APP: listed, "apps/shop/app/settings.ini": "a=1\n", "apps/shop/app/patch.yaml": patch}
    moved = {
        "apps/shop/app/settings.ini": None,
        "apps/shop/app/files/settings.ini": "a=1\n",
        "apps/shop/app/patch.yaml": None,
        "apps/shop/app/files/patch.yaml": patch,
    }
    told = repaired(blamed(tmp_path, begun, moved), "Name What Is There")
    assert "- shop.ini=./files/settings.ini" in told[IN_APP]
    assert "- path: ./files/patch.yaml" in told[IN_APP]


def test_the_pattern_holds_what_was_built_against_what_fails(tmp_path: Path) -> None:
    incident = blamed(tmp_path, {"apps/shop/app/back.yaml": None})
    assert incident.pattern is not None
    row = next(row for row in incident.pattern.rows if row.component == "Kustomization `flux-system/shop`")
    assert (row.reference, row.ours) == (
        "builds `./apps/shop/app`: 2 objects",
        "builds `./apps/shop/app`: which fails",
    )


def test_what_fails_since_it_was_added_is_told_as_the_cause(tmp_path: Path) -> None:
    other = KS.replace("name: shop\n", "name: till\n", 1).replace("apps/shop/app", "apps/till")
    busy = {IN_APP: build("./front.yaml"), "apps/shop/app/back.yaml": None}
    incident = blamed(tmp_path, {"cluster/till.yaml": other} | busy)
    added = "Added Kustomization `flux-system/till`, which builds `./apps/till`"
    assert incident.root_cause.startswith(added)


def test_each_of_several_paths_in_one_file_follows(tmp_path: Path) -> None:
    till = KS.replace("name: shop\n", "name: till\n", 1).replace("apps/shop/app", "apps/till")
    both = {"cluster/ks.yaml": f"{KS}---\n{till}", "apps/till/map.yaml": configmap("till")}
    moved: dict[str, str | None] = {"apps/till/map.yaml": None, "tills/map.yaml": configmap("till")}
    for path, text in WORKING.items():
        if path.startswith("apps/"):
            moved |= {path: None, path.replace("apps/shop/app", "shops"): text}
    told = repaired(blamed(tmp_path, both, moved), "Name What Is There")
    assert "path: ./shops\n" in told["cluster/ks.yaml"]
    assert "path: ./tills\n" in told["cluster/ks.yaml"]


def test_only_the_lines_that_speak_of_what_fails_go_where_the_others_are_needed(tmp_path: Path) -> None:
    """c3 repairs a path that c2 broke, and adds what builds nothing to the same file."""
    till = KS.replace("name: shop\n", "name: till\n", 1).replace("apps/shop/app", "registers/front")
    moved: dict[str, str | None] = {}
    for path, text in WORKING.items():
        if path.startswith("apps/"):
            moved |= {path: None, path.replace("apps/shop/app", "shops"): text}
    repaired = KS.replace("apps/shop/app", "shops")
    scribe = Scribe()
    scribe.commit(WORKING)
    scribe.commit(moved, 1)
    scribe.commit({"cluster/ks.yaml": f"{till}---\n{repaired}"}, 2)
    scribe.repository(tmp_path)
    incident = blame(Request(directory=str(tmp_path), good="c2", bad="c3"), Reporter())
    found = next(each for each in incident.resolutions if each.title == "Restore What Worked")
    ((_, now),) = found.edits
    assert now is not None
    assert now.text == repaired.rstrip("\n")
