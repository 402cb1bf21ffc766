"""What the commit before it shows of a finding, and one commit by itself does not.

Mostly why one counts that is possible; and where the cluster has still what git has no more, why one is not
certain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId
from bisectops.flux.out_of_band import conventional
from bisectops.flux.root import Root
from bisectops.graph.extract import references
from bisectops.history.leftovers import why_it_stays
from bisectops.rules.builds import is_let_pass
from bisectops.rules.doubt import is_as_shown
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.movement import Movement
from bisectops.rules.scene import Scene

Objects = Mapping[ObjectId, Applied]
_OF_A_BUILD = frozenset(("build-failed", "encrypted-without-decryption", "namespace-unspecified"))
"""The rules that judge what a Kustomization builds, whoever applies it."""


class Proof(NamedTuple):
    """How far history proves a finding, and by what."""

    certainty: Certainty
    because: str
    instead: str = ""
    """What the field named before, where that is the proof: KIND/NAMESPACE/NAME."""


def proofs(
    movement: Movement, scenes: Mapping[str, Scene], roots: Mapping[str, Root | None]
) -> Mapping[str, Proof]:
    """What a commit proves of the findings that it introduced and that are not certain by themselves, by id.

    `scenes` are the clusters as they are now, `roots` what they started from before, by label.
    """
    if not movement.introduced:
        return {}
    before = {applied.id: applied for applied in movement.before}
    vanished = {each.id[:3]: each for each in movement.before}
    after = {applied.id: applied for applied in movement.after}
    failed = set(map(_failure, movement.resolved))
    found: dict[str, Proof] = {}
    for finding in movement.introduced:
        scene = scenes[finding.cluster]
        target = _target(finding)
        gone = vanished.get(target[:3])
        stays = why_it_stays(gone, before, scene) if gone and gone.id not in after else ""
        if stays:
            told = f"git itself made {target} until this commit, and the cluster may have it still: {stays}"
            found[finding.id] = Proof(Certainty.LIKELY, told)
        elif (
            finding.certainty is not Certainty.CERTAIN
            and target in before
            and target not in after
            and is_as_shown(scene, finding, target)
        ):
            told = f"git itself made {target} until this commit"
            found[finding.id] = Proof(Certainty.CERTAIN, told)
        elif finding.counts:
            continue
        elif (old := _named_before(finding, scene, before, after)) is not None:
            field = finding.reference.field
            told = f"{field} named {old} until this commit, and git shows nobody who makes {target}"
            found[finding.id] = Proof(Certainty.LIKELY, told, str(old))
        elif _failure(finding) not in failed and _is_of_guessed_root(finding, scene, roots):
            told = f"The folder that {finding.subject} stands for was sound until this commit"
            found[finding.id] = Proof(Certainty.LIKELY, told)
    return found


def _failure(finding: Finding) -> tuple[str, ObjectId, str]:
    return finding.cluster, finding.subject, finding.rule


def _target(finding: Finding) -> ObjectId:
    return ObjectId(finding.reference.kind, finding.reference.namespace, finding.reference.name)


def _named_before(finding: Finding, scene: Scene, before: Objects, after: Objects) -> ObjectId | None:
    """What a field named before, where all that changed is the name, and not to one that is made anyway."""
    was, now = before.get(finding.subject), after.get(finding.subject)
    if was is None or now is None or scene.graph.applied(_target(finding)) is not None:
        return None
    if conventional(finding.reference.name):
        return None
    left = _named(was, finding) - _named(now, finding)
    return next((target for target in left if target.name != finding.reference.name), None)


def _named(applied: Applied, finding: Finding) -> Counter[ObjectId]:
    """The objects of a kind that a field of an object, or a list of it, names."""
    field, kind = finding.reference.field.partition("[")[0], finding.reference.kind
    return Counter(
        reference.target
        for reference in references(applied)
        if (reference.field.partition("[")[0], reference.target.kind) == (field, kind)
    )


def _is_of_guessed_root(finding: Finding, scene: Scene, roots: Mapping[str, Root | None]) -> bool:
    """Is it possible only for what git tells of the root, and was that root there before?"""
    root, earlier = scene.cluster.root, roots.get(finding.cluster)
    if (
        finding.rule not in _OF_A_BUILD
        or root is None
        or earlier is None
        or not (scene.is_made_up(finding.subject) or (root.is_gone and root.id == finding.subject))
    ):
        return False
    return (earlier.id, earlier.path) == (root.id, root.path) and not is_let_pass(scene, root.id)
