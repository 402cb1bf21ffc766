import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisectops.errors import BuildError
from bisectops.flux.envsubst import Unknown, expand
from bisectops.flux.kinds import flux_kustomization
from bisectops.flux.substitute import (
    PostBuildError,
    SubstitutionError,
    post_build,
    substitute,
    substitutes,
    symbols_in,
    variables,
)
from bisectops.yaml.reader import yaml_1_1
from bisectops.yaml.writer import dump

VALUES = {"A": "foo", "E": "", "PORT": "8080", "ON": "on", "URL": "https://x.y/z?a=b", "COLON": "a: b"}


def config_map(**data: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def value_of(text: str, **more: str) -> Any:
    return substitute(config_map(k=text), VALUES | more, strict=False)["data"]["k"]


def ks(**post_build: Any) -> Any:
    api = "kustomize.toolkit.fluxcd.io/v1"
    spec = {"postBuild": post_build} if post_build else {}
    return flux_kustomization({"apiVersion": api, "kind": "Kustomization", "metadata": {}, "spec": spec})


def test_an_object_without_a_dollar_is_returned_itself() -> None:
    tree = config_map(a="b", c="on")
    assert substitute(tree, VALUES, strict=True) is tree


def test_what_has_no_dollar_is_shared_with_the_object_before() -> None:
    tree = {"metadata": {"name": "x"}, "spec": {"a": ["${A}"], "b": ["plain"]}}
    done = substitute(tree, VALUES, strict=True)
    assert done == {"metadata": {"name": "x"}, "spec": {"a": ["foo"], "b": ["plain"]}}
    assert done["metadata"] is tree["metadata"]
    assert done["spec"]["b"] is tree["spec"]["b"]
    assert tree["spec"]["a"] == ["${A}"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "foo"),
        ("${PORT}", 8080),
        ("${PORT}s", "8080s"),
        ("${ON}", True),
        ("${E}", None),
        ("${M:-null}", None),
        ("${M:-y}", True),
        ("${M:-1.50}", 1.5),
        ("${M:-0x10}", 16),
        ("*.${A}", "*.foo"),
        ("*${E}", "*"),
        ("{${A}}", "{foo}"),
        ("Host(`${A}`)", "Host(`foo`)"),
        ("${URL}", "https://x.y/z?a=b"),
        ("a # ${A}", "a # foo"),
        ("it's ${A}", "it's foo"),
        ("k: ${A}", "k: foo"),
        ("\t${A}", "\tfoo"),
        ("#!/bin/sh\necho $${A} ${A}\n", "#!/bin/sh\necho ${A} foo\n"),
        ("a\n\n${E}\nb\n", "a\n\n\nb\n"),
        ("a\n${E}\n", "a\n"),
        ("a\n${A}", "a\nfoo"),
        ("pre ${E} " + "long " * 30 + "end", "pre  " + "long " * 30 + "end"),
    ],
)
def test_a_scalar_reads_back_by_yaml_1_1(text: str, value: Any) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_a_value_may_change_the_structure_of_the_text() -> None:
    assert value_of("${COLON}", COLON="{a: b}") == {"a": "b"}
    assert value_of("${COLON}", COLON="x #y") == "x"


def test_a_value_that_breaks_the_text_is_an_error_of_the_second_reading() -> None:
    with pytest.raises(SubstitutionError, match=r"^YAMLToJSON: yaml: "):
        value_of("${COLON}")


def test_keys_are_substituted_too() -> None:
    tree = config_map(**{"${A}": "x", "b": "${A}"})
    assert substitute(tree, VALUES, strict=True)["data"] == {"foo": "x", "b": "foo"}


def test_a_call_without_an_end_reads_on_into_the_next_line_of_the_object() -> None:
    tree = config_map(a="${A/x}", b="c/d}")
    assert substitute(tree, VALUES, strict=True)["data"] == {"a": "foo"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${A.b}", "variable substitution failed: missing closing brace"),
        ("${ A }", "variable substitution failed: unable to parse variable name"),
        ("${A/x}", "variable substitution failed: bad substitution"),
        ("${NOPE}", 'variable substitution failed: variable not set (strict mode): "NOPE"'),
    ],
)
def test_an_error_is_worded_as_flux_words_it(text: str, message: str) -> None:
    with pytest.raises(SubstitutionError) as caught:
        substitute(config_map(k=text), VALUES, strict=True)
    assert caught.value.message == message


def test_the_first_error_in_the_order_of_sorted_keys_is_the_one_told() -> None:
    with pytest.raises(SubstitutionError, match="parse variable name"):
        substitute(config_map(z="${A.b}", a="${}"), VALUES, strict=True)


