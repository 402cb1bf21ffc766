"""Which commits belong to a story, and the part each one played."""

from __future__ import annotations

from dataclasses import replace

from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import Oid, RepoPath
from bisectops.incident.chain import Born, Part, beginnings, chain
from bisectops.incident.incident import Role
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.search.walk import Step


def finding(
    subject: str, missing: str, rule: str = "source-not-found", kind: str = "OCIRepository"
) -> Finding:
    return Finding(
        rule=rule,
        certainty=Certainty.CERTAIN,
        subject=ks_id("default", subject),
        reference=Missing(kind, "default", missing, "spec.chartRef"),
        message=f"{missing} not found",
        origin=Origin(RepoPath("ks.yaml"), 0),
        because=(),
    )


def step(commit: str, *, came: tuple[Finding, ...] = (), went: tuple[Finding, ...] = ()) -> Step[Finding]:
    return Step(Oid(commit), came, went)


ECHO = finding("echo", "app-template")
GATUS = finding("gatus", "app-template")
OTHER = finding("loki", "grafana")


def never(commit: Oid, subject: ObjectId) -> bool:
    return False


def parts(steps: list[Step[Finding]], present: list[Finding], born: Born = never) -> tuple[Part, ...]:
    began = beginnings(steps, born)
    return chain(steps, {began[finding.id] for finding in present if finding.id in began})


def roles(steps: list[Step[Finding]], present: list[Finding], born: Born = never) -> list[tuple[str, Role]]:
    return [(part.commit, part.role) for part in parts(steps, present, born)]


def test_story_starts_with_the_commit_since_which_the_failure_is_there() -> None:
    steps = [step("a", came=(OTHER,)), step("b", came=(ECHO,)), step("c", went=(OTHER,))]
    assert roles(steps, [ECHO]) == [("b", Role.INITIAL_CHANGE)]


def test_return_of_a_repaired_failure_is_a_regression() -> None:
    steps = [step("a", came=(ECHO,)), step("b", went=(ECHO,)), step("c", came=(ECHO,))]
    assert roles(steps, [ECHO]) == [("c", Role.REGRESSION)]


def test_build_that_fails_for_another_reason_than_before_its_repair_is_no_regression() -> None:
    elsewhere = replace(BUILD, message="another file not found")
    steps = [step("a", came=(BUILD,)), step("b", went=(BUILD,)), step("c", came=(elsewhere,))]
    assert roles(steps, [elsewhere]) == [("c", Role.INITIAL_CHANGE)]


def test_commit_that_repairs_and_breaks_is_an_attempted_fix() -> None:
    key = finding("echo", "sops-age", "decryption-secret-missing")
    steps = [step("a", came=(ECHO, GATUS)), step("b", came=(key,), went=(GATUS,))]
    assert roles(steps, [ECHO, key]) == [("a", Role.INITIAL_CHANGE), ("b", Role.ATTEMPTED_FIX)]


def test_partial_fix_leaves_something_of_the_story() -> None:
    steps = [step("a", came=(ECHO, GATUS)), step("b", went=(GATUS,))]
    assert roles(steps, [ECHO])[1] == ("b", Role.PARTIAL_FIX)


def test_last_of_several_partial_fixes_of_one_rule_completes_it() -> None:
    first = finding("echo", "sops-age", "namespace-unspecified")
    second = finding("echo", "app-template", "namespace-unspecified")
    steps = [
        step("a", came=(ECHO, first, second)),
        step("b", went=(first,)),
        step("c", went=(second,)),
    ]
    assert [role for _, role in roles(steps, [ECHO])] == [
        Role.INITIAL_CHANGE,
        Role.PARTIAL_FIX,
        Role.COMPLETED_PARTIAL_FIX,
    ]


def test_same_object_elsewhere_belongs_to_the_story() -> None:
    moved = Finding(
        rule=ECHO.rule,
        certainty=ECHO.certainty,
        subject=ks_id("flux-system", "echo"),
        reference=ECHO.reference._replace(namespace="flux-system", name="other"),
        message="other not found",
        origin=ECHO.origin,
        because=(),
    )
    steps = [step("a", came=(ECHO,)), step("b", came=(moved,))]
    assert [commit for commit, _ in roles(steps, [ECHO])] == ["a", "b"]


def test_what_is_left_is_told_after_each_commit() -> None:
    told = parts([step("a", came=(ECHO, GATUS)), step("b", went=(GATUS,))], [ECHO])
    assert [part.left for part in told] == [(ECHO, GATUS), (ECHO,)]


def test_failure_older_than_the_line_has_no_chain() -> None:
    assert parts([step("a", came=(OTHER,))], [ECHO]) == ()


def test_failure_whose_target_changed_while_it_stayed_broken_starts_where_the_object_broke() -> None:
    other = finding("echo", "app-template-2")
    steps = [step("a", came=(ECHO,)), step("b", came=(other,), went=(ECHO,))]
    assert roles(steps, [other]) == [("a", Role.INITIAL_CHANGE), ("b", Role.ATTEMPTED_FIX)]


def test_failure_that_takes_the_place_of_one_older_than_the_line_is_older_too() -> None:
    other = finding("echo", "app-template-2")
    assert parts([step("a", came=(other,), went=(ECHO,))], [other]) == ()


PATH = finding("echo", "apps/echo", "build-failed", "Path")
BUILD = finding("echo", "apps/echo", "build-failed", "Build")
KEY = finding("echo", "sops-age", "encrypted-without-decryption", "Secret")


def test_folder_that_comes_and_cannot_be_built_is_another_failure_than_its_absence() -> None:
    steps = [step("a", came=(PATH,)), step("b", came=(BUILD,), went=(PATH,))]
    assert roles(steps, [BUILD]) == [("b", Role.ATTEMPTED_FIX)]


def test_build_that_fails_elsewhere_is_the_same_failure() -> None:
    elsewhere = finding("echo", "apps/gatus", "build-failed", "Build")
    steps = [step("a", came=(BUILD,)), step("b", came=(elsewhere,), went=(BUILD,))]
    assert roles(steps, [elsewhere])[0] == ("a", Role.INITIAL_CHANGE)


def test_what_shows_when_a_ks_is_built_for_the_first_time_is_as_old_as_the_ks() -> None:
    steps = [step("a", came=(PATH,)), step("b", came=(KEY,), went=(PATH,))]
    assert roles(steps, [KEY], lambda commit, _: commit == "a") == [
        ("a", Role.INITIAL_CHANGE),
        ("b", Role.ATTEMPTED_FIX),
    ]


def test_what_shows_when_a_ks_is_built_again_came_with_that_commit_if_it_was_built_before() -> None:
    steps = [step("a", came=(PATH,)), step("b", came=(KEY,), went=(PATH,))]
    assert roles(steps, [KEY]) == [("b", Role.ATTEMPTED_FIX)]
