"""Failures that a failing build hides, as `timeline`, `audit` and `blame-break` tell them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from contextlib import closing, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scribe import ROOT, Scribe, app, build

from bisectops.cache.store import Store
from bisectops.cli.app import run
from bisectops.git.repository import Repository
from bisectops.history import crew, segments
from bisectops.history.events import Event, Means, events
from bisectops.history.line import line_asked
from bisectops.history.request import Request
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

Files = Mapping[str, str]
START = {
    "cluster/flux.yaml": ROOT,
    "cluster/apps.yaml": app("apps", "flux-system").replace("./base", "./apps"),
    "apps/kustomization.yaml": build("first.yaml"),
    "apps/first.yaml": app("first", "flux-system"),
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n",
}
BREAKS = {"apps/first.yaml": app("first", "nobody")}
REPAIRS = {"apps/first.yaml": app("first", "flux-system")}
HIDES = {"apps/kustomization.yaml": build("first.yaml", "lost.yaml")}
SHOWS = {"apps/kustomization.yaml": build("first.yaml")}
NOISE = {"README.md": "x"}
FIRST = "dependency-not-found:Kustomization/flux-system/first:Kustomization/flux-system/nobody"
BUILD = "build-failed:Kustomization/flux-system/apps:Build/apps"


def line(folder: Path, *commits: Files) -> Path:
    scribe = Scribe()
    for number, files in enumerate(commits):
        scribe.commit(files, *([number] if number else []))
    scribe.repository(folder)
    return folder


def told(folder: Path, *commits: Files) -> list[dict[str, Any]]:
    """The events of a timeline, by what they say; the commits by their numbers from 1."""
    line(folder, *commits)
    lines = answered("timeline", folder, len(commits), "--format", "jsonl").splitlines()
    return [_brief(json.loads(line)) for line in lines]


def _brief(event: dict[str, Any]) -> dict[str, Any]:
    said = {
        "introduced": [found["id"] for found in event["introduced"]],
        "resolved": event["resolved"],
        "hidden": [each["id"] for each in event["hidden"]],
        "seen": event["seen_again"],
        "light": {each["finding"]["id"]: each["made_by"] for each in event["came_to_light"]},
        "late": event["resolved_unseen"],
        "renamed": event["renamed"],
        "untestable": event["untestable"],
    }
    left = (event["broken"], event["out_of_sight"])
    return {"c": event["position"] + 1, "left": left} | {key: each for key, each in said.items() if each}


def answered(command: str, folder: Path, last: int, *options: str, good: str = "") -> str:
    with redirect_stdout(io.StringIO()) as out:
        assert run([command, "-C", str(folder), f"{good}c{last}", "--no-cache", *options]) == 0
    return out.getvalue()


def incidents(folder: Path, last: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answered("audit", folder, last, "--format", "json"))["incidents"]
    return found


def places(incident: dict[str, Any]) -> list[int]:
    """The numbers of the commits that changed what is broken in an incident."""
    return [each["position"] + 1 for each in (incident["opened"], *incident["attempts"])]


def test_what_was_hidden_and_is_broken_still_never_stopped_failing(tmp_path: Path) -> None:
    assert told(tmp_path, START, BREAKS, HIDES, NOISE, SHOWS, REPAIRS) == [
        {"c": 2, "left": (1, 0), "introduced": [FIRST]},
        {"c": 3, "left": (1, 1), "introduced": [BUILD], "hidden": [FIRST]},
        {"c": 5, "left": (1, 0), "resolved": [BUILD], "seen": [FIRST]},
        {"c": 6, "left": (0, 0), "resolved": [FIRST]},
    ]
    assert [places(each) for each in incidents(tmp_path, 6)] == [[2, 6], [3, 5]]
    assert incidents(tmp_path, 6)[0]["attempts"][-1]["resolved_unseen"] == 0


def test_what_was_repaired_out_of_sight_is_resolved_where_that_can_be_seen(tmp_path: Path) -> None:
    assert told(tmp_path, START, BREAKS, HIDES, REPAIRS, SHOWS)[-1] == {
        "c": 5,
        "left": (0, 0),
        "resolved": [BUILD, FIRST],
        "late": [FIRST],
    }
    (first, _) = incidents(tmp_path, 5)
    assert (places(first), first["attempts"][-1]["resolved_unseen"]) == ([2, 5], 1)
    assert "-1 (1 out of sight until then)" in answered("audit", tmp_path, 5)
    assert 'Kustomization "nobody"' not in answered("timeline", tmp_path, 5)
    assert "not found (out of sight until now)" in answered("timeline", tmp_path, 5)


def test_what_is_hidden_at_the_end_is_open_and_told_as_last_judged(tmp_path: Path) -> None:
    assert told(tmp_path, START, BREAKS, HIDES, NOISE)[-1]["left"] == (1, 1)
    (first, _) = incidents(tmp_path, 4)
    assert first["closed"] is None
    since = Repository(tmp_path).resolve("c3")
    ks = "Kustomization/flux-system/apps"
    assert first["out_of_sight"] == [{"id": FIRST, "behind": ks, "since": since}]
    text = answered("audit", tmp_path, 4)
    assert "#1 open when last judged" in text
    assert f"unknown {since[:10]} 1 failure out of sight since then: {ks} cannot be built" in text
    assert "2 incidents in 4 commits, 2 still open, 1 of them out of sight" in text
    asked = answered("timeline", tmp_path, 4, "--object", "Kustomization/flux-system/first")
    assert asked.splitlines()[-2].strip() == "= nothing is seen to be broken, 1 out of sight"


def test_what_is_taken_out_of_a_folder_that_cannot_be_built_is_in_sight_elsewhere(tmp_path: Path) -> None:
    moved = {"cluster/first.yaml": app("first", "flux-system")}
    assert told(tmp_path, START, BREAKS, HIDES, moved, NOISE)[-1] == {
        "c": 4,
        "left": (1, 0),
        "resolved": [FIRST],
        "late": [FIRST],
    }


def test_what_goes_with_the_kustomization_that_hides_it_is_resolved(tmp_path: Path) -> None:
    assert told(tmp_path, START, BREAKS, HIDES, {"cluster/apps.yaml": "# gone\n"})[-1] == {
        "c": 4,
        "left": (0, 0),
        "resolved": [BUILD, FIRST],
        "late": [FIRST],
    }


def test_commits_without_a_root_resolve_and_introduce_nothing(tmp_path: Path) -> None:
    gone = dict.fromkeys([*START, *BREAKS], "# gone\n")
    back = START | BREAKS
    assert [each["c"] for each in told(tmp_path, START, BREAKS, gone, back, REPAIRS)] == [2, 3, 5]
    assert [places(each) for each in incidents(tmp_path, 5)] == [[2, 5]]


def number(folder: Path, commit: str | None) -> int | None:
    """A commit's number from 1."""
    return next((n for n in range(1, 10) if Repository(folder).resolve(f"c{n}") == commit), None)


