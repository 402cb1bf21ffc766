"""Taking a change back from a file that went on changing."""

from __future__ import annotations

from bisectops.incident.counterfactual import hunks, taken_back

BEFORE = b"a: 1\nb: 2\nc: 3\n"
AFTER = b"a: 1\nb: broken\nc: 3\n"


def test_untouched_file_returns_to_what_it_was() -> None:
    assert taken_back(BEFORE, AFTER, AFTER) == BEFORE


def test_file_that_the_change_added_goes() -> None:
    assert taken_back(None, AFTER, AFTER) is None


def test_file_that_the_change_removed_comes_back() -> None:
    assert taken_back(BEFORE, None, None) == BEFORE


def test_later_edits_elsewhere_in_the_file_are_kept() -> None:
    now = b"a: 1\nb: broken\nc: 4\nd: 5\n"
    assert taken_back(BEFORE, AFTER, now) == b"a: 1\nb: 2\nc: 4\nd: 5\n"


def test_lines_that_were_removed_come_back_between_their_neighbours() -> None:
    after = b"a: 1\nc: 3\n"
    now = b"a: 1\nc: 3\nd: 4\n"
    assert taken_back(BEFORE, after, now) == b"a: 1\nb: 2\nc: 3\nd: 4\n"


def test_change_that_was_overwritten_since_returns_the_old_file() -> None:
    assert taken_back(BEFORE, AFTER, b"entirely: new\n") == BEFORE


def test_place_that_is_not_unique_returns_the_old_file() -> None:
    before, after = b"x\ny\n", b"x\nz\n"
    assert taken_back(before, after, b"x\nz\nx\nz\n") == before


def test_files_that_change_alike_have_equal_hunks() -> None:
    assert hunks(b"k: a\nold: 1\n", b"k: a\nnew: 1\n") == hunks(b"k: b\nold: 1\n", b"k: b\nnew: 1\n")
