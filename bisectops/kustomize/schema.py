"""What is known of a kind: the merge keys of its lists, and whether it lives in a namespace.

Schemas are OpenAPI v2 as kustomize reads them (kyaml/openapi/openapi.go); the built-in one is that of
Kubernetes 1.21.2, cut down to what decides a merge (tests/oracle/extract_schema.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import resources

from bisectops.kustomize.resource import Gvk, Node, ResId

_GVK = "x-kubernetes-group-version-kind"
_STRATEGY = "x-kubernetes-patch-strategy"
_KEY = "x-kubernetes-patch-merge-key"
_KEYS = "x-kubernetes-list-map-keys"

NOT_NAMESPACED = "_non_namespaceable_"
DEFAULT_NAMESPACE = "default"


class Schema:
    """Definitions by kind. A place within a kind is an OpenAPI schema object, or None where unknown."""

    def __init__(self, documents: Iterable[Mapping[str, Node]] = (), *, builtin: bool = True) -> None:
        self._documents = tuple(documents)
        self._builtin = builtin

    @cached_property
    def _definitions(self) -> dict[str, Node]:
        found: dict[str, Node] = dict(_data()["definitions"]) if self._builtin else {}
        for document in self._documents:
            found.update(document.get("definitions") or {})
        return found

    @cached_property
    def _kinds(self) -> dict[tuple[str, str], Node]:
        return {
            kind: definition
            for definition in self._definitions.values()
            if isinstance(definition, dict)
            for kind in _kinds_of(definition.get(_GVK))
        }

    @cached_property
    def _namespaced(self) -> dict[tuple[str, str], bool]:
        found: dict[tuple[str, str], bool] = {}
        for document in self._documents:
            found.update(_scopes(document.get("paths") or {}, found))
        for key, value in _data()["namespaced"].items():
            version, _, kind = key.partition(" ")
            found[version, kind] = value
        return found

    def kind(self, api_version: str, kind: str) -> Node | None:
        """The schema of a whole resource."""
        return self._kinds.get((api_version, kind))

    def field(self, place: Node, name: str) -> Node | None:
        """The schema of a field; a map's entries all have one."""
        properties = place.get("properties")
        found = properties.get(name) if isinstance(properties, dict) else None
        if found is None:
            found = place.get("additionalProperties")
        return self._resolved(found)

    def elements(self, place: Node) -> Node | None:
        """The schema of a list's elements."""
        return self._resolved(place.get("items")) if place.get("type") in ("array", ["array"]) else None

    def _resolved(self, place: Node) -> Node | None:
        seen = 0
        while isinstance(place, dict) and "$ref" in place:
            name = str(place["$ref"]).removeprefix("#/definitions/").replace("~1", "/").replace("~0", "~")
            place = self._definitions.get(name) if seen < 64 else None
            seen += 1
        return place if isinstance(place, dict) else None

    def namespaceable(self, gvk: Gvk) -> bool | None:
        """Whether a kind lives in namespaces; None where nothing is known of it."""
        version = f"{gvk.group}/{gvk.version}" if gvk.group else gvk.version
        return self._namespaced.get((version, gvk.kind))

    def effective_namespace(self, resid: ResId) -> str:
        """The namespace that a resource ends up in, for comparisons: never empty."""
        if self.namespaceable(resid.gvk) is False:
            return NOT_NAMESPACED
        return resid.namespace or DEFAULT_NAMESPACE


def merge_keys(place: Node | None) -> tuple[str, ...] | None:
    """The keys that tell a list's elements apart: none for a list of scalars that are merged as a set,
    None for a list that a patch replaces."""
    if place is None or "merge" not in str(place.get(_STRATEGY, "")).split(","):
        return None
    if _KEYS in place:
        return tuple(place[_KEYS])
    return (place[_KEY],) if _KEY in place else ()


def _kinds_of(entries: Node) -> Iterable[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and "kind" in entry and "version" in entry:
            yield _type_meta(entry)


def _type_meta(entry: Mapping[str, str]) -> tuple[str, str]:
    group = entry.get("group")
    return (f"{group}/{entry['version']}" if group else entry["version"], entry["kind"])


def _scopes(paths: Node, known: Mapping[tuple[str, str], bool]) -> dict[tuple[str, str], bool]:
    """A kind is namespaced if any of its paths names a namespace (findNamespaceability)."""
    found = dict(known)
    for path, item in paths.items() if isinstance(paths, dict) else ():
        operation = item.get("get") if isinstance(item, dict) else None
        entry = operation.get(_GVK) if isinstance(operation, dict) else None
        if isinstance(entry, dict) and "kind" in entry and "version" in entry:
            kind = _type_meta(entry)
            found[kind] = found.get(kind, False) or "namespaces/{namespace}" in path
    return found


@cache
def _data() -> Mapping[str, Node]:
    text = resources.files("bisectops.kustomize").joinpath("schema_data.json").read_text()
    data: dict[str, Node] = json.loads(text)
    return data


BUILTIN = Schema()
"""What kustomize knows without `openapi:`."""