def test_a_repair_of_the_build_did_not_make_what_it_brings_to_light(tmp_path: Path) -> None:
    (came, repaired) = told(tmp_path, START, HIDES, NOISE, BREAKS, NOISE | {"x": "y"}, SHOWS)
    assert came == {"c": 2, "left": (1, 0), "introduced": [BUILD]}
    (maker,) = repaired.pop("light").values()
    assert number(tmp_path, maker) == 4
    assert repaired == {"c": 6, "left": (1, 0), "resolved": [BUILD]}
    assert [places(each) for each in incidents(tmp_path, 6)] == [[2, 6], [4]]
    assert f"(out of sight until now, since {maker[:10]})" in answered("timeline", tmp_path, 6)


def test_what_was_made_before_the_range_is_no_incident_of_it(tmp_path: Path) -> None:
    line(tmp_path, START, HIDES, BREAKS, NOISE, SHOWS, REPAIRS)
    events = answered("timeline", tmp_path, 6, "--format", "jsonl", good="c4..")
    shown, last = map(json.loads, events.splitlines())
    assert [(each["finding"]["id"], each["made_by"]) for each in shown["came_to_light"]] == [(FIRST, None)]
    assert (shown["introduced"], shown["broken"], last["broken"]) == ([], 1, 0)
    told = json.loads(answered("audit", tmp_path, 6, "--format", "json", good="c4.."))
    assert told["incidents"] == []
    assert "since before these commits" in answered("timeline", tmp_path, 6, good="c4..")


