"""The sample repositories: what builds them, and that they are what their stories tell."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample-repos"


def load_builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_builder", SAMPLES / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


builder = load_builder()

REFS = {
    "break-fix-break": {
        "main": "9d99100bf597c4ec85942de77139846b71ee3106",
        "good": "a795748c80bea8756940dd668ccbb2d36e84fe06",
    },
    "healthy": {"main": "1f3c0e3e7dba4c99b72adf4ba2e6f834cd4043c7"},
    "oci-moved": {
        "main": "7af70cd7bb47d6242cc8a7277ade6b0199e49121",
        "good": "ad62dcb94b6c36f48420be4e0b468a4a76ce3881",
        "bad": "5ffadb03662f2d85c5ee34d67b2a4fb83da5c5e7",
    },
    "parent-decryption": {
        "main": "690b7432d807ba8b9e10900f9e38e075c0261576",
        "good": "41c849f783cebdec9e4e9475fa6b4ac12ae69ede",
        "fixed": "cb61ef0051230d8587af1d84d2190a505c710c23",
    },
    "renamed-key": {
        "main": "7f99af0506f329d970cb1a67adf0100f566148e7",
        "good": "fe2079951e150124e5f158814792a8f1cd23004a",
        "bad": "64e01b7df05b9aac15ce64761a60b1184f06cd1f",
    },
    "sops-inheritance": {
        "main": "cc85ea6bc5405c6924d094b69ecf62f21f570931",
        "good": "020889408f330e0d9be5a814d0be535fcfd92121",
        "fixed": "9c3aaf52007bb58e04b41a06c54b2151bb4b1502",
    },
}
UNUSUAL_CONFIG = """
[core]
    autocrlf = true
    hooksPath = /nowhere
[commit]
    gpgsign = true
[init]
    defaultBranch = trunk
    defaultObjectFormat = sha256
[user]
    useConfigOnly = true
[fastimport]
    unpackLimit = 1
"""


class Built:
    """A built sample, and git on it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        self.commits = builder.build(name, folder)

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def lines(self, *arguments: str) -> list[str]:
        return self.git(*arguments).splitlines()

    def made_from(self, folder: str) -> Any:
        (commit,) = [commit for commit in self.commits if commit.folder == folder]
        return commit


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Built]:
    place = tmp_path_factory.mktemp("samples")
    return {name: Built(name, place / name) for name in builder.names()}


# -- what is built ----------------------------------------------------------------------------------


def test_the_samples_are_these() -> None:
    assert builder.names() == sorted(REFS)


@pytest.mark.parametrize("name", sorted(REFS))
def test_commit_ids_are_those_of_the_text(built: Mapping[str, Built], name: str) -> None:
    assert {ref: built[name].git("rev-parse", ref) for ref in REFS[name]} == REFS[name]


@pytest.mark.parametrize("name", sorted(REFS))
def test_head_is_on_main_and_the_work_tree_is_that_commit(built: Mapping[str, Built], name: str) -> None:
    assert built[name].git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert built[name].git("status", "--porcelain", "--ignored") == ""
    assert (built[name].folder / "README.md").is_file()


@pytest.mark.parametrize("name", sorted(REFS))
def test_git_finds_nothing_wrong(built: Mapping[str, Built], name: str) -> None:
    assert built[name].git("fsck", "--strict", "--no-dangling", "--no-progress") == ""


