from __future__ import annotations

from dataclasses import replace

from bisectops.incident.incident import Incident
from bisectops.report.phrases import count, full_moment, joined, listed, moment, plural, role, several_years


def test_numbers_agree_with_their_nouns() -> None:
    assert count(1, "failure") == "1 failure"
    assert count(12345, "failure") == "12,345 failures"
    assert plural("OCIRepository") == "OCIRepositories"
    assert plural("HelmRelease") == "HelmReleases"


def test_a_list_hides_only_what_saves_room() -> None:
    assert listed(["a", "b", "c"], shown=2) == "a, b, c"
    assert listed(["a", "b", "c", "d"], shown=2) == "a, b, … and 2 more"


def test_phrases_are_joined_as_people_join_them() -> None:
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(["a", "b", "c"]) == "a, b and c"


def test_dates_are_the_authors_own(incident: Incident) -> None:
    date = incident.chain[0].commit.date
    assert moment(date, year=False) == "July 19, 15:19:36"
    assert moment(date, year=True) == "July 19, 2025, 15:19:36"
    assert full_moment(date) == "July 19, 2025, 15:19:36 +0200"


def test_the_authors_year_counts_and_not_utcs(incident: Incident) -> None:
    commit = incident.chain[0].commit
    new_year = replace(commit, time=1767222000, offset=-120)  # 2025-12-31 21:00 there
    assert not several_years([commit, new_year])
    assert several_years([commit, replace(new_year, offset=120)])


def test_a_change_is_architectural_when_it_reaches_several_objects(incident: Incident) -> None:
    link = incident.chain[0]
    assert role(link) == "initial architectural change"
    assert role(replace(link, introduced=link.introduced[:1])) == "initial change"
