"""`crds`: fields that OpenAPI definitions of custom kinds mark as names, labels or annotations.

Facts: kustomize api/internal/accumulator/loadconfigfromcrds.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import BackReference, FieldSpec
from bisectops.kustomize.configuration import NOTHING, Configuration, merged
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.reading import value_of
from bisectops.kustomize.resource import Gvk, Node

_MARK = "x-kubernetes-"
_DEPTH = 32
_PROPERTIES_ALLOWED = 100_000
"""Of one file, as often as references lead to them: definitions may lead to each other without end."""


Marked = tuple[tuple[str, ...], Mapping[str, str]]
"""The path of a property, and its extensions."""


def configuration_of_crds(loader: Loader, path: str) -> Configuration:
    """What a file that `crds` names adds to the configuration."""
    config = NOTHING
    allowed = _PROPERTIES_ALLOWED
    definitions = loader.parsed(path, "value", value_of)
    for name in sorted(definitions) if isinstance(definitions, dict) else ():
        properties = _properties(definitions[name])
        if {"kind", "apiVersion", "metadata"} <= properties.keys():
            marked = list(islice(_marked(definitions, name, ()), allowed))
            allowed -= len(marked)
            if not allowed:
                raise BuildError(f"more than {_PROPERTIES_ALLOWED} properties in '{path}': not built")
            config = merged(config, _configuration(name, marked))
    return config


def _properties(definition: Node) -> Mapping[str, Node]:
    schema = _field(definition, "schema")
    properties = _field(schema, "properties")
    return properties if isinstance(properties, dict) else {}


def _field(node: Node, name: str) -> Node:
    """A field by its name in Go's JSON, whatever its case."""
    if not isinstance(node, dict):
        return None
    return next((node[key] for key in (name, *node) if key in node and key.lower() == name), None)


def _configuration(name: str, marked: Iterable[Marked]) -> Configuration:
    kind = Gvk("", "", name.split(".")[-1])
    annotations, labels, prefixes, references = [], [], [], []
    for path, marks in marked:
        spec = FieldSpec(kind, "/".join(path))
        if f"{_MARK}annotation" in marks:
            annotations.append(spec)
        if f"{_MARK}label-selector" in marks:
            labels.append(spec)
        if f"{_MARK}identity" in marks:
            prefixes.append(spec)
        version, target = marks.get(f"{_MARK}object-ref-api-version"), marks.get(f"{_MARK}object-ref-kind")
        if version is not None and target is not None:
            key = marks.get(f"{_MARK}object-ref-name-key") or "name"
            referrer = FieldSpec(kind, "/".join((*path, key)))
            references.append(BackReference(Gvk("", version, target), (referrer,)))
    return Configuration(
        annotations=tuple(annotations),
        common_labels=tuple(labels),
        prefix=tuple(prefixes),
        name_references=tuple(references),
    )


def _marked(definitions: Mapping[str, Node], name: str, path: tuple[str, ...]) -> Iterator[Marked]:
    """Every property below a definition with its extensions, references followed."""
    if name not in definitions or len(path) > _DEPTH:
        return
    for key, node in _properties(definitions[name]).items():
        if isinstance(node, dict):
            marks = {str(mark).lower(): value for mark, value in node.items() if isinstance(value, str)}
            yield (*path, key), marks
            if isinstance(node.get("$ref"), str):
                yield from _marked(definitions, node["$ref"], (*path, key))
