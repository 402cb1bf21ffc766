import pytest

from bisectops.flux.glob import glob


def matches(pattern: str, text: str) -> bool:
    compiled = glob(pattern)
    return compiled is not None and compiled.longest.fullmatch(text) is not None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*.yaml", "a.yaml"),
        ("a?c", "abc"),
        ("[a-c]x", "bx"),
        ("[^a-c]x", "zx"),
        (r"\*", "*"),
        ("[[]", "["),
        (r"[\]]", "]"),
        ("a]", "a]"),
        ("*", ""),
        ("a.c", "a.c"),
        ("é*", "été"[:1] + "x"),
    ],
)
def test_a_pattern_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("*.yaml", "a.yml"), ("a.c", "abc"), ("[a-c]", "d"), ("[^a]", "a"), ("[b-a]", "a"), ("a", "ab")],
)
def test_a_pattern_does_not_match(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


@pytest.mark.parametrize("pattern", ["[", "[]", "[]a]", "[a", "[-a]", "[a-]", "[^]", "a\\", "*["])
def test_a_malformed_pattern_matches_nothing(pattern: str) -> None:
    assert glob(pattern) is None


def test_a_pattern_too_large_to_compile_matches_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert glob("[a-z]*?" * 200_000) is None
    assert capfd.readouterr().err == ""
