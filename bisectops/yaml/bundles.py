"""The documents of large files, told from the last such files: a release changes a line in each of many."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from bisectops.yaml.composer import MAX_NODES, Node
from bisectops.yaml.revision import revised

_LARGE = 1 << 20
_KEPT = 2
_ANCHOR = re.compile(rb"[\s\[{,:?-]&")
"""By anchors a document may have more nodes than it has bytes, which are then counted anew."""

Said: TypeAlias = list[tuple[bytes, Node]]
"""Each document's text with the tree of what it says; None where that is nothing, or was not to be kept."""


class Bundles:
    """What the last large files said, document by document."""

    def __init__(self) -> None:
        self._last: deque[Said] = deque(maxlen=_KEPT)

    def told(self, texts: Sequence[bytes]) -> list[Node]:
        """The trees of a file's documents as far as the last files tell them, None for the others."""
        known = {text: tree for said in self._last for text, tree in said}
        alike = next((said for said in reversed(self._last) if len(said) == len(texts)), None)
        return [
            known[text] if text in known else _revised(alike[place], text) if alike else None
            for place, text in enumerate(texts)
        ]

    def keep(self, texts: Sequence[bytes], trees: Sequence[Node]) -> None:
        """Remember what a file's documents say."""
        if len(texts) > 1 and sum(map(len, texts)) <= _LARGE:
            self._last.append(
                [
                    (text, tree if _is_plain(text, tree) else None)
                    for text, tree in zip(texts, trees, strict=True)
                ]
            )


def _is_plain(text: bytes, tree: Node) -> bool:
    return type(tree) is dict and len(text) < MAX_NODES and not _ANCHOR.search(text)


def _revised(before: tuple[bytes, Node], text: bytes) -> Node:
    old, tree = before
    told = revised([tree], old, text) if tree is not None and len(text) < MAX_NODES else None
    return told[0] if told else None
