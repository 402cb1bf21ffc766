"""Bases are accumulated once for what they read, and never more than that allows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, Builder, Built, build
from bisectops.memo import Question, Recorder

FILES = {
    "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
    "b/kustomization.yaml": "resources: [../base]\nnamePrefix: b-\n",
    "base/kustomization.yaml": "resources: [c.yaml]\n",
    "base/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
}


def names(builder: Builder, files: dict[str, str], folder: str) -> list[str] | str:
    result = builder.build(MemorySnapshot(files), RepoPath(folder))
    if isinstance(result, Broken):
        return result.error.message
    return [resource.id.name for resource in result.resources]


def test_base_of_two_overlays_is_accumulated_once() -> None:
    builder = Builder()
    assert names(builder, FILES, "a") == ["a-c"]
    assert names(builder, FILES, "b") == ["b-c"]
    assert builder.shared.made == 1


def test_changed_base_is_accumulated_again() -> None:
    builder = Builder()
    names(builder, FILES, "a")
    assert names(builder, FILES | {"base/c.yaml": FILES["base/c.yaml"].replace("c}", "d}")}, "a") == ["a-d"]
    assert builder.shared.made == 2


def test_reverted_base_is_remembered() -> None:
    builder = Builder()
    for files in (FILES, FILES | {"base/kustomization.yaml": "nameSuffix: -x\n"}, FILES):
        names(builder, files, "a")
    assert builder.shared.made == 2


def test_base_that_fails_is_remembered_until_it_is_mended() -> None:
    builder = Builder()
    broken = FILES | {"base/c.yaml": "kind: ConfigMap\n"}
    assert "missing metadata.name" in str(names(builder, broken, "a"))
    assert names(builder, broken, "b") == names(Builder(), broken, "b")
    assert builder.shared.made == 1
    assert names(builder, FILES, "b") == ["b-c"]


def test_failure_is_handed_out_without_the_frames_it_passed() -> None:
    builder = Builder()
    for _ in range(2):
        result = builder.build(MemorySnapshot({"a/kustomization.yaml": "resources: [b]\n"}), RepoPath("a"))
        assert isinstance(result, Broken)
        assert result.error.__traceback__ is None
        assert result.error.__context__ is None


def test_file_that_appears_where_one_was_missed_is_seen() -> None:
    builder = Builder()
    names(builder, FILES, "a")
    assert "Found multiple kustomization files" in str(
        names(builder, FILES | {"base/Kustomization": "namePrefix: x\n"}, "a")
    )


def test_remembered_base_that_leads_back_is_a_cycle() -> None:
    files = {
        "base/kustomization.yaml": "resources: [../apps/shared]\n",
        "apps/shared/kustomization.yaml": "namePrefix: s-\n",
        "top/kustomization.yaml": "resources: [../base]\n",
        "apps/shared/inner/kustomization.yaml": "resources: [../../../base]\n",
    }
    builder = Builder()
    assert names(builder, files, "top") == []
    assert "cycle detected" in str(names(builder, files, "apps/shared/inner"))


def test_whoever_records_learns_what_a_remembered_base_rests_on() -> None:
    builder = Builder()
    snapshot = MemorySnapshot(FILES)
    builder.build(snapshot, RepoPath("a"))
    first, again = Recorder(snapshot), Recorder(snapshot)
    Builder().build(first, RepoPath("b"))
    builder.build(again, RepoPath("b"))
    assert (Question.OBJECTS, RepoPath("base/c.yaml")) in again.reads
    assert set(first.reads.items()) <= set(again.reads.items())


PARTS = {
    "base/kustomization.yaml": [
        "resources: [c.yaml]\n",
        "resources: [c.yaml, ../deep]\n",
        "resources: [c.yaml]\nnamespace: n\n",
        None,
    ],
    "base/Kustomization": [None, None, None, "namePrefix: k-\n"],
    "base/c.yaml": [
        FILES["base/c.yaml"],
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
        "not: valid\n",
        None,
    ],
    "deep/kustomization.yaml": ["configMapGenerator: [{name: g, files: [f]}]\n", "resources: []\n", None],
    "deep/f": ["1", "2", None],
    "comp/kustomization.yaml": [
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n",
        None,
    ],
    "a/kustomization.yaml": [
        FILES["a/kustomization.yaml"],
        "resources: [../base]\ncomponents: [../comp]\n",
        "resources: [../base, ../deep]\n",
    ],
    "b/kustomization.yaml": [FILES["b/kustomization.yaml"], "resources: [../a]\n"],
    "elsewhere/x": ["1", "2"],
}
COMMITS = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(said) for name, said in PARTS.items()}),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(COMMITS)
def test_remembering_builder_makes_what_a_fresh_one_makes(commits: list[dict[str, str | None]]) -> None:
    builder = Builder()
    for commit in commits:
        snapshot = MemorySnapshot({name: said for name, said in commit.items() if said is not None})
        for folder in ("a", "b", "deep"):
            remembered, fresh = builder.build(snapshot, RepoPath(folder)), build(snapshot, RepoPath(folder))
            if isinstance(fresh, Built):
                assert remembered == fresh
            else:
                assert isinstance(remembered, Broken)
                assert remembered.error.message == fresh.error.message
