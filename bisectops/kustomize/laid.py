"""What came of a patch on an object, remembered by the two: most objects of a build are the last one's.

Trees are never changed in place, and an entry holds what it is about, so that no other tree can take its
identity.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from bisectops.kustomize.resource import Node
from bisectops.memo import Bounded

T = TypeVar("T")

_KEPT = 4_000
_known: Bounded[tuple[int, int, Hashable], tuple[Node, Node, Node]] = Bounded(_KEPT)


def laid(content: Node, patch: Node, how: Hashable, make: Callable[[], T]) -> T:
    """What `make` makes of a patch on an object; `how` is all else that it depends on."""
    key = (id(content), id(patch), how)
    entry = _known.get(key)
    if entry is None:
        entry = _known[key] = (content, patch, make())
    made: T = entry[2]
    return made
