"""Which commits belong to a story, and the part each one played."""

from __future__ import annotations

from bisectops.flux.kinds import ks_id
from bisectops.git.objects import Oid, RepoPath
from bisectops.incident.chain import chain
from bisectops.incident.incident import Role
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.search.walk import Step


def finding(subject: str, missing: str, rule: str = "source-not-found") -> Finding:
    return Finding(
        rule=rule,
        certainty=Certainty.CERTAIN,
        subject=ks_id("default", subject),
        reference=Missing("OCIRepository", "default", missing, "spec.chartRef"),
        message=f"{missing} not found",
        origin=Origin(RepoPath("ks.yaml"), 0),
        because=(),
    )


def step(commit: str, *, came: tuple[Finding, ...] = (), went: tuple[Finding, ...] = ()) -> Step[Finding]:
    return Step(Oid(commit), came, went)


ECHO = finding("echo", "app-template")
GATUS = finding("gatus", "app-template")
OTHER = finding("loki", "grafana")


def roles(steps: list[Step[Finding]], present: list[Finding]) -> list[tuple[str, Role]]:
    return [(part.commit, part.role) for part in chain(steps, present)]


def test_story_starts_with_the_commit_since_which_the_failure_is_there() -> None:
    steps = [step("a", came=(OTHER,)), step("b", came=(ECHO,)), step("c", went=(OTHER,))]
    assert roles(steps, [ECHO]) == [("b", Role.INITIAL_CHANGE)]


def test_return_of_a_repaired_failure_is_a_regression() -> None:
    steps = [step("a", came=(ECHO,)), step("b", went=(ECHO,)), step("c", came=(ECHO,))]
    assert roles(steps, [ECHO]) == [("c", Role.REGRESSION)]


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
    parts = chain([step("a", came=(ECHO, GATUS)), step("b", went=(GATUS,))], [ECHO])
    assert [part.left for part in parts] == [(ECHO, GATUS), (ECHO,)]


def test_failure_older_than_the_line_has_no_chain() -> None:
    assert chain([step("a", came=(OTHER,))], [ECHO]) == ()


def test_failure_whose_target_changed_while_it_stayed_broken_starts_where_the_object_broke() -> None:
    other = finding("echo", "app-template-2")
    steps = [step("a", came=(ECHO,)), step("b", came=(other,), went=(ECHO,))]
    assert roles(steps, [other]) == [("a", Role.INITIAL_CHANGE), ("b", Role.ATTEMPTED_FIX)]


def test_failure_that_takes_the_place_of_one_older_than_the_line_is_older_too() -> None:
    other = finding("echo", "app-template-2")
    assert chain([step("a", came=(other,), went=(ECHO,))], [other]) == ()
