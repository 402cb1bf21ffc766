"""Histories as values: what reaches what."""

from __future__ import annotations

from bisectops.git.history import History
from bisectops.git.objects import Oid

A, B, C, D, E = (Oid(letter * 40) for letter in "abcde")
DIAMOND = History({A: (), B: (A,), C: (A,), D: (B, C), E: (D,)})


def test_no_commit_comes_before_an_ancestor() -> None:
    order = DIAMOND.oldest_first({E, D, C, B, A})
    assert order[0] == A
    assert order[-2:] == [D, E]


def test_a_merge_reaches_both_sides() -> None:
    assert DIAMOND.ancestors([D]) == {A, B, C, D}
    assert DIAMOND.ancestors([B, C]) == {A, B, C}


def test_a_commit_is_counted_once_by_whoever_reaches_it() -> None:
    assert DIAMOND.weights(frozenset((A, B, C, D, E))) == {A: 1, B: 2, C: 2, D: 4, E: 5}


def test_only_what_is_asked_about_counts() -> None:
    assert DIAMOND.weights(frozenset((C, D, E))) == {C: 1, D: 2, E: 3}


def test_parents_that_are_not_here_are_not_looked_at() -> None:
    history = History({B: (A,), C: (B,)})
    assert history.ancestors([C]) == {B, C}
    assert A not in history
