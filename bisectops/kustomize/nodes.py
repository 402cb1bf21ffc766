"""What a node is: missing, null, or of one of three kinds."""

from __future__ import annotations

from typing import Final

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Node


class _Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Stands for a node that is not there, as opposed to one that is null."""


def is_missing(node: Node) -> bool:
    """Whether there is no node, or a null one."""
    return node is None or node is MISSING


def node_kind(node: Node) -> str:
    """A node's kind in kyaml's words."""
    if isinstance(node, dict):
        return "MappingNode"
    return "SequenceNode" if isinstance(node, list) else "ScalarNode"


def wrong_kind(expected: str, node: Node) -> BuildError:
    """kyaml's complaint, without the contents that it prints: they may be secret."""
    return BuildError(f"wrong node kind: expected {expected} but got {node_kind(node)}")
