"""`vars`: gathered with the resources that hold their values, expanded when all names are final.

Facts: kustomize api/internal/accumulator/resaccumulator.go (MergeVars, ResolveVars).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.fieldspec import edit_fields
from bisectops.kustomize.nodes import MISSING
from bisectops.kustomize.resource import Gvk, Node, ResId, Resource, describe_gvk
from bisectops.kustomize.schema import NOT_NAMESPACED
from bisectops.kustomize.twins import follow
from bisectops.kustomize.vars import expanded_field, field_value

Variable = Mapping[str, Node]


def add_variables(gathered: Accumulator, variables: Iterable[Variable]) -> None:
    """Add a kustomization's vars and mark the resource that each refers to."""
    listed = tuple(variables)
    for variable in listed:
        name = variable.get("name", "")
        places = _places(gathered, _target(variable))
        if len(places) > 1:
            raise BuildError(
                f"merging vars: found {len(places)} resId matches for var {name} (unable to disambiguate)"
            )
        for place in places:
            resource = gathered.resources[place]
            gathered.resources[place] = replace(resource, variables=(*resource.variables, name))
    gathered.merge_variables(listed)


def _target(variable: Variable) -> ResId:
    ref = variable.get("objref") or {}
    group, version = ref.get("group", ""), ref.get("version", "")
    parts = ref.get("apiVersion", "").split("/")
    if len(parts) == 2:
        group, version = parts
    elif parts != [""]:
        version = parts[0]
    return ResId(Gvk(group, version, ref.get("kind", "")), ref.get("name", ""), ref.get("namespace", ""))


def _places(gathered: Accumulator, target: ResId) -> list[int]:
    """Where resources are that have or had an id; without a namespace any namespace will do."""
    wanted = gathered.key(target)
    anywhere = not target.namespace and wanted.namespace != NOT_NAMESPACED
    return [
        place
        for place, resource in enumerate(gathered.resources)
        if any(
            id.name == target.name and id.gvk == target.gvk and (anywhere or gathered.key(id) == wanted)
            for id in resource.ids
        )
    ]


def resolve_variables(gathered: Accumulator) -> None:
    """Expand every var in the fields that the configuration knows for it."""
    if not gathered.variables:
        return
    values = {
        variable.get("name", ""): _value(gathered.resources, variable)
        for variable in sorted(gathered.variables, key=lambda variable: str(variable.get("name", "")))
    }
    used: set[str] = set()
    specs = gathered.configuration.variables

    def expand(resource: Resource) -> Resource:
        content = edit_fields(
            resource.content, resource.id.gvk, specs, lambda node: expanded_field(node, values, used)
        )
        return resource.holding(follow(resource.content, content) if resource.twinned else content)

    gathered.each(expand)


def _value(resources: Iterable[Resource], variable: Variable) -> Node:
    name = variable.get("name", "")
    path = (variable.get("fieldref") or {}).get("fieldPath") or "metadata.name"
    for resource in resources:
        if name in resource.variables:
            value = field_value(resource.content, path)
            if value is MISSING:
                raise BuildError(
                    f"field specified in var '{_described(variable, path)}' "
                    "not found in corresponding resource"
                )
            return value
    raise BuildError(
        f"var '{_described(variable, path)}' cannot be mapped to a field in the set of known resources"
    )


def _described(variable: Variable, path: str) -> str:
    return f"{{{variable.get('name', '')} {describe_gvk(_target(variable).gvk)} {{{path}}}}}"