def test_nothing_around_the_builder_changes_the_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text(UNUSUAL_CONFIG)
    for key, value in {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "config"),
        "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "GIT_COMMITTER_NAME": "Somebody Else",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "tr_TR.UTF-8",
    }.items():
        monkeypatch.setenv(key, value)
    before = os.umask(0o077)
    try:
        commits = builder.build("sops-inheritance", tmp_path / "again")
    finally:
        os.umask(before)
    assert [c.oid for c in commits if c.branch == "main"][-1] == REFS["sops-inheritance"]["main"]
    assert not (tmp_path / "elsewhere").exists()


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    builder.build("oci-moved", tmp_path / "there")
    assert (tmp_path / "there" / ".git").is_dir()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(builder.SampleError, match="is not an empty folder"):
        builder.build("oci-moved", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_unknown_sample_names_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(builder.SampleError, match="no sample is called 'nope'; there are: break-fix-break"):
        builder.build("nope", tmp_path / "dest")


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-git-here"))
    with pytest.raises(builder.SampleError, match="git is not installed"):
        builder.build("oci-moved", tmp_path / "dest")
    assert list(tmp_path.iterdir()) == []


def test_the_command_lists_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert builder.main(["oci-moved", str(tmp_path / "dest"), "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(
        f"{REFS['oci-moved']['main']} 2025-03-19T07:57:19+00:00 main 013-updates-after:"
    )


def test_the_command_says_what_is_wrong_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert builder.main(["nope", str(tmp_path / "dest")]) == 1
    assert capsys.readouterr().err.startswith("build.py: no sample is called 'nope'")


# -- the text can be reviewed -----------------------------------------------------------------------


def sample_files() -> list[Path]:
    apart = {"__pycache__", builder.EXPECTED}
    return [path for path in sorted(SAMPLES.rglob("*")) if path.is_file() and not apart & set(path.parts)]


def test_every_file_is_short_plain_text() -> None:
    for path in sample_files():
        text = path.read_bytes().decode()
        assert "\r" not in text, path
        assert "\0" not in text, path
        assert path.name == "build.py" or len(text.splitlines()) <= 200, path


def test_no_repository_and_no_archive_is_nested() -> None:
    for path in sample_files():
        assert ".git" not in path.parts
        assert path.suffix in {".md", ".py", ".toml", ".yaml"}, path


@pytest.mark.parametrize("name", sorted(REFS))
def test_a_story_names_folders_that_exist(name: str) -> None:
    story = (SAMPLES / name / "story.md").read_text()
    named = set(re.findall(r"\b\d{3}-[a-z0-9-]+", story))
    assert named <= {folder.name for folder in (SAMPLES / name).iterdir()}


@pytest.mark.parametrize("name", sorted(REFS))
def test_a_story_dates_its_commits_as_they_are(built: Mapping[str, Built], name: str) -> None:
    story = (SAMPLES / name / "story.md").read_text()
    for folder, told in re.findall(r"^\| (\d{3}-[a-z0-9-]+)[^|]*\| (\w+ \d+, [\d:]{8}) \|", story, re.M):
        date = built[name].made_from(folder).date
        assert f"{date:%B} {date.day}, {date:%H:%M:%S}" == told


@pytest.mark.parametrize("name", sorted(REFS))
def test_nothing_secret_looks_real(name: str) -> None:
    for path in (SAMPLES / name).rglob("*.yaml"):
        for value in re.findall(r"data:([^,\]]+),iv:([^,]+),tag:([^,]+),", path.read_text()):
            assert all(part.startswith("Fake") for part in value), path
        assert "AGE-SECRET-KEY" not in path.read_text()


# -- the stories ------------------------------------------------------------------------------------

FOUR = {
    "012-one-kustomization-for-all-apps": "2025-07-19T15:19:36+02:00",
    "014-resources-instead-of-the-component": "2025-07-19T15:36:55+02:00",
    "016-sops-in-flux-system": "2025-07-19T15:40:25+02:00",
    "017-repos-in-flux-system": "2025-07-19T15:41:43+02:00",
}


def is_bot(author: str) -> bool:
    return author.endswith("@bots.example.net")


def test_the_four_commits_of_the_incident_have_their_times(built: Mapping[str, Built]) -> None:
    sample = built["sops-inheritance"]
    for folder, time in FOUR.items():
        commit = sample.made_from(folder)
        assert commit.date == datetime.fromisoformat(time)
        assert sample.git("log", "-1", "--format=%aI", commit.oid) == time


def test_bots_commit_before_between_and_after_the_four(built: Mapping[str, Built]) -> None:
    sample = built["sops-inheritance"]
    first, *_, last = (sample.made_from(folder).oid for folder in FOUR)
    ranges = {"before": f"{first}~1", "between": f"{first}..{last}~1", "after": f"{last}..main"}
    bots = {
        part: sum(map(is_bot, sample.lines("log", "--format=%ae", span))) for part, span in ranges.items()
    }
    assert bots == {"before": 36, "between": 2, "after": 10}


def test_the_four_commits_do_what_the_document_tells(built: Mapping[str, Built]) -> None:
    sample = built["sops-inheritance"]
    one, two, three, four = (sample.made_from(folder).oid for folder in FOUR)
    top = sample.git("show", f"{one}:kubernetes/apps/kustomization.yaml")
    assert "namespace: flux-system\ncomponents:\n  - ../components/common\n" in top
    assert "../../components/common" in sample.git(
        "show", f"{one}~1:kubernetes/apps/default/kustomization.yaml"
    )
    assert "components" not in sample.git("show", f"{one}:kubernetes/apps/default/kustomization.yaml")
    top = sample.git("show", f"{two}:kubernetes/apps/kustomization.yaml")
    assert "resources:\n  - ../components/common/repos\n  - ../components/common/sops\n" in top
    assert "namespace:" not in top
    touched = {oid: sample.lines("show", "--format=", "--name-only", oid) for oid in (three, four)}
    assert touched[three] == ["kubernetes/components/common/sops/kustomization.yaml"]
    assert touched[four] == ["kubernetes/components/common/repos/kustomization.yaml"]


def test_sops_inheritance_is_large_enough(built: Mapping[str, Built]) -> None:
    paths = built["sops-inheritance"].lines("ls-tree", "-r", "--name-only", "main", "kubernetes/apps")
    apps = {path.rsplit("/", 1)[0] for path in paths if path.endswith("/ks.yaml")}
    assert len({app.split("/")[2] for app in apps}) == 8
    assert len(apps) == 17
    assert len(built["sops-inheritance"].lines("rev-list", "main")) > 40


def test_the_branch_fixed_has_the_good_layout_again(built: Mapping[str, Built]) -> None:
    sample = built["sops-inheritance"]
    assert sample.git("merge-base", "main", "fixed") == sample.git("rev-parse", "main")
    changed = set(sample.lines("diff", "--name-only", "good", "fixed"))
    assert not {path for path in changed if path.endswith(("/kustomization.yaml", "/ks.yaml"))}


def test_break_fix_break_has_300_bot_commits_and_merges(built: Mapping[str, Built]) -> None:
    sample = built["break-fix-break"]
    authors = Counter(map(is_bot, sample.lines("log", "--first-parent", "--format=%ae", "main")))
    assert authors[True] == 300
    assert len(sample.lines("rev-list", "--merges", "main")) == 5


def test_the_revert_of_a_merge_names_both_sides_and_restores_the_files(built: Mapping[str, Built]) -> None:
    sample = built["break-fix-break"]
    merge, revert = (sample.made_from(f"01{n}-{w}-tidy-vars").oid for n, w in ((2, "merge"), (4, "revert")))
    message = sample.git("log", "-1", "--format=%B", revert)
    assert (
        f"This reverts commit {merge}, reversing\nchanges made to {sample.git('rev-parse', merge + '^1')}."
        in message
    )
    assert sample.lines("diff", "--name-only", f"{merge}^1", revert, "--", "kubernetes/flux") == []


def test_the_second_landing_forgets_minio_and_vikunja(built: Mapping[str, Built]) -> None:
    sample = built["break-fix-break"]
    landing = sample.made_from("023-merge-tidy-vars-again").oid
    found = {
        revision: sample.lines("grep", "-l", "name: cluster-settings", revision, "--", "kubernetes")
        for revision in (landing, "main")
    }
    apps = "kubernetes/apps"
    assert found[landing] == [f"{landing}:{apps}/{a}/ks.yaml" for a in ("default/vikunja", "storage/minio")]
    assert found["main"] == [f"main:{apps}/storage/minio/ks.yaml"]


def test_oci_moved_forgets_miniflux_for_a_day(built: Mapping[str, Built]) -> None:
    sample = built["oci-moved"]
    moved, repaired = (
        sample.made_from(f).date for f in ("009-app-template-to-flux-system", "012-and-for-miniflux")
    )
    assert 1 <= (repaired - moved).total_seconds() / 86_400 < 2
    references = sample.lines("grep", "-A1", "name: app-template$", "bad", "--", "apps/base")
    assert sum("namespace: flux-system" in line for line in references) == 7
    assert "namespace" not in sample.git("show", "bad:apps/base/miniflux/release.yaml").split("values:")[0]


def test_only_the_fixed_parent_decrypts_for_itself(built: Mapping[str, Built]) -> None:
    sample = built["parent-decryption"]
    own = {
        ref: sample.git("show", f"{ref}:cluster/flux/apps.yaml").split("patches:")[0]
        for ref in ("main", "fixed")
    }
    assert {ref: "decryption:" in text for ref, text in own.items()} == {"main": False, "fixed": True}


def test_two_references_to_the_renamed_key_stay_behind(built: Mapping[str, Built]) -> None:
    sample = built["renamed-key"]
    left = {
        folder: len(
            sample.lines("grep", "-l", "name: sops-age$", sample.made_from(folder).oid, "--", "teams/finance")
        )
        for folder in ("006-new-key", "008-payments-reads-the-new-key")
    }
    assert left == {"006-new-key": 2, "008-payments-reads-the-new-key": 1}
    assert subprocess.run(["git", "-C", sample.folder, "grep", "-q", "sops-age$", "main"]).returncode == 1


def test_healthy_moves_whole_folders_over_hundreds_of_commits(built: Mapping[str, Built]) -> None:
    sample = built["healthy"]
    assert len(sample.lines("rev-list", "main")) == 290
    moved = Counter(sample.lines("log", "--format=%h", "--diff-filter=R", "-M60%", "--name-only", "main"))
    assert sum("/" in path for path in moved) > 60


# -- bad text ---------------------------------------------------------------------------------------

FIRST = 'author = "A <a@example.net>"\ndate = 2025-01-01T10:00:00Z\nmessage = "one"\n'
SECOND = 'author = "A <a@example.net>"\ndate = 2025-01-02T10:00:00Z\nmessage = "two"\n'
RUN = 'author = "A <a@example.net>"\nmessage = "{name}"\n[bots]\ncount = 2\nstart = 2025-01-02T10:00:00Z\n'


BUMP = '[[bots.bumps]]\nname = "a"\npath = "a.yaml"\nafter = "version: "\n'


def write(sample: Path, folder: str, commit: str, files: Mapping[str, str]) -> None:
    for path, text in {"commit.toml": commit, **files}.items():
        file = sample / folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.mark.parametrize(
    ("commit", "files", "sentence"),
    [
        ('date = "soon"\n', {"b": "1"}, "'author' is a text that has to be given"),
        ('author = "nobody"\n', {"b": "1"}, "'author' reads like"),
        (SECOND.replace("10:00:00Z", "10:00:00"), {"b": "1"}, "a time with its offset"),
        (SECOND.replace("2025", "2024"), {"b": "1"}, "is before its parent 001-one"),
        (SECOND + "colour = 1\n", {"b": "1"}, "commit.toml does not know 'colour'"),
        (SECOND + "colour = \n", {"b": "1"}, "commit.toml: Invalid value"),
        (SECOND, {}, "the commit changes nothing"),
        (SECOND, {"a.yaml": "version: 1\n"}, "a.yaml stands already as it is here"),
        (SECOND, {"a.yaml/b": "1"}, "a.yaml is both a file and a folder"),
        (SECOND + 'delete = ["b.yaml"]\n', {}, "there is no b.yaml to move or delete"),
        (SECOND + 'delete = ["../a.yaml"]\n', {}, "'../a.yaml' is no path of a file"),
        (SECOND + 'delete = [".git/config"]\n', {}, "'.git/config' is no path of a file"),
        (SECOND + '[[move]]\nfrom = "a.yaml"\nto = "c.yaml"\n', {}, "c.yaml is there already"),
        (SECOND + '[[replace]]\npath = "a.yaml"\nfrom = "x"\nto = "y"\n', {}, "holds 'x' 0 times, not once"),
        (SECOND + '[[replace]]\npath = "c.yaml"\nfrom = "i"\nto = "y"\n', {}, "holds 'i' 2 times, not once"),
        (SECOND + '[[replace]]\nfrom = "i"\nto = "y"\n', {}, "an entry names one 'path'"),
        (SECOND + 'branch = "side"\n', {"b": "1"}, "the first commit of side says where it starts"),
        (SECOND + 'from = "main"\n', {"b": "1"}, "'from' starts a branch, and main has commits already"),
        (SECOND + 'merge = "side"\n', {}, "no earlier commit and no branch is called 'side'"),
        (SECOND + 'merge = "001-one"\n', {}, "main has nothing to merge"),
        (SECOND + 'reverts = "001-one"\n', {}, "the first commit cannot be reverted"),
        (SECOND + 'branch = "../up"\n', {"b": "1"}, "'../up' is no name for a branch"),
        (RUN, {}, "'every' is a text that has to be given"),
        (RUN + 'every = "soon"\n', {}, "'soon' is no duration such as 6h37m"),
        (RUN + 'every = "1h"\n', {}, "'bots' names no bumps"),
        (RUN.split("[bots]")[0] + "bots = 3\n", {}, "'bots' is a table"),
        (RUN.replace("{name}", "{nam}") + 'every = "1h"\n' + BUMP, {}, "can name {name}, {old}, {new} only"),
        (RUN + 'every = "1h"\n', {"b": "1"}, "a run of bots brings no files of its own, and b is there"),
        (
            RUN + 'every = "1h"\n[[bots.bumps]]\nname = "a"\npath = "a.yaml"\nafter = "tag: "\n',
            {},
            "a.yaml does not hold 'tag: ' once, with a version behind it",
        ),
    ],
)
def test_bad_text_gets_a_sentence_with_its_folder(
    tmp_path: Path, commit: str, files: Mapping[str, str], sentence: str
) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {"a.yaml": "version: 1\n", "c.yaml": "this is\n"})
    write(sample, "002-two", commit, files)
    with pytest.raises(builder.SampleError) as caught:
        builder.build_folder(sample, tmp_path / "dest")
    assert str(caught.value).startswith("mini/002-two: ")
    assert sentence in str(caught.value)
    assert not (tmp_path / "dest").exists()


def test_a_folder_of_expected_answers_is_no_commit(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {"a.yaml": "1\n"})
    (sample / "expected").mkdir()
    assert [commit.folder for commit in builder.read_history(sample)] == ["001-one"]


def test_a_folder_without_a_number_is_refused(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {"a.yaml": "1\n"})
    (sample / "more").mkdir()
    with pytest.raises(builder.SampleError, match="mini/more: a commit's folder is called NNN-some-words"):
        builder.read_history(sample)


def test_what_git_refuses_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {"a.yaml": "1\n"})
    write(sample, "002-two", SECOND + 'branch = "main/side"\nfrom = "main"\n', {"b.yaml": "2\n"})
    with pytest.raises(builder.SampleError, match=r"git fast-import: .*refs/heads/main"):
        builder.build_folder(sample, tmp_path / "dest")
    assert [path.name for path in tmp_path.iterdir()] == ["mini"]