def test_what_failed_before_the_build_did_is_older_than_a_range_that_begins_behind_it(tmp_path: Path) -> None:
    line(tmp_path, START, BREAKS, HIDES, NOISE, SHOWS)
    shown = json.loads(answered("timeline", tmp_path, 5, "--format", "jsonl", good="c4.."))
    assert [(each["finding"]["id"], each["made_by"]) for each in shown["came_to_light"]] == [(FIRST, None)]


def test_a_repair_that_breaks_something_itself_made_it(tmp_path: Path) -> None:
    assert told(tmp_path, START, HIDES, NOISE, SHOWS | BREAKS)[-1] == {
        "c": 4,
        "left": (1, 0),
        "introduced": [FIRST],
        "resolved": [BUILD],
    }


def test_a_repair_that_has_built_what_never_was_made_it(tmp_path: Path) -> None:
    new = {"apps/new.yaml": app("new", "nobody")}
    brings = {"apps/kustomization.yaml": build("first.yaml", "new.yaml")}
    last = told(tmp_path, START, HIDES, new, brings)[-1]
    assert last["introduced"] == [FIRST.replace("first", "new")]
    assert "light" not in last


def test_of_repairs_in_parts_none_made_what_the_last_brings_to_light(tmp_path: Path) -> None:
    worse = {"apps/kustomization.yaml": build("first.yaml", "lost.yaml", "nobodys.yaml")}
    events = told(tmp_path, START, HIDES, worse, BREAKS, HIDES, NOISE, SHOWS)
    ((failure, maker),) = events[-1]["light"].items()
    assert (failure, number(tmp_path, maker)) == (FIRST, 4)


def test_what_came_with_a_kustomization_that_was_never_built_came_with_it(tmp_path: Path) -> None:
    sound = {path: text for path, text in START.items() if not path.startswith("apps/")}
    start = {**sound, "cluster/apps.yaml": "# later\n"}
    events = told(tmp_path, start, START | BREAKS | HIDES, NOISE, SHOWS)
    ((failure, maker),) = events[-1]["light"].items()
    assert (failure, number(tmp_path, maker)) == (FIRST, 2)


UNBORN = {path: text for path, text in START.items() if not path.startswith("apps/")} | {
    "cluster/apps.yaml": "# later\n"
}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: %s}\ndata: {of: %s}\n"


@pytest.mark.parametrize(
    "beside",
    [
        {"apps/map.yaml": CONFIG % ("flux-system", "first-aid")},
        {".github/workflows/lint.yaml": "# first: of namespace flux-system, nobody knows\non: push\n"},
        {"apps/map.yaml": CONFIG % ("default", "nobody-else")},
    ],
    ids=["namespace of another object", "comment", "longer name"],
)
def test_a_repair_that_writes_like_words_elsewhere_did_not_make_what_it_shows(
    tmp_path: Path, beside: Files
) -> None:
    ((failure, maker),) = told(tmp_path, UNBORN, START | BREAKS | HIDES, NOISE, SHOWS | beside)[-1][
        "light"
    ].items()
    assert (failure, number(tmp_path, maker)) == (FIRST, 2)


