"""What keeps a failure from being certain, whatever rule found it: git does not show what is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, is_ks
from bisectops.flux.not_gits_own import is_kept, is_left_alone, may_hold_more
from bisectops.kustomize.resource import Node
from bisectops.rules.absence import absence_of
from bisectops.rules.finding import Absence, Certainty, Finding
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import boolean, mapping, sequence

_OF_BUILDS = frozenset(("build-failed", "encrypted-without-decryption", "namespace-unspecified"))
"""The rules that judge what a Kustomization builds, and not only what it names."""


def weighed(scene: Scene, applied: Applied, finding: Finding) -> Finding:
    """A finding about an object, only as certain as what git shows of that object."""
    doubt = _doubt(scene, applied, finding)
    if doubt is None or finding.certainty.rank >= doubt.certainty.rank:
        return finding
    return replace(finding, certainty=doubt.certainty, because=(*finding.because, *doubt.because))


def is_as_shown(scene: Scene, finding: Finding, target: ObjectId) -> bool:
    """Is what fails in the cluster as git shows it, and can no input from elsewhere hold the target?"""
    applied = scene.cluster.objects.get(finding.subject)
    doubted = applied is not None and _doubt(scene, applied, finding) is not None
    return not doubted and not scene.inputs_elsewhere(target)


def _doubt(scene: Scene, applied: Applied, finding: Finding) -> Absence | None:
    if is_ks(applied.applied_by) and is_left_alone(applied.content):
        why = f"{applied.applied_by} does not apply {applied.id}: the cluster's may be another one"
        return Absence(Certainty.POSSIBLE, (why,))
    if is_ks(applied.applied_by) and is_kept(applied.content):
        why = f"{applied.applied_by} applies {applied.id} only where it is not there: it may be an older one"
        return Absence(Certainty.LIKELY, (why,))
    if above := _suspended_above(scene, applied):
        why = f"{above} is suspended: {applied.id} is as it was when that was applied last, if it ever was"
        return Absence(Certainty.POSSIBLE, (why,))
    if other := _without(scene, applied, finding):
        why = f"{other} applies another copy, without {finding.reference.field}: the two take turns"
        return Absence(Certainty.LIKELY, (why,))
    ks = scene.cluster.ks(applied.id)
    built = scene.cluster.reconciled(applied.id)
    if finding.rule == "substitute-source-missing" and built is not None and built.unseen:
        why = f"What {applied.id} builds is not in this repository, and may take no variables"
        return Absence(Certainty.POSSIBLE, (why,))
    if finding.rule not in _OF_BUILDS or ks is None:
        return None
    source = scene.graph.applied(ks.source) if ks.source else None
    if source is not None and finding.rule == "build-failed" and (others := _besides(source.content)):
        why = f"The artifact of {source.id} holds {others} too, and what is missing may be among those"
        return Absence(Certainty.POSSIBLE, (why,))
    if ks.source is not None and absence_of(scene, ks.source) is not None:
        why = f"{ks.source} is not there, so what {ks.id} would build is a guess: that it is this repository"
        return Absence(Certainty.LIKELY, (why,))
    return None


def _without(scene: Scene, applied: Applied, finding: Finding) -> ObjectId | None:
    """Who applies the object as well, and does not name what is missing: each time, the field is its own.

    Both apply as the same field manager, so what one leaves out it takes from the other.
    """
    missed = _named(scene, applied, finding)
    if not missed:
        return None
    for owner, copy in sorted(scene.cluster.copies(applied.id).items()):
        if owner == applied.applied_by or not is_ks(owner) or may_hold_more(copy.content):
            continue
        if not missed & _named(scene, copy, finding) and _suspended_above(scene, copy) is None:
            return owner
    return None


def _named(scene: Scene, applied: Applied, finding: Finding) -> frozenset[ObjectId]:
    """What a finding misses, as far as an object names it."""
    wanted = finding.reference
    return frozenset(
        each.target
        for each in scene.references(applied)
        if (each.target.kind, each.target.namespace, each.target.name)
        == (wanted.kind, wanted.namespace, wanted.name)
    )


def _besides(source: Mapping[str, Node]) -> str:
    """What an artifact holds that git does not show: files of other repositories, submodules; or nothing."""
    spec = mapping(source, "spec")
    if sequence(spec, "include"):
        return "files of other repositories"
    return "submodules" if boolean(spec, "recurseSubmodules") else ""


def _suspended_above(scene: Scene, applied: Applied) -> ObjectId | None:
    """Who, of those that an object comes from, is suspended."""
    objects, seen = scene.cluster.objects, set()
    here: Applied | None = objects.get(applied.applied_by)
    while here is not None and here.id not in seen:
        if boolean(here.content, "spec", "suspend"):
            return here.id
        seen.add(here.id)
        here = objects.get(here.applied_by)
    return None