def test_a_file_changed_on_both_sides_cannot_be_merged(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {"a.yaml": "1\n"})
    write(sample, "002-two", SECOND + 'branch = "side"\nfrom = "main"\n', {"a.yaml": "2\n"})
    write(sample, "003-three", SECOND, {"a.yaml": "3\n"})
    write(sample, "004-four", SECOND + 'merge = "side"\n', {})
    with pytest.raises(builder.SampleError, match=r"004-four: a.yaml is changed on both sides of the merge"):
        builder.read_history(sample)


def test_files_that_are_not_plain_text_are_refused(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    write(sample, "001-one", FIRST, {})
    (sample / "001-one" / "archive.zip").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(builder.SampleError, match=r"archive.zip is not UTF-8 text"):
        builder.read_history(sample)
    (sample / "001-one" / "archive.zip").unlink()
    (sample / "001-one" / "link").symlink_to("/etc/passwd")
    with pytest.raises(builder.SampleError, match="link is a symbolic link"):
        builder.read_history(sample)


def test_a_bump_raises_the_version_and_renews_the_digest(tmp_path: Path) -> None:
    sample = tmp_path / "mini"
    digest = "0" * 64
    write(sample, "001-one", FIRST, {"a.yaml": f"tag: v1.9@sha256:{digest}\n"})
    bump = '[[bots.bumps]]\nname = "a"\npath = "a.yaml"\nafter = "tag: "\n'
    write(sample, "002-two", RUN + 'every = "1h"\n' + bump, {})
    *_, before, last = builder.read_history(sample)
    assert last.tree["a.yaml"].startswith(b"tag: v1.11@sha256:")
    assert digest.encode() not in before.tree["a.yaml"]
    assert (last.date - before.date).total_seconds() == 3600