SOURCED = "sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}"
OF_ITSELF = {
    "apps/first.yaml": app("first", "apps").replace(
        "sourceRef: {kind: GitRepository, name: flux-system}", SOURCED
    )
}


@pytest.mark.parametrize(
    "moves",
    [
        {"apps/kustomization.yaml": SHOWS["apps/kustomization.yaml"] + "namespace: lonely\n"},
        {
            "apps/first.yaml": OF_ITSELF["apps/first.yaml"].replace(
                "first, namespace: flux-", "first, namespace: x-"
            )
        },
        {
            "apps/kustomization.yaml": SHOWS["apps/kustomization.yaml"]
            + "patches:\n  - target: {name: first}\n    patch: |-\n      - op: replace\n"
            + "        path: /metadata/namespace\n        value: lonely\n"
        },
    ],
    ids=["namespace of the kustomization", "namespace of the object", "patch"],
)
def test_a_repair_that_has_an_object_look_elsewhere_made_what_it_then_misses(
    tmp_path: Path, moves: Files
) -> None:
    start = {**UNBORN, "cluster/extra.yaml": "# nothing\n"}
    last = told(tmp_path, start, START | OF_ITSELF | HIDES, NOISE, SHOWS | moves)[-1]
    assert [each.rpartition("/")[2] for each in last["introduced"]] == ["apps"]
    assert "light" not in last


def test_pieces_processes_and_a_cache_carry_what_is_out_of_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = line(
        tmp_path / "repository",
        *(START, BREAKS, HIDES, NOISE, {"README.md": "y"}, SHOWS, HIDES, REPAIRS, SHOWS, HIDES, BREAKS),
        *(SHOWS, HIDES),
    )
    alone = _walked(folder, 13, Store(None), 1)
    monkeypatch.setattr(segments, "_CUT", 1)
    assert _walked(folder, 13, Store(None), 1) == alone
    monkeypatch.setattr(crew, "_WORTH_A_PROCESS", 1)
    assert _walked(folder, 13, Store(None), 2) == alone
    with closing(Store(tmp_path / "cache")) as store:
        assert _walked(folder, 13, store, 2) == alone
        monkeypatch.setattr("bisectops.history.events.judge_all", lambda *_: iter(()))
        assert _walked(folder, 13, store, 1) == alone
    assert [(len(event.hidden), len(event.seen), len(event.late)) for event in alone] == [
        *((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 0), (1, 0, 0))
    ]


def _walked(folder: Path, last: int, store: Store, jobs: int) -> list[Event]:
    repository = Repository(folder)
    request = Request(directory=str(folder), bad=f"c{last}")
    return list(events(repository, request, line_asked(repository, request), Means(store, jobs)))


EAST = {
    "east/flux.yaml": ROOT.replace("./cluster", "./east"),
    "east/apps.yaml": START["cluster/apps.yaml"],
}
NAMED = f"cluster:{FIRST}"


def test_a_cluster_that_gets_a_name_while_it_fails_goes_on_failing(tmp_path: Path) -> None:
    east_gone = dict.fromkeys(EAST, "# gone\n")
    events = told(tmp_path, START, BREAKS, EAST, east_gone, REPAIRS)
    second = Repository(tmp_path).resolve("c2")
    assert events == [
        {"c": 2, "left": (1, 0), "introduced": [FIRST]},
        {"c": 3, "left": (2, 0), "light": {f"east:{FIRST}": second}, "renamed": {FIRST: NAMED}},
        {"c": 4, "left": (1, 0), "resolved": [f"east:{FIRST}"], "renamed": {NAMED: FIRST}},
        {"c": 5, "left": (0, 0), "resolved": [FIRST]},
    ]
    (incident,) = incidents(tmp_path, 5)
    assert places(incident) == [2, 4, 5]
    assert [each["left"] for each in (incident["opened"], *incident["attempts"])] == [2, 1, 0]
    assert "its cluster is called cluster now" in answered("timeline", tmp_path, 5)


