"""The cache: whole or not there, bounded, and never in the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bisectops.cache.place import default_folder
from bisectops.cache.store import FILE, Store, clear


def test_an_answer_outlives_the_run(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.put(b"key", b"answer")
    with closing(Store(tmp_path)) as store:
        assert store.get(b"key") == b"answer"
        assert store.get(b"other") is None


def test_without_a_folder_nothing_is_remembered() -> None:
    store = Store(None)
    store.put(b"key", b"answer")
    assert store.get(b"key") is None
    assert store.usage() is None


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    said: list[str] = []
    store = Store(in_the_way / "cache", warn=said.append)
    store.put(b"key", b"answer")
    assert store.get(b"key") is None
    assert len(said) == 1
    assert "going on without it" in said[0]


def test_a_full_disk_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    with closing(Store(tmp_path, warn=said.append)) as store:
        store.put(b"key", b"answer")
        store._connection.execute("pragma max_page_count = 1")  # type: ignore[union-attr]
        for number in range(3):
            store.put(b"%d" % number, bytes(range(256)) * 4096)
        assert store.get(b"key") is None
    assert len(said) == 1


def test_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database" * 500)
    said: list[str] = []
    with closing(Store(tmp_path, warn=said.append)) as store:
        store.put(b"key", b"answer")
        assert store.get(b"key") == b"answer"
    assert said == []


def test_an_answer_that_was_damaged_is_not_there(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.put(b"key", b"answer")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("update answers set answer = x'00'")
    with closing(Store(tmp_path)) as store:
        assert store.get(b"key") is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    noise = Random(1).randbytes(3000)
    with closing(Store(tmp_path, limit=17_000)) as store:
        for name in (b"old", b"older", b"used"):
            store.put(name, noise)
    with closing(Store(tmp_path, limit=17_000)) as store:
        assert store.get(b"used") == noise
        for name in (b"new", b"newer", b"newest"):
            store.put(name, noise)
        held = {name for name in (b"old", b"older", b"used", b"new", b"newer", b"newest") if store.get(name)}
        assert held == {b"used", b"new", b"newer", b"newest"}


def test_two_runs_share_one_cache(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as one, closing(Store(tmp_path)) as two:
        one.put(b"a", b"1")
        two.put(b"b", b"2")
        assert one.get(b"b") == b"2"
        assert two.get(b"a") == b"1"


def test_clearing_takes_only_what_is_the_cache_s(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    with closing(Store(tmp_path)) as store:
        store.put(b"key", b"answer")
    assert clear(tmp_path) > 0
    assert [file.name for file in tmp_path.iterdir()] == ["other"]


def test_the_user_s_cache_folder_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_folder() == Path("/somewhere/bisectops")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_folder() == Path("/home/me/.cache/bisectops")
