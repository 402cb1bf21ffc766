"""Objects that would reach the API server without a namespace.

Before 0.15 kustomize-controller ran `kubectl apply`, which takes the namespace that it runs in.
"""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP
from bisectops.flux.not_gits_own import is_left_alone
from bisectops.kustomize.resource import Gvk
from bisectops.kustomize.schema import Schema
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.scene import Scene

_BUILTIN = Schema()
_SERVER_SIDE = (0, 15)
"""The kustomize-controller that applies by itself, on the server's side."""
_NAMESPACED_GROUPS = frozenset((HELM_GROUP, KUSTOMIZE_GROUP, SOURCE_GROUP))


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """Each namespaced object of a ks that nothing gives a namespace: no controller ever defaults one."""
    reconciled = scene.cluster.reconciled(applied.id)
    by_hand = scene.is_made_up(applied.id)
    if (scene.controller or _SERVER_SIDE) < _SERVER_SIDE:
        return
    for found in reconciled.objects if reconciled else ():
        if found.id.namespace or not _namespaced(found) or is_left_alone(found.content):
            continue
        yield Finding(
            rule="namespace-unspecified",
            certainty=Certainty.POSSIBLE if by_hand else Certainty.CERTAIN,
            subject=applied.id,
            reference=Missing(found.id.kind, "", found.id.name, "metadata.namespace"),
            message=f"{found.id.kind}/{found.id.name} namespace not specified: "
            "the server could not find the requested resource",
            origin=found.origin,
            because=(
                f"{found.origin.path} gives {found.id} no namespace, and no `namespace:` of the "
                f"kustomizations above it, nor targetNamespace of {applied.id}, adds one",
            ),
            cluster=scene.label,
        )


def _namespaced(found: Applied) -> bool:
    if found.id.group in _NAMESPACED_GROUPS:
        return True
    version = str(found.content.get("apiVersion", "")).rpartition("/")[2]
    return _BUILTIN.namespaceable(Gvk(found.id.group, version, found.id.kind)) is True
