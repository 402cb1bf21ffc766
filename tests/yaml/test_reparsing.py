"""What is parsed where it differs says what parsing all of it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisectops.errors import YamlError
from bisectops.yaml import reader
from bisectops.yaml.reader import chunks
from bisectops.yaml.reparsing import reparsed

RELEASE = """\
---
# yaml-language-server: $schema=https://example.org/release.json
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: &app web
  # what it is
  namespace: default
spec:
  interval: 1h
  dependsOn:
  - name: db
    namespace: data
  - name: cache
  values:
    controllers:
      web:
        replicas: 2
        pod: {labels: {app: web}, "quoted": [1, 2]}
        script: |
          first: line
            second: line

          third: line
        folded: >-
          one
          two
        text: "runs
          on: two lines"
        plain: runs
          on
    empty:
    nothing: ~
    on: yes
    ports:
      - name: http
        port: 8080
      -
        name: https
    last:
      deep:
        deeper: true
---
kind: ConfigMap
data:
  a: b
"""
FRAGMENTS = (
    *("# c", "", "x: 1", "a: {b: c", "}", "- z: 1", "b: |", "- ", "<<: {a: 1}", "1: 2", "? q", "---", "..."),
    *(
        "c: &x 1",
        "d: *app",
        'e: "',
        "'",
        '"',
        "f: >-",
        "g: !!str 1",
        "\tx: 1",
        "[1,",
        "2]",
        "%YAML 1.1",
        "yes: no",
    ),
    *("j: \x85k: l", "spec:", "values:", "kind: X", "&y", "h: !t {}"),
)


def said(text: str) -> object:
    """What a text says, with all that its values remember; None where it is refused."""
    try:
        return spelling(reader._documents(text.encode("utf-8", "surrogateescape"), ""))
    except YamlError:
        return None


def spelling(node: object) -> object:
    """A tree with the types and the spelling of its keys and values."""
    if isinstance(node, dict):
        return [(spelling(key), spelling(value)) for key, value in node.items()]
    if isinstance(node, list | tuple):
        return [spelling(item) for item in node]
    return type(node), repr(node), getattr(node, "spelling", None)


def told(old: str, new: str) -> object:
    before, after = old.encode(), new.encode()
    try:
        texts = [[text for _, text in chunks(each)] for each in (before, after)]
    except YamlError:
        return None
    found = reparsed(reader._documents(before, ""), *texts)
    return None if found is None else spelling(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("replicas: 2", "replicas: 3"),
        ("        replicas: 2\n", ""),
        ("        replicas: 2\n", "        replicas: 2\n        strategy:\n          type: Recreate\n"),
        ("        deeper: true\n", "        deeper: true\n      beside: 1\n    above: 2\n"),
        ("  interval: 1h\n", "  interval: 1h\n  timeout: 5m # long\n"),
        ("third: line", "third: 'line"),
        ("    on: yes\n", "    off: no\n"),
        ("    nothing: ~\n", "    nothing:\n    more: 1\n"),
        ("  - name: cache\n", "  - name: cache\n  - name: queue\n"),
        ("# yaml-language-server", "# something else"),
        ("  a: b\n", ""),
        ("  values:\n", "values:\n"),
        ("  a: b\n", "  a: c\n  d: e\n"),
        ("    empty:\n", ""),
    ],
)
def test_edit_is_told_without_parsing_all(old: str, new: str) -> None:
    assert old in RELEASE
    changed = RELEASE.replace(old, new, 1)
    assert told(RELEASE, changed) == said(changed) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: &app web", "name: &other web"),
        ("name: &app web", "name: web"),
        ("replicas: 2", "replicas: *app"),
        ("replicas: 2", "<<: {replicas: 3}"),
        ("replicas: 2", "script: 2"),
        ("replicas: 2", 'replicas: "2'),
        ("---\nkind: ConfigMap", "kind: ConfigMap"),
        ("  interval: 1h\n", "---\n  interval: 1h\n"),
        ("  # what it is\n", ""),
        ("  a: b\n", "  a: b"),
    ],
)
def test_where_more_may_follow_from_an_edit_all_is_parsed(old: str, new: str) -> None:
    assert old in RELEASE
    assert told(RELEASE, RELEASE.replace(old, new, 1)) is None


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The text with some of its lines put elsewhere, dropped, indented or written anew."""
    lines = RELEASE.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        lines[place : place + 1] = draw(st.sampled_from(list(_instead(lines, place, draw))))
    return "\n".join(lines)


def _instead(lines: list[str], place: int, draw: st.DrawFn) -> Iterator[list[str]]:
    line, indent = lines[place], draw(st.integers(0, 10)) * " "
    fragment = draw(st.sampled_from(FRAGMENTS))
    yield []
    yield [line, line]
    yield [f" {line}"]
    yield [line[1:]]
    yield [line, indent + fragment]
    yield [line, lines[draw(st.integers(0, len(lines) - 1))]]
    yield [line[: len(line) - len(line.lstrip())] + fragment, line]
    yield [line + draw(st.sampled_from((" # c", "x", '"', ":", " |", "{", "-")))]
    yield [line.replace(": ", ":\n", 1)]


@settings(max_examples=1500, deadline=None, derandomize=True, database=None)
@given(edited())
def test_whatever_is_told_is_what_parsing_tells(new: str) -> None:
    found = told(RELEASE, new)
    assert found is None or found == said(new)