def test_one_bad_variable_name_fails_every_object() -> None:
    with pytest.raises(SubstitutionError) as caught:
        substitute(config_map(a="no dollar"), {"my-key": "x"}, strict=False)
    expected = "'my-key' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"
    assert caught.value.message == expected


def test_later_variables_override_and_newlines_are_removed() -> None:
    assert variables([{"A": "1\n2\n", "B": "x"}, {"A": Unknown("s")}, {"B": "y"}]) == {
        "A": Unknown("s"),
        "B": "y",
    }
    assert variables([{"A": "1\n2\n"}]) == {"A": "12"}


def test_an_unknown_value_stays_symbolic_and_equal_to_itself() -> None:
    key = Unknown("flux-system/cluster-secrets:DOMAIN")
    one = substitute(config_map(k="a.${D}", n=["${D}"]), {"D": key}, strict=True)
    two = substitute(config_map(k="a.${D}", n=["${D}"]), {"D": key}, strict=True)
    assert one == two
    assert symbols_in(one) == {key}
    assert symbols_in(config_map(k="a")) == frozenset()


def test_symbols_survive_the_second_reading() -> None:
    key = Unknown("flux-system/cluster-secrets:DOMAIN")
    tree = substitute(config_map(**{"${D}": "\t${D}"}), {"D": key}, strict=True)
    assert tree["data"] == {str(key): f"\t{key}"}


def test_names_of_an_unseen_provider_are_unknown_instead_of_unset() -> None:
    tree = substitute(config_map(k="${A} ${NOPE}"), VALUES, strict=True, unseen="Secret/a/b")
    assert tree["data"]["k"] == f"foo {Unknown('Secret/a/b:NOPE')}"


def test_text_that_only_a_hidden_value_breaks_takes_the_default_that_it_gives() -> None:
    tree = config_map(k="${q:='}${COLON}${q:='}")
    assert substitute(tree, VALUES, strict=True, unseen="Secret/a/b")["data"]["k"] == "a: b"


def test_text_that_a_hidden_value_breaks_without_a_default_proves_nothing() -> None:
    before = config_map(k="${q}${COLON}")
    assert substitute(before, VALUES, strict=True, unseen="Secret/a/b") == before


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_a_label_or_annotation_disables_substitution_by_its_exact_value(field: str) -> None:
    name = "kustomize.toolkit.fluxcd.io/substitute"
    assert not substitutes({"metadata": {field: {name: "disabled"}}})
    assert substitutes({"metadata": {field: {name: "Disabled"}}})
    assert substitutes({"metadata": {field: ["odd"]}})


def test_nothing_is_touched_without_a_variable() -> None:
    tree = config_map(k="$${X:=d} ${}")
    assert post_build(tree, ks(substitute={}), {}, strict=True) is tree
    with pytest.raises(PostBuildError):
        post_build(tree, ks(substituteStrategy="Always"), {}, strict=True)


def test_nothing_is_touched_without_post_build_or_where_it_is_disabled() -> None:
    tree = config_map(k="${A}")
    assert post_build(tree, ks(), VALUES, strict=True) is tree
    off = tree | {"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}}}
    assert post_build(off, ks(substitute={}), VALUES, strict=True) is off


def test_a_failed_post_build_names_the_object() -> None:
    with pytest.raises(PostBuildError) as caught:
        post_build(config_map(k="${A.b}"), ks(substitute={}), VALUES, strict=True)
    assert caught.value.message == (
        "post build failed for 'ConfigMap.v1.[noGrp]/c': "
        "envsubst error: variable substitution failed: missing closing brace"
    )


SCALARS = st.one_of(
    st.text(alphabet="ab ${}A:-E'\"#\n*&[],.1ye\t/", max_size=30),
    st.lists(
        st.sampled_from(
            [
                "${A}",
                "${E}",
                "${PORT}",
                "${ON}",
                "${C}",
                "$$",
                "$",
                "x",
                " ",
                "\n",
                ": ",
                "#",
                "-",
                "long word " * 5,
                "'",
            ]
        ),
        max_size=8,
    ).map("".join),
)
TREES = st.recursive(
    SCALARS | st.integers(-(2**63), 2**64 - 1) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(
    TREES.map(lambda tree: {"k": tree}), st.sampled_from(["", "a: b", " x", "x  y", "'", "1e3", "- a", "z "])
)
def test_the_quick_way_and_the_whole_text_agree(tree: Any, odd: str) -> None:
    values = VALUES | {"C": odd}
    try:
        text = dump(tree)
        by_text = yaml_1_1(expand(text, values.get, strict=False)) if "$" in text else tree
    except BuildError as error:
        with pytest.raises(BuildError, match=re.escape(error.message)):
            substitute(tree, values, strict=False)
        return
    assert substitute(tree, values, strict=False) == by_text
