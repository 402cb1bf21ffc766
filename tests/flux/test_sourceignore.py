"""Patterns as fluxcd/pkg's sourceignore reads them, which is not always as git does."""

import pytest

from bisectops.flux.sourceignore import Ignore, IgnoreFiles, patterns
from bisectops.git.objects import Entry, RepoPath, repo_path
from bisectops.git.snapshot import MemorySnapshot


def excludes(text: str, path: str) -> bool:
    """With a trailing slash the path is a folder's."""
    return Ignore(patterns(text)).excludes(repo_path(path), folder=path.endswith("/"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("docs", "docs"),
        ("docs", "a/docs/b.yaml"),
        ("docs/", "a/docs/b.yaml"),
        ("docs/", "docs/"),
        ("*.md", "a/b/readme.md"),
        ("/docs", "docs/x.yaml"),
        ("a/b", "a/b/c.yaml"),
        ("a/*.yaml", "a/x.yaml"),
        ("**/b", "a/b/c.yaml"),
        ("**/b/c", "x/y/b/c"),
        ("a/**/c", "a/c"),
        ("a/**/c", "a/x/y/c"),
        ("a/**", "a/b/c"),
        ("a/**", "a/"),
        ("*", "anything/at/all"),
        ("/*", "kubernetes/apps/x.yaml"),
        ("**/", "a/b.yaml"),
        ("x  ", "x"),
        ("\\#x", "#x"),
        ("x\r", "x"),
    ],
)
def test_a_pattern_excludes(text: str, path: str) -> None:
    assert excludes(text, path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("docs/", "docs"),
        ("docs/", "a/docs"),
        ("/docs", "a/docs"),
        ("b/c", "a/b/c"),
        ("a/*.yaml", "a/b/x.yaml"),
        ("a/**/c", "a/x/y"),
        ("#docs", "#docs"),
        ("/**", "a/b.yaml"),
        ("a**b/c", "axb/c"),
        ("[", "["),
        ("[/x", "[/x"),
        ("**/", "a.yaml"),
    ],
)
def test_a_pattern_does_not_exclude(text: str, path: str) -> None:
    assert not excludes(text, path)


def test_the_last_pattern_that_matches_decides() -> None:
    assert excludes("!a.yaml\na.yaml", "a.yaml")
    assert not excludes("a.yaml\n!a.yaml", "a.yaml")


def test_the_usual_allow_list_keeps_one_folder() -> None:
    rules = "/*\n!/kubernetes\n"
    assert not excludes(rules, "kubernetes/apps/ks.yaml")
    assert excludes(rules, "docs/index.yaml")


def test_a_file_beneath_an_excluded_folder_can_come_back() -> None:
    rules = "apps/\n!apps/one.yaml"
    assert not excludes(rules, "apps/one.yaml")
    assert excludes(rules, "apps/two.yaml")


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "a/.gitignore",
        "a/b.png",
        "x.tar.gz",
        ".github/workflows/a.yaml",
        "a/.sops.yaml",
        ".flux.yaml",
        "codeship-steps.yml",
    ],
)
def test_without_any_pattern_the_defaults_hold(path: str) -> None:
    assert Ignore().excludes(repo_path(path), folder=False)


def test_one_pattern_loses_the_defaults_but_not_gits_own_files() -> None:
    rules = Ignore(patterns("something-else"))
    assert not rules.excludes(RepoPath("a/.sops.yaml"), folder=False)
    assert not rules.excludes(RepoPath(".github/x.yaml"), folder=False)
    assert rules.excludes(RepoPath("a/.gitignore"), folder=False)


def test_an_ignore_file_of_comments_alone_keeps_the_defaults() -> None:
    rules = IgnoreFiles().rules(MemorySnapshot({".sourceignore": "# nothing\n\n   \n"}))
    assert rules.excludes(RepoPath(".sops.yaml"), folder=False)


def test_an_ignore_file_rules_its_own_folder_only() -> None:
    rules = IgnoreFiles().rules(MemorySnapshot({"a/.sourceignore": "/x\ny\n", "a/x": "", "b/x": ""}))
    assert rules.excludes(RepoPath("a/x"), folder=False)
    assert rules.excludes(RepoPath("a/b/y"), folder=False)
    assert not rules.excludes(RepoPath("b/x"), folder=False)
    assert not rules.excludes(RepoPath("a/b/x"), folder=False)
    assert not rules.excludes(RepoPath("y"), folder=False)


def test_a_deeper_file_overrides_and_spec_ignore_overrides_all() -> None:
    files = IgnoreFiles()
    snapshot = MemorySnapshot({".sourceignore": "*.txt\n", "a/.sourceignore": "!x.txt\n"})
    assert not files.rules(snapshot).excludes(RepoPath("a/x.txt"), folder=False)
    assert files.rules(snapshot, "x.txt").excludes(RepoPath("a/x.txt"), folder=False)


def test_a_linked_ignore_file_is_read_where_it_points_inside_the_repository() -> None:
    inside = MemorySnapshot({".sourceignore@": "conf/ignore", "conf/ignore": "docs\n"})
    outside = MemorySnapshot({".sourceignore@": "../ignore", "ignore": "docs\n"})
    assert IgnoreFiles().rules(inside).excludes(RepoPath("docs"), folder=True)
    assert not IgnoreFiles().rules(outside).excludes(RepoPath("docs"), folder=True)


class Counting(MemorySnapshot):
    def __init__(self, files: dict[str, str | bytes]) -> None:
        super().__init__(files)
        self.listed: list[str] = []

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        self.listed.append(tree)
        return super().children(tree)


def test_a_folder_that_did_not_change_is_not_walked_again() -> None:
    files = IgnoreFiles()
    files.rules(Counting({"a/b/.sourceignore": "x", "c/d": "1"}))
    later = Counting({"a/b/.sourceignore": "x", "c/d": "2"})
    assert files.rules(later).excludes(RepoPath("a/b/x"), folder=False)
    assert sorted(later.listed) == ["", "c"]


def test_equal_patterns_are_one_set_of_rules_from_commit_to_commit() -> None:
    files = IgnoreFiles()
    first = files.rules(MemorySnapshot({".sourceignore": "x", "a": "1"}))
    assert files.rules(MemorySnapshot({".sourceignore": "x", "a": "2"})) is first


def test_folders_nested_without_end_are_not_followed() -> None:
    deep = "/".join(["d"] * 2_000)
    assert not IgnoreFiles().rules(MemorySnapshot({f"{deep}/.sourceignore": "x"})).custom
