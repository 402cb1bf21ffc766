"""A bound for edits that copy: a resource that doubles with each of them would never be printed."""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Node

NODES_ALLOWED = 500_000
"""Of one resource, as many as a document that is read may have."""


def bounded(content: Mapping[str, Node]) -> Mapping[str, Node]:
    """The content, unless it has grown beyond reason; shared parts count as often as they occur."""
    waiting: list[Node] = [content]
    seen = 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            seen += len(node)
            if seen > NODES_ALLOWED:
                raise BuildError(f"more than {NODES_ALLOWED} fields in one resource: not built")
            waiting += node.values() if isinstance(node, dict) else node
    return content
