"""The suffix of a generated name: a hash of what the object holds.

Facts: kustomize api/hasher/hasher.go. The name is never part of the hash: it is looked up under the
literal field "metadata/name", which no object has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from bisectops.kustomize.resource import Node
from bisectops.kustomize.scalars import go_json, text

_LETTERS = str.maketrans("013ae", "ghkmt")


def name_hash(content: Mapping[str, Node]) -> str:
    """Ten characters that change with a ConfigMap's or Secret's data (any other kind: with all of it)."""
    kind = content.get("kind")
    if kind == "ConfigMap":
        return _encoded(_hashed(content, kind, optional="binaryData"))
    if kind == "Secret":
        return _encoded(
            {**_hashed(content, kind, optional="stringData"), "type": _value(content.get("type"))}
        )
    return _encoded(content)


def _hashed(content: Mapping[str, Node], kind: str, *, optional: str) -> dict[str, Node]:
    hashed = {"kind": kind, "name": "", "data": _value(content.get("data"))}
    if isinstance(content.get(optional), dict):
        hashed[optional] = content[optional]
    return hashed


def _value(node: Node) -> Node:
    """An absent field counts as the empty string, a scalar as its text."""
    return node if isinstance(node, dict | list) else text(node)


def _encoded(hashed: Node) -> str:
    digest = hashlib.sha256(go_json(hashed).encode()).hexdigest()
    return digest[:10].translate(_LETTERS)
