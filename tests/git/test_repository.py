"""A real repository's trees compared, in every way that a path can change."""

from __future__ import annotations

import subprocess

import pytest

from bisectops.errors import MissingObject
from bisectops.git.objects import EntryKind, Oid, RepoPath
from bisectops.git.repository import Repository

STREAM = b"""\
commit refs/heads/main
mark :1
committer A <a@example.org> 1700000000 +0100
data 5
first
M 100644 inline apps/echo/a.yaml
data 1
a
M 100644 inline turns-into-a-folder
data 1
b
M 120000 inline link
data 4
apps
M 100644 inline same/deep/file
data 1
c

commit refs/heads/main
mark :2
committer A <a@example.org> 1700000060 +0100
data 6
second
from :1
M 100644 inline apps/echo/a.yaml
data 2
aa
D turns-into-a-folder
M 100644 inline turns-into-a-folder/file
data 1
b
D link
M 100755 inline link
data 4
apps
M 100644 inline apps/new.yaml
data 1
n

"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input=STREAM, check=True)
    return Repository(folder)


def told(repository: Repository, old: str | None, new: str) -> list[tuple[str, str, str]]:
    changes = repository.changes(repository.resolve(old) if old else None, repository.resolve(new))
    return [
        (change.path, *(side.kind.value if side else "-" for side in (change.old, change.new)))
        for change in changes
    ]


def test_every_way_a_path_can_change_is_told_once(repository: Repository) -> None:
    assert told(repository, "main~", "main") == [
        ("apps/echo/a.yaml", "blob", "blob"),
        ("apps/new.yaml", "-", "blob"),
        ("link", "symlink", "blob"),
        ("turns-into-a-folder", "blob", "-"),
        ("turns-into-a-folder/file", "-", "blob"),
    ]


def test_the_way_back_is_the_mirror_image(repository: Repository) -> None:
    forth, back = told(repository, "main~", "main"), told(repository, "main", "main~")
    assert [(path, new, old) for path, old, new in forth] == back


def test_against_nothing_every_file_is_new(repository: Repository) -> None:
    assert {new for _, _, new in told(repository, None, "main~")} == {"blob", "symlink"}
    assert len(told(repository, None, "main~")) == 4


def test_equal_folders_are_never_opened(repository: Repository) -> None:
    first = repository.commit(repository.resolve("main~"))
    listing = repository.listing(first.tree)
    assert listing["same"][0] is EntryKind.TREE
    opened: list[Oid] = []
    listing_of = repository.listing

    def watched(tree: Oid) -> dict[str, tuple[EntryKind, Oid]]:
        opened.append(tree)
        return listing_of(tree)

    repository.listing = watched  # type: ignore[method-assign]
    told(repository, "main~", "main")
    del repository.listing  # type: ignore[method-assign]
    assert listing["same"][1] not in opened


def test_a_snapshot_reads_what_the_commit_holds(repository: Repository) -> None:
    snapshot = repository.snapshot(repository.resolve("main"))
    assert snapshot.read(RepoPath("apps/echo/a.yaml")) == b"aa"
    assert [child.path for child in snapshot.children(RepoPath("apps"))] == ["apps/echo", "apps/new.yaml"]
    assert snapshot.entry(RepoPath("apps/gone.yaml")) is None


def test_an_object_that_is_not_there_is_named(repository: Repository) -> None:
    with pytest.raises(MissingObject, match="tree 000000000000"):
        repository.listing(Oid("0" * 40))


def test_few_blobs_are_remembered_and_all_are_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bisectops.git.repository._BYTES_KEPT", 2)
    first = repository.snapshot(repository.resolve("main"))
    paths = [entry.path for entry in first.children(RepoPath("apps/echo"))]
    paths += [RepoPath("same/deep/file")]
    alone = {path: Repository(repository.location).snapshot(repository.resolve("main")) for path in paths}
    for path in [*paths, *paths]:
        assert first.read(path) == alone[path].read(path)
        assert sum(map(len, repository._blobs.values())) <= 2
