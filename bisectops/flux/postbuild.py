"""The variables of a ks's postBuild, as far as git shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bisectops.flux.applied import Applied
from bisectops.flux.envsubst import Unknown
from bisectops.flux.kinds import FluxKustomization, ObjectId
from bisectops.flux.not_gits_own import may_differ, may_hold_more
from bisectops.flux.substitute import Variables, is_variable, variables
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping


@dataclass(frozen=True, slots=True)
class PostBuild:
    """What a ks substitutes with."""

    variables: Variables
    unseen: str = ""
    """The ConfigMaps and Secrets that git does not show whole: a name that is not here may be theirs."""


def changed_variables(before: PostBuild, after: PostBuild) -> frozenset[str] | None:
    """The names whose values differ; None where an object that looks up none of them may differ too."""
    was, now = before.variables, after.variables
    names = frozenset(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    alike = before.unseen == after.unseen and bool(was) == bool(now) and all(map(is_variable, names))
    return names if alike else None


def post_build_of(ks: FluxKustomization, objects: Mapping[ObjectId, Applied]) -> PostBuild:
    """The variables of substituteFrom, in order, then of `substitute`.

    A value from a Secret is never read: it stays a symbol, and the name alone counts. So does one that
    the cluster may hold otherwise than git.
    """
    layers: list[Variables] = []
    unseen: list[str] = []
    for entry in ks.substitute_from:
        found = objects.get(ObjectId(entry.kind, ks.id.namespace, entry.name))
        if found is None or may_hold_more(found.content):
            unseen.append(f"{entry.kind}/{ks.id.namespace}/{entry.name}")
        if found is not None:
            hidden = entry.kind == "Secret" or may_differ(found.content)
            layers.append(_hidden(found) if hidden else _shown(found.content))
    layers.append({name: _as_text(value) for name, value in ks.substitute.items()})
    return PostBuild(variables(layers), "+".join(unseen))


def _shown(tree: Mapping[str, Node]) -> Variables:
    return {name: _as_text(value) for name, value in mapping(tree, "data").items()}


def _hidden(found: Applied) -> Variables:
    names = [*mapping(found.content, "data"), *mapping(found.content, "stringData")]
    return {name: Unknown(f"{found.id.namespace}/{found.id.name}:{name}") for name in names}


def _as_text(value: Node) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
