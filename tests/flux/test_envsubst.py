"""The grammar of envsubst, row by row; A is "foo", E is set and empty, M is unset."""

import pytest

from bisectops.errors import Unsupported
from bisectops.flux.envsubst import EnvsubstError, Unknown, expand, symbols

VARIABLES = {"A": "foo", "E": "", "P": "/usr/local/lib", "B": "straße", "U": str(Unknown("Secret/a/b#k"))}


def lenient(text: str) -> str:
    return expand(text, VARIABLES.get, strict=False)


def strict(text: str) -> str:
    return expand(text, VARIABLES.get, strict=True)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${A}", "foo"),
        ("$A", "$A"),
        ("$(A)", "$(A)"),
        ("$${A}", "${A}"),
        ("a$$b", "a$b"),
        ("$$", "$"),
        ("$$${A}", "$foo"),
        ("100$", "100$"),
        ("${M:-d}", "d"),
        ("${M:=d}", "d"),
        ("${M=d}", "d"),
        ("${E:-d}", "d"),
        ("${E:=d}", "d"),
        ("${E=d}", "d"),
        ("${M:+d}", "d"),
        ("${M:?d}", "d"),
        ("${A:+d}", "foo"),
        ("${A:?d}", "foo"),
        ("${M:-}", ""),
        ("${1:-q}", "q"),
        ("${é:-q}", "q"),
        ("${A:1}", "oo"),
        ("${A:1:1}", "o"),
        ("${A: -1}", "foo"),
        ("${A:-1}", "foo"),
        ("${A:9}", ""),
        ("${A:0:50}", "foo"),
        ("${A:x}", "foo"),
        ("${#A}", "3"),
        ("${#B}", "7"),
        ("${A^}", "Foo"),
        ("${A^^}", "FOO"),
        ("${B^^}", "STRAßE"),
        ("${A,,}", "foo"),
        ("${A,^}", "foo"),
        ("${P#*/}", "usr/local/lib"),
        ("${P##*/}", "lib"),
        ("${P%/*}", "/usr/local"),
        ("${P%%/*}", ""),
        ("${P#[a-z]}", "/usr/local/lib"),
        ("${P#/[t-v]?}", "r/local/lib"),
        ("${P#[}", "/usr/local/lib"),
        ("${A#*}", "oo"),
        ("${A##*}", ""),
        ("${A/o/0}", "f0o"),
        ("${A//o/0}", "f00"),
        ("${A//o/}", "f"),
        ("${A/#f/b}", "boo"),
        ("${A/%o/x}", "fox"),
        ("${A/#o/x}", "foo"),
        (r"${P//\//-}", "-usr-local-lib"),
        (r"${A/o/\/}", "f/o"),
        ("${M:-${A}}", "foo"),
        ("${M:-a${A}b${A}c}", "afoobfooc"),
        ("${M:-$$x}", "$$x"),
        ("${M:-x y: z}", "x y: z"),
        ("plain } text", "plain } text"),
    ],
)
def test_a_row_of_the_grammar_gives(text: str, result: str) -> None:
    assert lenient(text) == result
    assert strict(text) == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${M-d}", "missing closing brace"),
        ("${M+d}", "missing closing brace"),
        ("${FOO-BAR}", "missing closing brace"),
        ("${A.b}", "missing closing brace"),
        ("${A[0]}", "missing closing brace"),
        ("${A", "missing closing brace"),
        ("${", "unable to parse variable name"),
        ("${}", "unable to parse variable name"),
        ("${ A }", "unable to parse variable name"),
        ("${@}", "unable to parse variable name"),
        ("${!A}", "unable to parse variable name"),
        ("${$A}", "unable to parse variable name"),
        ("${A/x}", "bad substitution"),
        ("${#}", "bad substitution"),
        ("${#A:-x}", "bad substitution"),
        ("${A^^^}", "bad substitution"),
        ("${A:é}", "bad substitution"),
        ("${A:1${A}}", "bad substitution"),
        ("${A#${A}x}", "bad substitution"),
        ("${A:}", "unable to parse substitution within function"),
        ("${A::1}", "unable to parse substitution within function"),
        ("${A#}", "unable to parse substitution within function"),
        ("${M:-d", "unable to parse substitution within function"),
    ],
)
def test_a_row_of_the_grammar_fails(text: str, message: str) -> None:
    for run in (lenient, strict):
        with pytest.raises(EnvsubstError) as caught:
            run(text)
        assert caught.value.message == message


def test_a_negative_length_panics_in_the_controller() -> None:
    with pytest.raises(EnvsubstError, match="slice bounds out of range"):
        lenient("${A:1:-1}")


@pytest.mark.parametrize("text", ["${M}", "${#M}", "${M^^}", "${M/a/b}", "${M:0:1}", "${M#x}"])
def test_strict_mode_refuses_an_unset_variable_that_is_read(text: str) -> None:
    assert lenient(text) in ("", "0")
    with pytest.raises(EnvsubstError) as caught:
        strict(text)
    assert caught.value.message == 'variable not set (strict mode): "M"'


def test_strict_mode_judges_a_default_that_is_not_even_used() -> None:
    with pytest.raises(EnvsubstError) as caught:
        strict("${A:-${NOPE}}")
    assert caught.value.message == 'variable not set (strict mode): "NOPE"'
    assert lenient("${A:-${NOPE}}") == "foo"


def test_a_replacement_without_an_end_reads_on_to_the_next_slash_of_the_text() -> None:
    assert lenient("${A/x} and /y}") == "foo"


def test_values_are_never_expanded_again() -> None:
    assert expand("${A}", {"A": "${B}", "B": "x"}.get, strict=True) == "${B}"


def test_an_unknown_value_stays_a_symbol() -> None:
    unknown = Unknown("Secret/a/b#k")
    assert symbols(strict("https://${U}/x")) == {unknown}
    assert strict("${U}") == strict("${U:-other}") == str(unknown)


def test_what_is_made_from_an_unknown_value_is_a_symbol_of_its_own() -> None:
    (upper,) = symbols(strict("${U^^}"))
    assert upper != Unknown("Secret/a/b#k")
    assert symbols(strict("${U^^}-${U^^}")) == {upper}


def test_an_unknown_replacement_leaves_the_rest_readable() -> None:
    assert strict("${A/f/${U}}") == f"{Unknown('Secret/a/b#k')}oo"


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(Unsupported):
        lenient("${M:-" * 10_000)


def test_a_text_that_would_grow_without_end_is_refused() -> None:
    big = {"A": "x" * 1_000_000}
    with pytest.raises(Unsupported):
        expand("${A}" * 1_000, big.get, strict=False)
    with pytest.raises(Unsupported):
        expand("${A//x/${A}}", big.get, strict=False)


def test_a_pattern_of_many_stars_costs_linear_time() -> None:
    value = {"A": "a" * 100_000}
    assert expand("${A##" + "*a" * 30 + "*b}", value.get, strict=False) == value["A"]