def test_what_a_cluster_shares_with_one_that_was_there_is_not_of_the_commit_that_brought_it(
    tmp_path: Path,
) -> None:
    line(tmp_path, START, BREAKS, NOISE, EAST, {"README.md": "y"})
    for all_parents in (False, True):
        asked = Request(directory=str(tmp_path), bad="c5", all_parents=all_parents)
        whole = blame(asked, Reporter())
        assert [link.commit.oid for link in whole.chain] == [Repository(tmp_path).resolve("c2")]
        assert len(whole.findings) == 2
        since = blame(replace(asked, good="c3"), Reporter())
        assert (since.culprit, len(since.already_broken)) == (None, 2)


def test_nor_is_the_failure_of_a_folder_that_both_clusters_build(tmp_path: Path) -> None:
    line(tmp_path, START, HIDES, NOISE, EAST)
    incident = blame(Request(directory=str(tmp_path), bad="c4", good="c1"), Reporter())
    assert [finding.rule for finding in incident.findings] == ["build-failed", "build-failed"]
    assert [link.commit.oid for link in incident.chain] == [Repository(tmp_path).resolve("c2")]


def test_what_a_cluster_shares_is_not_of_the_commit_that_lets_it_be_built(tmp_path: Path) -> None:
    unbuilt = EAST | {"east/kustomization.yaml": build("flux.yaml", "apps.yaml", "lost.yaml")}
    built = {"east/kustomization.yaml": build("flux.yaml", "apps.yaml")}
    line(tmp_path, START, unbuilt, BREAKS, NOISE, built)
    incident = blame(Request(directory=str(tmp_path), bad="c5", good="c1"), Reporter())
    assert len(incident.findings) == 2
    assert [link.commit.oid for link in incident.chain] == [Repository(tmp_path).resolve("c3")]


def test_a_cluster_that_brings_a_fault_of_its_own_is_to_blame(tmp_path: Path) -> None:
    own = {path: text.replace("./apps", "./other") for path, text in EAST.items()}
    own |= {"other/kustomization.yaml": build("first.yaml"), "other/first.yaml": app("first", "nobody")}
    line(tmp_path, START, BREAKS, NOISE, own)
    asked = Request(directory=str(tmp_path), bad="c4", good="c3")
    incident = blame(asked, Reporter())
    assert incident.culprit is not None
    assert [finding.cluster for finding in incident.culprit.introduced] == ["east"]


def test_of_several_clusters_one_that_loses_its_path_keeps_its_name_and_what_it_hides(tmp_path: Path) -> None:
    lost = {"east/flux.yaml": ROOT.replace("./cluster", "./eats")}
    alone = {
        path.replace("cluster/", "west/"): text.replace("./cluster", "./west") for path, text in START.items()
    }
    events = told(tmp_path, alone | EAST, BREAKS, lost, EAST)
    failed = "east:build-failed:Kustomization/flux-system/flux-system:Path/eats"
    both = [f"east:{FIRST}", f"west:{FIRST}"]
    assert events == [
        {"c": 2, "left": (2, 0), "introduced": both},
        {"c": 3, "left": (2, 1), "introduced": [failed], "hidden": both[:1]},
        {"c": 4, "left": (2, 0), "resolved": [failed], "seen": both[:1]},
    ]


def test_a_cluster_that_is_named_and_hidden_at_once_is_one_failure(tmp_path: Path) -> None:
    hidden = told(tmp_path, START, BREAKS, HIDES | EAST, SHOWS)
    assert hidden[1]["renamed"] == {FIRST: NAMED}
    assert hidden[1]["hidden"] == [NAMED]
    assert hidden[2]["seen"] == [NAMED]


def test_a_cluster_whose_folder_moves_while_it_fails_goes_on_failing(tmp_path: Path) -> None:
    moved = dict.fromkeys(("cluster/flux.yaml", "cluster/apps.yaml"), "# gone\n") | {
        "k8s/west/flux.yaml": ROOT.replace("./cluster", "./k8s/west"),
        "k8s/west/apps.yaml": START["cluster/apps.yaml"],
    }
    assert [each["c"] for each in told(tmp_path, START, BREAKS, moved, REPAIRS)] == [2, 4]


