"""Large files are parsed where they differ from the last ones."""

from __future__ import annotations

import pytest

from bisectops.errors import YamlError
from bisectops.yaml import reader
from bisectops.yaml.bundles import Bundles

DOCUMENT = """\
kind: CustomResourceDefinition
metadata:
  name: name-{n}
  labels:
    version: v1.{n}.0
spec:
  text: |
    {filler}
"""


def bundle(count: int = 8, version: str = ".0", tail: str = "") -> str:
    documents = (
        DOCUMENT.format(n=n, filler="what it is for. " * 200).replace(".0\n", f"{version}\n")
        for n in range(count)
    )
    return "---\n".join(documents) + tail


def spelling(node: object) -> object:
    """A tree with the types and the spelling of its values."""
    if isinstance(node, dict):
        return [(key, spelling(value)) for key, value in node.items()]
    if isinstance(node, list | tuple):
        return [spelling(item) for item in node]
    return type(node), node, getattr(node, "spelling", None)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The texts that are parsed from here on, nothing remembered of what was read before."""
    texts: list[bytes] = []
    composer = reader.Composer

    def noted(text: bytes, nodes: int) -> reader.Composer:
        texts.append(text)
        return composer(text, nodes)

    monkeypatch.setattr(reader, "Composer", noted)
    monkeypatch.setattr(reader, "_bundles", Bundles())
    return texts


def afresh(text: str, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as context:
        context.setattr(reader, "_bundles", Bundles())
        return spelling(reader.documents(text.encode()))


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        (bundle(), bundle(version=".1"), 0),
        (bundle(), bundle(tail="extra: 1\n"), 1),
        (bundle(), bundle(9), 1),
        (bundle(), bundle(7), 0),
        (bundle(), bundle(version=".1, .2"), 8),
        (bundle(tail="---\n# nothing\n"), bundle(tail="---\na: 1\n"), 1),
        (bundle(tail="---\na: &x 1\nb: *x\n"), bundle(version=".1", tail="---\na: &x 1\nb: *x\n"), 1),
        (bundle(tail="---\n- 1\n"), bundle(version=".1", tail="---\n- 1\n"), 1),
    ],
)
def test_documents_that_are_another_are_parsed(
    old: str, new: str, count: int, parsed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.documents(old.encode())
    parsed.clear()
    told = spelling(reader.documents(new.encode()))
    assert len(parsed) == count
    assert told == afresh(new, monkeypatch)


def test_broken_document_is_told_though_the_others_are_known(parsed: list[bytes]) -> None:
    reader.documents(bundle().encode())
    with pytest.raises(YamlError, match="did not find expected"):
        reader.documents(bundle(tail="a: [\n").encode())
    assert len(parsed) == 9
