from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bisectops.incident.incident import Bystander, Incident
from bisectops.report.lines import Span, Style, line, plain, wrapped
from bisectops.report.text import text

COMMAND = "bisectops blame-break good..main --format markdown -o report.md"


def shown(incident: Incident) -> str:
    return plain(text(incident, report_command=COMMAND))


def test_the_culprit_comes_first(incident: Incident) -> None:
    first, who, why, *_ = shown(incident).splitlines()
    assert first == "bbbbbbb broke it: feat(apps): one kustomization for all apps"
    assert who == "  Jonas Ekberg, July 19, 2025, 15:19:36 +0200"
    assert why == "  sops-age is no longer made in the namespaces that decrypt with it"


def test_the_chain_and_the_failures_by_cause_follow(incident: Incident) -> None:
    answer = shown(incident)
    assert (
        "  bbbbbbb  July 19, 15:19:36  initial architectural change\n"
        "           feat(apps): one kustomization for all apps\n"
        "           +8 source-not-found\n"
        "  ccccccc  July 19, 15:36:55  attempted fix\n"
    ) in answer
    assert "What fails at ddddddd: 23 failures, 2 causes\n" in answer
    assert '   15  decryption-secret-missing, since ccccccc\n       secrets "sops-age" not found\n' in answer
    assert "       HelmReleases default/app-00, default/app-01, default/app-02, … and 5 more\n" in answer
    assert "    2  dependency-not-ready, which follows from these\n" in answer
    assert "       Kustomizations default/echo, default/home-assistant\n" in answer


def test_a_commit_that_gives_and_takes_says_both(incident: Incident) -> None:
    first, second = incident.chain
    both = replace(second, resolved=first.introduced[:3])
    answer = shown(replace(incident, chain=(first, both)))
    assert "           +15 decryption-secret-missing, -3 source-not-found\n" in answer


def test_the_answer_says_what_to_do_next(incident: Incident) -> None:
    answer = shown(incident)
    assert "  Verified in memory: repairs 23 of 23 failures, breaks nothing.\n" in answer
    assert f"    {COMMAND}\n" in answer


def test_it_fits_a_terminal(incident: Incident) -> None:
    lines = shown(incident).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40


def test_a_long_story_is_cut_to_a_screen(incident: Incident) -> None:
    bystanders = tuple(Bystander(incident.bad, "it only looks so") for _ in range(30))
    long = replace(incident, chain=incident.chain * 20, causes=incident.causes * 20, not_to_blame=bystanders)
    answer = shown(long)
    assert "  … and 32 more commits\n" in answer
    assert "  … and 34 more causes\n" in answer
    assert "  ddddddd, ddddddd, ddddddd, ddddddd and 26 more only look guilty: the report\n" in answer


def test_many_notes_leave_the_rest_to_the_report(incident: Incident) -> None:
    answer = shown(replace(incident, notes=tuple(f"note {number}" for number in range(9))))
    assert "  note 2\n  … and 7 more in the report\n" in answer


def test_a_long_reason_is_cut_between_its_clauses(incident: Incident) -> None:
    clauses = [f"{number} HelmReleases do not find OCIRepository `app-template`" for number in range(9)]
    answer = shown(replace(incident, root_cause="; ".join(clauses)))
    reason = " ".join(answer.partition("+0200\n")[2].partition("\n\n")[0].split())
    assert reason == "; ".join(clauses[:3]).replace("`", "") + "; …"


def test_a_long_repair_is_cut_between_its_words(incident: Incident) -> None:
    [repair] = incident.resolutions
    answer = shown(replace(incident, resolutions=(replace(repair, explanation="many words " * 90),)))
    told = answer.partition("What to do next\n")[2].partition("  Verified")[0]
    assert told.endswith((" many …\n", " words …\n"))
    assert len(told.splitlines()) == 3


def test_nothing_broken_is_said_in_one_line(healthy: Incident) -> None:
    assert shown(healthy).startswith(
        "Nothing is broken at ddddddd.\n  30 commits searched, aaaaaaa..ddddddd.\n"
    )


def test_failures_older_than_the_range_have_no_culprit(older: Incident) -> None:
    answer = shown(older)
    assert answer.startswith("Broken already at aaaaaaa: no commit of the range introduced it.\n")
    assert "decryption-secret-missing, older than the range" in answer


def test_a_hostile_subject_moves_no_cursor(incident: Incident) -> None:
    assert incident.culprit is not None
    hostile = replace(incident.culprit.commit, message="a\x1b[2Jb")
    answer = shown(replace(incident, culprit=replace(incident.culprit, commit=hostile)))
    assert "\x1b" not in answer
    assert "a\\x1b[2Jb" in answer


def test_a_word_keeps_its_styles_when_a_line_is_broken() -> None:
    spans = line("one ", Span("two", Style.OBJECT), ", three")
    broken = list(wrapped(spans, width=8, indent=1, hanging=3))
    assert plain(broken) == " one\n   two,\n   three\n"
    assert broken[1] == (Span("   "), Span("two", Style.OBJECT), Span(","))


def test_neighbours_in_one_style_are_one_span() -> None:
    [unbroken] = wrapped(line("a b ", Span("c d", Style.OBJECT)), width=80)
    assert unbroken == (Span("a b "), Span("c d", Style.OBJECT))


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=12), min_size=1), st.integers(14, 30))
def test_wrapping_loses_no_word_and_fits(words: list[str], width: int) -> None:
    broken = plain(wrapped(line(" ".join(words)), width=width, indent=2)).splitlines()
    assert " ".join(broken).split() == words
    assert max(map(len, broken)) <= width
