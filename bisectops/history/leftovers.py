"""Objects that left git and stay in the cluster: nobody prunes them.

Sources: kustomize-controller internal/controller/kustomization_controller.go (prune, finalize) and its
api/v1 (deletionPolicy); fluxcd/pkg ssa/manager_delete.go (exclusions, by label or annotation).
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, is_ks
from bisectops.flux.not_gits_own import is_never_pruned
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import boolean, text, value

_AS_PRUNE = "MirrorPrune"


def why_it_stays(gone: Applied, before: Mapping[ObjectId, Applied], scene: Scene) -> str:
    """Why the cluster has an object still that a commit took out of git; empty where it goes.

    `before`: the objects that changed or vanished with the commit, as they were; `scene` as it is now.
    """
    here, passed = gone, set[ObjectId]()
    while here.id not in passed:
        passed.add(here.id)
        if is_never_pruned(here.content):
            return f"{here.id} is marked never to be pruned"
        owner = here.applied_by
        if not is_ks(owner):
            return ""
        now = scene.graph.applied(owner)
        if now is not None:
            return _kept_by(now)
        if owner not in before:
            return ""
        here = before[owner]
        if why := _kept_after(here):
            return why
    return ""


def _kept_by(ks: Applied) -> str:
    """Why a Kustomization that is there leaves in the cluster what it does not apply any more."""
    if boolean(ks.content, "spec", "suspend"):
        return f"{ks.id}, which applied it, is suspended"
    return f"{ks.id}, which applied it, prunes nothing" if _is_off(ks) else ""


def _kept_after(ks: Applied) -> str:
    """Why a Kustomization that goes leaves in the cluster what it applied."""
    policy = text(ks.content, "spec", "deletionPolicy") or _AS_PRUNE
    orphans = policy == "Orphan" or (policy == _AS_PRUNE and _is_off(ks))
    if orphans or boolean(ks.content, "spec", "suspend"):
        return f"{ks.id}, which applied it, went and left it behind"
    return ""


def _is_off(ks: Applied) -> bool:
    return value(ks.content, "spec", "prune") is False