def test_clusters_whose_folders_move_together_go_on_each_by_itself(tmp_path: Path) -> None:
    """A folder above several clusters gets another name: what fails in one of them fails before and after."""

    def clusters(above: str) -> dict[str, str]:
        return {
            f"{above}/{name}/{file}": text.replace("./cluster", f"./{above}/{name}/flux")
            for name in ("east", "west")
            for file, text in (("flux/flux.yaml", ROOT), ("flux/apps.yaml", START["cluster/apps.yaml"]))
        }

    start = {path: text for path, text in START.items() if not path.startswith("cluster/")}
    moved = dict.fromkeys(clusters("k8s"), "# gone\n") | clusters("sites")
    events = told(tmp_path, start | clusters("k8s"), BREAKS, moved, REPAIRS)
    assert [(each["c"], each.get("introduced", [])) for each in events] == [
        (2, [f"east:{FIRST}", f"west:{FIRST}"]),
        (3, []),  # they are called otherwise
        (4, []),
    ]


def test_an_object_of_another_name_that_misses_the_same_goes_on_failing(tmp_path: Path) -> None:
    renamed = {"apps/first.yaml": app("second", "nobody")}
    second = FIRST.replace("first", "second")
    assert told(tmp_path, START, BREAKS, renamed, REPAIRS)[1:] == [
        {"c": 3, "left": (1, 0), "renamed": {FIRST: second}},
        {"c": 4, "left": (0, 0), "resolved": [second]},
    ]
    (incident,) = incidents(tmp_path, 4)
    assert places(incident) == [2, 4]
    assert incident["objects"] == ["Kustomization/flux-system/first", "Kustomization/flux-system/second"]
    request = Request(directory=str(tmp_path), good="c1", bad="c3")
    culprit = blame(request, Reporter()).culprit
    assert culprit is not None
    assert culprit.commit.oid == Repository(tmp_path).resolve("c2")


@pytest.mark.parametrize("every", [False, True])
def test_the_commit_that_broke_what_is_hidden_is_named_on_every_walk(tmp_path: Path, every: bool) -> None:
    line(tmp_path, START, BREAKS, HIDES, NOISE)
    named = frozenset({"Kustomization/flux-system/first"})
    request = Request(directory=str(tmp_path), good="c1", bad="c4", all_parents=every, objects=named)
    incident = blame(request, Reporter())
    assert incident.culprit is not None
    assert incident.culprit.commit.oid == Repository(tmp_path).resolve("c2")
    assert [each.behind for each in incident.out_of_sight] == ["Kustomization/flux-system/apps"]


@pytest.mark.parametrize("more", [(), (NOISE,), (NOISE, {"README.md": "y"}, {"README.md": "z"})])
def test_what_is_hidden_at_the_end_is_told_where_the_range_begins_behind_the_build(
    tmp_path: Path, more: tuple[Files, ...]
) -> None:
    last = 4 + len(more)
    line(tmp_path, START, BREAKS, HIDES, *more, {"README.md": "end"})
    incident = blame(Request(directory=str(tmp_path), good="c3", bad=f"c{last}"), Reporter())
    (hidden,) = incident.out_of_sight
    assert ([each.id for each in hidden.findings], hidden.introduced_by) == ([FIRST], None)
    assert hidden.since.oid == Repository(tmp_path).resolve("c3")
    assert (incident.culprit, [each.id for each in incident.already_broken]) == (None, [BUILD])
    with redirect_stdout(io.StringIO()) as out:
        assert run(["blame-break", "-C", str(tmp_path), f"c3..c{last}", "--no-cache"]) == 3
    assert "Failing when last judged" in out.getvalue()
