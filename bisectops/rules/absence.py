"""Whether an object that something refers to is missing, and how far git proves it."""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.flux.applied import Applied, NamedKind
from bisectops.flux.envsubst import symbols
from bisectops.flux.kinds import ObjectId
from bisectops.flux.out_of_band import AppliedByHand, conventional
from bisectops.rules.bootstrapped import judged
from bisectops.rules.finding import Absence, Certainty
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import text_map


def absence_of(scene: Scene, target: ObjectId) -> Absence | None:
    """Whether an object that something refers to is missing, and how far git proves it.

    None where it is there, where a Kustomization that stands still may have made it, where
    git shows what makes it outside the graph, or where bootstrap makes it.
    """
    if scene.graph.applied(target) is not None or not target.name or _symbolic(target):
        return None
    if _is_of_root(scene, target):
        return None
    if scene.knows(target) or any(near.knows(target) for near in scene.neighbours):
        return None
    absence = _of_named(scene, target) if target.kind in ("Secret", "ConfigMap") else _of_flux(scene, target)
    urls = scene.inputs_elsewhere(target) if absence and absence.certainty is Certainty.CERTAIN else []
    if absence is None or not urls:
        return absence
    note = f"Inputs that are not in this repository may hold it: {', '.join(urls[:3])}"
    return Absence(Certainty.LIKELY, (*absence.because, note))


def _is_of_root(scene: Scene, target: ObjectId) -> bool:
    """Is an object the root, or its source, which bootstrap makes?

    A source that the root's own build has it take instead is bootstrap's too, unless git makes the first
    one: it would make the other as well.
    """
    root = scene.cluster.root
    if root is None or target == root.id:
        return root is not None
    if target == root.source_id:
        return root.beside is None
    return target in scene.cluster.home(root) and scene.graph.applied(root.source_id) is None


def only_by_itself(scene: Scene, applied: Applied, target: ObjectId) -> Absence:
    """The absence of what only the object that needs it would apply."""
    why = f"Only {applied.id} itself applies {target}, and it needs that before it applies anything"
    if scene.is_root_namespace(target.namespace):
        note = f"Bootstrap often makes {target.kind}s in {target.namespace}"
        return Absence(Certainty.POSSIBLE, (why, note))
    return Absence(Certainty.LIKELY, (why,))


def _of_flux(scene: Scene, target: ObjectId) -> Absence | None:
    if scene.makers.makes(target, None):
        return None
    root = scene.cluster.root
    if root is not None and root.beside is not None and target == root.source_id:
        told = f"{root.origin} makes {root.beside}, as bootstrap does, and not what its Kustomization names"
        return Absence(Certainty.LIKELY, (*_nobody_applies(scene, target), told))
    return Absence(Certainty.CERTAIN, _nobody_applies(scene, target))


def _of_named(scene: Scene, target: ObjectId) -> Absence | None:
    """Secrets and ConfigMaps, which much besides git can make."""
    labels = _labels_of(scene, target.namespace)
    if scene.makers.makes(target, labels):
        return None
    because = _nobody_applies(scene, target)
    if hand := _by_hand(scene, target):
        if not hand.manifest or conventional(target.name):
            return None
        note = f"{hand.path} tells of {hand.manifest}, which somebody applies by hand"
        return Absence(Certainty.POSSIBLE, (*because, note))
    if maker := scene.makers.may_make(target, labels):
        return Absence(Certainty.POSSIBLE, (*because, f"{maker} may make it"))
    root = scene.cluster.root
    if root is not None and scene.is_root_namespace(target.namespace):
        handed_over = target in scene.handed_over
        hands = scene.makers.hands
        keys = scene.needs.keys()
        certainty, note = judged(scene.graph, root.id, hands, target, keys=keys, handed_over=handed_over)
        return Absence(certainty, (*because, note))
    if _others(scene, target):
        return Absence(Certainty.CERTAIN, because)
    if maker := scene.makers.passes_over(target):
        note = f"{maker} makes it in other namespaces: the labels of {target.namespace} are not chosen"
        return Absence(Certainty.LIKELY, (*because, note))
    if hand := scene.makers.hands.named(target.kind, target.name):
        note = f"{hand.path} tells of a {target.kind} of that name, which somebody applies elsewhere"
        return Absence(Certainty.LIKELY, (*because, note))
    if target.kind == "ConfigMap" or conventional(target.name):
        return Absence(Certainty.LIKELY, because)
    return Absence(Certainty.POSSIBLE, (*because, "git never shows who makes it"))


def _labels_of(scene: Scene, namespace: str) -> Mapping[str, str] | None:
    """The labels of a namespace that git makes."""
    applied = scene.graph.applied(ObjectId("Namespace", "", namespace))
    return text_map(applied.content, "metadata", "labels") if applied else None


def _by_hand(scene: Scene, target: ObjectId) -> AppliedByHand | None:
    """Who applies an object by hand; what names no namespace is for the one that bootstrap works in."""
    hand = scene.makers.hands.of(target.kind, target.namespace, target.name)
    if hand is None or hand.namespace or scene.is_root_namespace(target.namespace):
        return hand
    return None


def _nobody_applies(scene: Scene, target: ObjectId) -> tuple[str, ...]:
    others = _others(scene, target)
    first = f"No Kustomization of this cluster applies {target}"
    if not others:
        return (first,)
    return (first, f"git makes {target.kind} {target.name} in {', '.join(others)}")


def _others(scene: Scene, target: ObjectId) -> list[str]:
    """The other namespaces in which git, or what git tells an operator, makes one of this name."""
    applied = scene.namespaces(NamedKind(target.kind, target.name))
    found = applied | scene.makers.namespaces(target.kind, target.name)
    return sorted(namespace or "no namespace at all" for namespace in found - {target.namespace})


def _symbolic(target: ObjectId) -> bool:
    """Does a name hang on a value that git does not show, or on a variable nobody has replaced?"""
    name = f"{target.namespace}/{target.name}"
    return bool(symbols(name)) or "${" in name
