"""Selectors, each answer and each complaint as `kubectl kustomize` v5.5.0 gave it."""

from __future__ import annotations

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.label_selector import matches
from bisectops.kustomize.resource import Gvk, ResId
from bisectops.kustomize.selector import check, selects

RELEASE = ResId(Gvk("helm.toolkit.fluxcd.io", "v2", "HelmRelease"), "four.x", "")
NAMESPACE = ResId(Gvk("", "v1", "Namespace"), "three", "")
LABELS = {"a": "b", "n": "5", "t": "true", "x.y/z": "w", "e": ""}


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("name", "four.x"),
        ("name", "four.*"),
        ("name", "one|four.x"),
        ("name", "(?i)FOUR.X"),
        ("name", ""),
        ("kind", "Helm.*|Deployment"),
        ("group", "helm.toolkit.fluxcd.io"),
        ("version", "v[12]"),
        ("namespace", "default"),
    ],
)
def test_field_selects_by_a_whole_expression(field: str, pattern: str) -> None:
    assert selects({field: pattern}, [RELEASE], {}, {})


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("name", "four"),
        ("name", "x"),
        ("kind", "Helm"),
        ("version", "v"),
        ("group", "helm"),
        ("namespace", "ns"),
    ],
)
def test_part_of_a_field_is_not_selected(field: str, pattern: str) -> None:
    assert not selects({field: pattern}, [RELEASE], {}, {})


def test_dot_stands_for_any_character() -> None:
    assert selects({"name": "fourxx|four.x"}, [RELEASE], {}, {})
    assert selects({"name": "f.u..x"}, [RELEASE], {}, {})


def test_original_name_and_namespace_are_selected_as_well_as_the_current_ones() -> None:
    renamed = RELEASE._replace(name="p-four.x", namespace="apps")
    assert selects({"name": "four.x", "namespace": "apps"}, [RELEASE, renamed], {}, {})
    assert selects({"name": "p-four.x", "namespace": "default"}, [RELEASE, renamed], {}, {})


def test_name_between_the_original_and_the_current_one_is_not_selected() -> None:
    between, current = RELEASE._replace(name="p-four.x"), RELEASE._replace(name="q-p-four.x")
    assert not selects({"name": "p-four.x"}, [RELEASE, between, current], {}, {})


def test_cluster_scoped_kind_has_a_namespace_of_its_own() -> None:
    assert selects({"namespace": "_non_namespaceable_"}, [NAMESPACE], {}, {})
    assert not selects({"namespace": "default"}, [NAMESPACE], {}, {})


def test_labels_and_annotations_are_selected_together() -> None:
    wanted = {"labelSelector": "a=b", "annotationSelector": "q"}
    assert selects(wanted, [RELEASE], LABELS, {"q": "r"})
    assert not selects(wanted, [RELEASE], LABELS, {})


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "a",
        "!zz",
        "! zz",
        "a=b",
        "a == b",
        "a!=c",
        "zz!=c",
        "e=",
        "e",
        "e in ()",
        "a in (b,c)",
        "a in (,b)",
        "zz notin (b)",
        "a notin (c)",
        "n>4",
        "n<6",
        "a=b,n=5",
        " a = b , x.y/z = w ",
        "t=true",
        "a in (in,b)",
    ],
)
def test_labels_meet(selector: str) -> None:
    assert matches(selector, LABELS)


@pytest.mark.parametrize(
    "selector",
    [
        "zz",
        "!a",
        "a=c",
        "a!=b",
        "e=x",
        "a in (c)",
        "a notin (b)",
        "zz in (b)",
        "n>5",
        "n<5",
        "a>3",
        "a=b,n=6",
        "zz>1",
        "a in ()",
    ],
)
def test_labels_miss(selector: str) -> None:
    assert not matches(selector, LABELS)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("(x", "found '(', expected: !, identifier, or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a=(", "unable to parse requirement: found '(', expected: identifier"),
        ("a>x", "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer"),
        (
            "a=-x",
            'unable to parse requirement: invalid label value: "-x": at key: "a": a valid label must be',
        ),
        ("-a", 'unable to parse requirement: invalid label key "-a": name part must consist of'),
        ("/a", 'unable to parse requirement: invalid label key "/a": prefix part must be non-empty'),
        ("a/b/c", 'unable to parse requirement: invalid label key "a/b/c": a qualified name must consist of'),
    ],
)
def test_malformed_label_selector_fails_in_kubernetes_words(selector: str, message: str) -> None:
    with pytest.raises(BuildError) as failure:
        matches(selector, LABELS)
    assert failure.value.message.startswith(message)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a(", "missing closing ): `^(?:a()$`"),
        ("*a", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("(?=x)", "invalid or unsupported Perl syntax: `(?=`"),
        ("a))", "unexpected ): `^(?:a)))$`"),
    ],
)
def test_malformed_expression_fails_in_go_s_words(pattern: str, message: str) -> None:
    with pytest.raises(BuildError) as failure:
        check({"name": pattern})
    assert failure.value.message == f"error parsing regexp: {message}"
