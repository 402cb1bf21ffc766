"""What a text says is told from an older version of it only where parsing would say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisectops.errors import YamlError
from bisectops.yaml import reader
from bisectops.yaml.reader import documents, revise
from bisectops.yaml.revision import revised

RELEASE = """
kind: HelmRelease
metadata: {name: app}
spec:
  values:
    image: &image
      repository: ghcr.io/app
      tag: v1.2.3 # renovate
    sidecar: *image
    script: |
      tag: v7.7.7
    ports:
      - name: http
        port: 8080
    version: "4.5"
    ratio: 1.10
"""


def told(old: str, new: str) -> object:
    return revised(documents(old.encode()), old.encode(), new.encode())


def spelling(node: object) -> object:
    """A tree with all that values and keys remember of how they are written."""
    if isinstance(node, dict):
        return [(spelling(key), spelling(value)) for key, value in node.items()]
    if isinstance(node, list | tuple):
        return [spelling(item) for item in node]
    return type(node), node, getattr(node, "spelling", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("8080", "8443"),
        ('"4.5"', '"4.6"'),
        ("1.10", "1.20"),
        ("1.10", "0x1F"),
        ("ghcr.io/app # x", "docker.io/app"),
    ],
)
def test_another_value_in_a_line_is_put_into_the_same_place(old: str, new: str) -> None:
    text = RELEASE.replace("    sidecar: *image\n", "").replace("ghcr.io/app", "ghcr.io/app # x")
    changed = text.replace(old, new)
    assert spelling(told(text, changed)) == spelling(documents(changed.encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("---\n# one\n", "---\n# another\n\n"),
        ("# one\n---\n", "---\n"),
        ("", "# one\n---\n# two\n"),
    ],
)
def test_comments_before_a_text_are_no_part_of_it(old: str, new: str) -> None:
    before, after = old + RELEASE, new + RELEASE
    assert spelling(told(before, after)) == spelling(documents(after.encode()))


@pytest.mark.parametrize("hidden", [r"\x76.7.7", r"v7\u002e7.7", "v7.7\\\n      .7"])
def test_value_that_may_be_spelt_otherwise_is_not_looked_for(hidden: str) -> None:
    text = f'{RELEASE}    tag: "{hidden}"\n'
    assert told(text, text.replace("v7.7.7", "v7.7.8")) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v1.2.3", "v1.2.4"),  # stands in two places, through the alias
        ("v7.7.7", "v7.7.8"),  # text, not a value
        ("1.10", "true"),  # kept by the key
        ("port: 8080", "port: 8080\n        host: a"),
        ("ports:", "pots:"),
        ("name: http", "name: 'http'"),
        ("app}", "app, a: b}"),
        ("8080", "80: 80"),
        ("8080", "[80]"),
        ("ghcr.io/app", "app"),  # and through the alias too
        ("1.10", "1.20 #\x07"),
    ],
)
def test_where_a_line_does_not_tell_it_is_parsed(old: str, new: str) -> None:
    assert told(RELEASE, RELEASE.replace(old, new)) is None


@pytest.mark.parametrize(
    "text",
    ['a: "v\\x31.1"\nb: |\n  a: v1.1\n', "a: !!binary djEuMQ==\nb: |\n  a: v1.1\n", "a: v1.1\nb: v1.1\n"],
)
def test_a_value_that_may_have_come_from_elsewhere_is_not_told(text: str) -> None:
    assert told(text, text.replace("a: v1.1", "a: v2.2")) is None


def test_the_older_version_stays_as_it_is() -> None:
    before = documents(RELEASE.encode())
    told(RELEASE, RELEASE.replace("8080", "8443"))
    assert spelling(before) == spelling(documents(RELEASE.encode()))


def test_a_revision_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (RELEASE.replace("8080", port).encode() for port in ("8111", "8222"))
    documents(old)
    revise(old, new)
    monkeypatch.setattr(reader, "_documents", lambda data, where: pytest.fail("parsed"))
    assert documents(new)[0]["spec"]["values"]["ports"][0]["port"] == 8222


_SCALARS = st.sampled_from(
    [
        "v1.2",
        "12",
        "1.10",
        "0x1F",
        "true",
        '"12"',
        "'v1.2'",
        "a b",
        "2020-01-01",
        "12:30:45",
        "~",
        "x:y",
        "&a v1.2",
    ]
)
_LINES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "<<", "k8s/x"]), st.integers(0, 2), st.sampled_from(["", "- "]), _SCALARS
    ),
    min_size=1,
    max_size=6,
)


def _text(lines: list[tuple[str, int, str, str]]) -> str:
    return "".join(f"{'  ' * depth}{item}{key}: {value}\n" for key, depth, item, value in lines)


@given(
    _LINES,
    st.integers(0, 5),
    _SCALARS,
    st.sampled_from(["", "t: |\n", "t: >-\n", 't: "\n', "t: {\n", "t:\n"]),
)
def test_a_revision_is_what_parsing_tells(
    lines: list[tuple[str, int, str, str]], at: int, value: str, before: str
) -> None:
    at %= len(lines)
    old, new = lines, [*lines[:at], (*lines[at][:3], value), *lines[at + 1 :]]
    try:
        found = told(before + _text(old), before + _text(new))
    except YamlError:
        return  # the old one is no YAML
    if found is not None:
        assert spelling(found) == spelling(documents((before + _text(new)).encode()))
