"""Labels and annotations by which the cluster may hold something else than git shows of an object.

Sources: kustomize-controller internal/controller/kustomization_controller.go (apply), fluxcd/pkg
ssa/manager_apply.go (shouldSkipApply) and ssa/utils/meta.go (AnyInMetadata); the annotations of reflector,
replicator, flux-operator's copyFrom, and what injects certificates.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.flux.kinds import KUSTOMIZE_GROUP
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping

_RECONCILE = f"{KUSTOMIZE_GROUP}/reconcile"
_SSA = f"{KUSTOMIZE_GROUP}/ssa"
_PRUNE = f"{KUSTOMIZE_GROUP}/prune"
_FILLED = ("replicate-from", "/reflects", "fluxcd.controlplane.io/copyFrom", "inject-trusted-cabundle")


def is_left_alone(tree: Mapping[str, Node]) -> bool:
    """Does a Kustomization build it and never apply it?"""
    return _says(tree, _RECONCILE, "disabled") or _says(tree, _SSA, "ignore")


def is_kept(tree: Mapping[str, Node]) -> bool:
    """Is it applied only where it is not there yet?"""
    return _says(tree, _SSA, "ifnotpresent")


def is_never_pruned(tree: Mapping[str, Node]) -> bool:
    """Does it stay in the cluster once it has left git?"""
    return _says(tree, _PRUNE, "disabled")


def may_differ(tree: Mapping[str, Node]) -> bool:
    """May what git shows of it be something else in the cluster?"""
    return is_left_alone(tree) or is_kept(tree) or any(mark.endswith(_FILLED) for mark in _marks(tree))


def may_hold_more(tree: Mapping[str, Node]) -> bool:
    """May the cluster's hold keys that git does not show?"""
    return may_differ(tree) or _says(tree, _SSA, "merge")


def _says(tree: Mapping[str, Node], mark: str, value: str) -> bool:
    """Does a label or an annotation say so? The controller does not mind the case."""
    found = _marks(tree).get(mark, ())
    return any(isinstance(each, str) and each.casefold() == value for each in found)


def _marks(tree: Mapping[str, Node]) -> dict[str, list[Node]]:
    """Labels and annotations, with the values of both."""
    metadata = mapping(tree, "metadata")
    marks: dict[str, list[Node]] = {}
    for field in ("labels", "annotations"):
        for name, value in mapping(metadata, field).items():
            marks.setdefault(name, []).append(value)
    return marks
