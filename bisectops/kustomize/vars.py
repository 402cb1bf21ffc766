"""`vars`: where `$(NAME)` is looked for, and what it becomes.

Facts: kustomize api/filters/refvar/{expand,refvar}.go and builtinpluginconsts/varreference.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.lookup import find, smarter_split
from bisectops.kustomize.nodes import MISSING
from bisectops.kustomize.resource import Gvk, Node
from bisectops.kustomize.scalars import text

_OF_A_CONTAINER = ("args", "command", "env/value", "volumeMounts/mountPath")
_POD_OF = {
    "CronJob": "spec/jobTemplate/spec/template/spec",
    "DaemonSet": "spec/template/spec",
    "Deployment": "spec/template/spec",
    "Job": "spec/template/spec",
    "Pod": "spec",
    "ReplicaSet": "spec/template/spec",
    "StatefulSet": "spec/template/spec",
}
_OTHERS = (
    ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
    ("DaemonSet", "spec/template/spec/volumes/nfs/server"),
    ("Deployment", "spec/template/spec/volumes/nfs/server"),
    ("Deployment", "spec/template/metadata/annotations"),
    ("Ingress", "spec/rules/host"),
    ("Ingress", "spec/tls/hosts"),
    ("Ingress", "spec/tls/secretName"),
    ("Job", "spec/template/spec/volumes/nfs/server"),
    ("Pod", "spec/volumes/nfs/server"),
    ("ReplicaSet", "spec/template/spec/volumes/nfs/server"),
    ("Service", "spec/ports/port"),
    ("Service", "spec/ports/targetPort"),
    ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
    ("PersistentVolume", "spec/nfs/server"),
    ("", "metadata/labels"),
    ("", "metadata/annotations"),
)


def _references() -> Iterator[FieldSpec]:
    for kind, pod in _POD_OF.items():
        for containers in ("containers", "initContainers"):
            for field in _OF_A_CONTAINER:
                yield FieldSpec(Gvk("", "", kind), f"{pod}/{containers}/{field}")
    for kind, path in _OTHERS:
        yield FieldSpec(Gvk("", "", kind), path)


VAR_REFERENCE = tuple(_references())
"""The fields in which variables are expanded unless `configurations` add more."""

_INDEXED = re.compile(r"(.*)\[([0-9]+)\]", re.DOTALL)


def field_value(content: Mapping[str, Node], path: str) -> Node:
    """What a var's fieldPath names, MISSING where nothing is there; `ports[0].port` indexes a list."""
    return find(content, [step for name in smarter_split(path) for step in _steps(name)])


def _steps(name: str) -> list[str]:
    match = _INDEXED.fullmatch(name)
    if match is None:
        return [name]
    return [match[1], match[2]] if match[1] else [match[2]]


def expanded_field(node: Node, values: Mapping[str, Node], used: set[str]) -> Node:
    """A field with its variables expanded: a string, or the strings of a mapping or a list."""
    if isinstance(node, str):
        return expanded(node, values, used)
    if isinstance(node, dict):
        return {
            key: expanded(value, values, used) if isinstance(value, str) else value
            for key, value in node.items()
        }
    if isinstance(node, list):
        if not all(isinstance(item, str) for item in node):
            raise BuildError("invalid value type expect a string")
        return [expanded(item, values, used) for item in node]
    return node


def expanded(string: str, values: Mapping[str, Node], used: set[str]) -> Node:
    """A string with each `$(NAME)` replaced; alone it takes the value's type, `$$` is a dollar.

    A name without a value, or whose value is a mapping or a list, stays as it is.
    """
    if "$" not in string:
        return str(string)
    parts: list[str] = []
    at = 0
    while (dollar := string.find("$", at)) >= 0 and dollar + 1 < len(string):
        parts.append(string[at:dollar])
        close = string.find(")", dollar) if string[dollar + 1] == "(" else -1
        if close < 0:
            parts.append(_not_a_variable(string[dollar + 1]))
            at = dollar + 2
            continue
        name = string[dollar + 2 : close]
        value = _value(name, values, used)
        if string == f"$({name})":
            return value
        parts.append(text(value))
        at = close + 1
    return "".join(parts) + string[at:]


def _not_a_variable(following: str) -> str:
    return "$" if following == "$" else f"${following}"


def _value(name: str, values: Mapping[str, Node], used: set[str]) -> Node:
    value = values.get(name, MISSING)
    if value is MISSING or value is None or isinstance(value, dict | list):
        return f"$({name})"
    used.add(name)
    return str(value) if isinstance(value, str) else value
