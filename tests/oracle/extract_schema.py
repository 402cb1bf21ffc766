"""Distil what kustomize knows of Kubernetes' kinds into the package's schema_data.json.

    python tests/oracle/extract_schema.py KUSTOMIZE_CHECKOUT > bisectops/kustomize/schema_data.json

The input is the OpenAPI document compiled into kustomize, a protocol buffer of gnostic's openapi.v2
messages; only what decides a merge or a scope is kept: merge keys, the path to them, cluster scope.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SWAGGER = "kyaml/openapi/kubernetesapi/v1_21_2/swagger.pb"
KEPT = ("x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key", "x-kubernetes-list-map-keys")
GVK = "x-kubernetes-group-version-kind"

# Field numbers of openapi.v2 messages.
DOCUMENT_PATHS, DOCUMENT_DEFINITIONS = 8, 9
PATHS_PATH, PATH_GET, OPERATION_EXTENSION = 2, 2, 13
NAME, VALUE, ANY_YAML, WRAPPED = 1, 2, 2, 1
SCHEMA_REF, SCHEMA_ADDITIONAL, SCHEMA_TYPE = 1, 21, 22
SCHEMA_ITEMS, SCHEMA_PROPERTIES, SCHEMA_EXTENSION = 23, 25, 31


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; scalars are skipped, nothing needed is one."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        match tag & 7:
            case 0:
                _, at = varint(data, at)
            case 1:
                at += 8
            case 5:
                at += 4
            case _:
                length, at = varint(data, at)
                yield tag >> 3, data[at : at + length]
                at += length


def every(data: bytes, number: int) -> list[bytes]:
    return [value for field, value in fields(data) if field == number]


def first(data: bytes, number: int) -> bytes | None:
    return next(iter(every(data, number)), None)


def named(data: bytes, number: int) -> Iterator[tuple[str, bytes]]:
    for item in every(data, number):
        yield (first(item, NAME) or b"").decode(), first(item, VALUE) or b""


def extensions(data: bytes, number: int) -> dict[str, Any]:
    """Vendor extensions, whose values gnostic keeps as YAML."""
    return {name: yaml.safe_load(first(value, ANY_YAML) or b"") for name, value in named(data, number)}


def schema(data: bytes) -> dict[str, Any]:
    if (ref := first(data, SCHEMA_REF)) is not None:
        return {"$ref": ref.decode()}
    kept = {key: value for key, value in extensions(data, SCHEMA_EXTENSION).items() if key in (*KEPT, GVK)}
    types = [item.decode() for holder in every(data, SCHEMA_TYPE) for item in every(holder, WRAPPED)]
    if types in (["array"], ["object"]):
        kept["type"] = types[0]
    if (items := first(data, SCHEMA_ITEMS)) is not None:
        kept["items"] = schema(first(items, WRAPPED) or b"")
    if (more := first(data, SCHEMA_ADDITIONAL)) is not None and (inner := first(more, WRAPPED)) is not None:
        kept["additionalProperties"] = schema(inner)
    if (holder := first(data, SCHEMA_PROPERTIES)) is not None:
        kept["properties"] = {name: schema(value) for name, value in named(holder, WRAPPED)}
    return kept


def pruned(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    """A schema without what cannot change a merge: scalars and lists that are replaced whole."""
    if "$ref" in node:
        target = definitions[node["$ref"].removeprefix("#/definitions/")]
        return node if target.get("type") == "object" or "properties" in target else None
    if node.get("type") == "array":
        if "merge" not in node.get(KEPT[0], "").split(","):
            return None
        items = pruned(node["items"], definitions)
        return {**{key: node[key] for key in (*KEPT, "type") if key in node}, "items": items or {}}
    if node.get("type") != "object" and "properties" not in node:
        return None
    kept: dict[str, Any] = {GVK: node[GVK]} if GVK in node else {}
    if (more := node.get("additionalProperties")) is not None:
        kept["additionalProperties"] = pruned(more, definitions) or {}
    properties = {name: pruned(child, definitions) for name, child in node.get("properties", {}).items()}
    if known := {name: child for name, child in properties.items() if child is not None}:
        kept["properties"] = known
    return kept


def reachable(definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions of kinds, and those that they lead to."""
    found: dict[str, Any] = {}
    waiting = [name for name, node in definitions.items() if node.get(GVK)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting += list(references(definitions[name]))
    return dict(sorted(found.items()))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix("#/definitions/")
        for child in node.values():
            yield from references(child)


def scopes(document: bytes) -> dict[str, bool]:
    """Whether a kind, "version kind" with its group, lives in namespaces: read from the API's paths."""
    found: dict[str, bool] = {}
    paths = first(document, DOCUMENT_PATHS) or b""
    for path, item in named(paths, PATHS_PATH):
        operation = first(item, PATH_GET)
        gvk = extensions(operation, OPERATION_EXTENSION).get(GVK) if operation is not None else None
        if gvk:
            version = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
            key = f"{version} {gvk['kind']}"
            found[key] = found.get(key, False) or "namespaces/{namespace}" in path
    return dict(sorted(found.items()))


def main() -> None:
    checkout = Path(sys.argv[1])
    document = (checkout / SWAGGER).read_bytes()
    definitions = {
        name: schema(value) for name, value in named(first(document, DOCUMENT_DEFINITIONS) or b"", WRAPPED)
    }
    kept = {name: pruned(node, definitions) or {} for name, node in definitions.items()}
    answer = {"definitions": reachable(kept), "namespaced": scopes(document)}
    json.dump(answer, sys.stdout, separators=(",", ":"), sort_keys=True)
    print()


if __name__ == "__main__":
    main()
