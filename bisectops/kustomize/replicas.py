"""`replicas`: the count of a workload by its name.

Facts: kustomize api/filters/replicacount and api/internal/builtins/ReplicaCountTransformer.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.nodes import wrong_kind
from bisectops.kustomize.resource import Node, describe_gvk
from bisectops.kustomize.scalars import in_style_of


def counted(node: Node, count: int) -> Node:
    """What stands in a replicas field once the count is set: a string still, where one was in quotes."""
    if isinstance(node, dict | list):
        raise wrong_kind("ScalarNode", node)
    return in_style_of(node, count)


def unmatched(name: str, specs: Iterable[FieldSpec]) -> BuildError:
    """The complaint that no resource of a known kind has the name."""
    kinds = " ".join(describe_gvk(spec.gvk) for spec in specs)
    return BuildError(f"resource with name {name} does not match a config with the following GVK [{kinds}]")
