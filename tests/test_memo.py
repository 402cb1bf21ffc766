"""Values remembered by what they read, absences included."""

from __future__ import annotations

from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot, Snapshot
from bisectops.memo import Memo, Question

A, B, FOLDER = RepoPath("a"), RepoPath("b"), RepoPath("folder")


def first_there(snapshot: Snapshot, key: str) -> bytes:
    """The first file's content, or the second's where there is no first."""
    return snapshot.read(A if snapshot.entry(A) else B)


def names(snapshot: Snapshot, key: str) -> tuple[str, ...]:
    return tuple(child.path for child in snapshot.children(FOLDER))


def test_a_value_is_made_once_for_equal_answers() -> None:
    memo = Memo(first_there)
    for other in "xyz":
        assert memo.get(MemorySnapshot({"a": "1", "never read": other}), "k").value == b"1"
    assert memo.made == 1


def test_a_file_that_appears_where_none_was_wakes_who_missed_it() -> None:
    memo = Memo(first_there)
    assert memo.get(MemorySnapshot({"b": "2"}), "k").value == b"2"
    assert memo.get(MemorySnapshot({"a": "1", "b": "2"}), "k").value == b"1"
    assert memo.made == 2


def test_what_was_true_before_is_remembered_when_it_is_true_again() -> None:
    memo = Memo(first_there)
    for content in ("1", "2", "1", "2"):
        assert memo.get(MemorySnapshot({"a": content}), "k").value == content.encode()
    assert memo.made == 2


def test_a_folder_s_names_count_and_its_files_contents_do_not() -> None:
    memo = Memo(names)
    memo.get(MemorySnapshot({"folder/x": "1"}), "k")
    assert memo.get(MemorySnapshot({"folder/x": "2"}), "k").value == ("folder/x",)
    assert memo.made == 1
    assert memo.get(MemorySnapshot({"folder/x": "1", "folder/y": ""}), "k").value == ("folder/x", "folder/y")
    assert memo.made == 2


def test_a_key_tells_values_apart() -> None:
    memo = Memo(first_there)
    snapshot = MemorySnapshot({"a": "1"})
    memo.get(snapshot, "one")
    memo.get(snapshot, "other")
    assert memo.made == 2


def test_hints_change_nothing_but_the_order_of_looking() -> None:
    memo = Memo(first_there)
    memo.get(MemorySnapshot({"a": "1"}), "k")
    hints = [(Question.CONTENT, A), (Question.CONTENT, B)]
    assert memo.get(MemorySnapshot({"a": "2"}), "k", hints).value == b"2"
    assert memo.get(MemorySnapshot({"a": "1"}), "k", hints).value == b"1"
    assert memo.made == 2


def test_only_so_many_values_are_kept_for_a_key() -> None:
    memo = Memo(first_there, traces_per_key=2)
    for content in ("1", "2", "3", "1"):
        memo.get(MemorySnapshot({"a": content}), "k")
    assert memo.made == 4


def test_the_key_that_nobody_asked_for_longest_is_forgotten() -> None:
    memo = Memo(first_there, keys=2)
    snapshot = MemorySnapshot({"a": "1"})
    for key in ("one", "two", "one", "three", "one", "two"):
        memo.get(snapshot, key)
    assert memo.made == 4
