import pytest

from bisectops.flux.artifact import ArtifactSnapshot
from bisectops.git.objects import ROOT, RepoPath, repo_path
from bisectops.git.snapshot import MemorySnapshot, Snapshot


def every_file(snapshot: Snapshot, tree: RepoPath = ROOT) -> set[str]:
    found: set[str] = set()
    for child in snapshot.children(tree):
        found |= every_file(snapshot, child.path) or {child.path}
    return found


def test_links_do_not_exist_for_flux() -> None:
    artifact = ArtifactSnapshot(MemorySnapshot({"a/link@": "b.yaml", "a/b.yaml": "x"}))
    assert artifact.entry(repo_path("a/link")) is None
    assert every_file(artifact) == {"a/b.yaml"}
    with pytest.raises(KeyError):
        artifact.read(repo_path("a/link"))


def test_default_excludes_hold_where_nothing_is_ignored() -> None:
    artifact = ArtifactSnapshot(MemorySnapshot({".sops.yaml": "", ".github/a.yaml": "", "a/b.yaml": ""}))
    assert every_file(artifact) == {"a/b.yaml"}
    assert artifact.entry(repo_path(".github")) is None
    assert artifact.entry(repo_path(".github/a.yaml")) is None
    assert artifact.children(repo_path(".github")) == ()


def test_an_ignored_file_cannot_be_read() -> None:
    artifact = ArtifactSnapshot(MemorySnapshot({"a/x.yaml": "x", "a/.sourceignore": "x.yaml"}))
    assert artifact.entry(repo_path("a/x.yaml")) is None
    with pytest.raises(KeyError):
        artifact.read(repo_path("a/x.yaml"))


def test_spec_ignore_comes_on_top() -> None:
    files = MemorySnapshot({"docs/x.yaml": "", "apps/y.yaml": ""})
    assert every_file(ArtifactSnapshot(files, "/*\n!/apps")) == {"apps/y.yaml"}


def test_spec_ignore_counts_from_the_artifacts_root() -> None:
    files = MemorySnapshot({"kubernetes/docs/x.yaml": "", "kubernetes/apps/y.yaml": "", "apps/z.yaml": ""})
    kept = every_file(ArtifactSnapshot(files, "/*\n!/apps", root=repo_path("kubernetes")))
    assert kept == {"kubernetes/apps/y.yaml", "apps/z.yaml"}


def test_a_folder_stands_where_something_beneath_it_is_included_again() -> None:
    files = MemorySnapshot({"apps/one/a.yaml": "", "apps/two/b.yaml": "", "docs/c.yaml": ""})
    artifact = ArtifactSnapshot(files, "*\n!one")
    assert every_file(artifact) == {"apps/one/a.yaml"}
    assert artifact.entry(repo_path("apps")) is not None
    assert artifact.entry(repo_path("apps/two")) is None


def test_a_folder_whose_files_are_all_ignored_is_an_empty_folder() -> None:
    artifact = ArtifactSnapshot(MemorySnapshot({"a/b.yaml": "", "c": ""}), "a/b.yaml")
    assert artifact.entry(repo_path("a")) is not None
    assert artifact.children(repo_path("a")) == ()


def test_a_folder_keeps_its_fingerprint_where_only_defaults_hold() -> None:
    files = MemorySnapshot({"a/b.yaml": "1"})
    assert ArtifactSnapshot(files).entry(repo_path("a")) == files.entry(repo_path("a"))


def test_other_rules_are_another_fingerprint() -> None:
    files = MemorySnapshot({"a/b.yaml": "1"})
    first = ArtifactSnapshot(files, "x").entry(repo_path("a"))
    second = ArtifactSnapshot(files, "a/b.yaml").entry(repo_path("a"))
    again = ArtifactSnapshot(files, "x").entry(repo_path("a"))
    assert first is not None
    assert second is not None
    assert first.oid != second.oid
    assert first == again
