"""Kustomizations whose path is missing, whose build fails, or whose patches reach nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.flux.controller import Version
from bisectops.flux.flux_instance import NAMESPACE
from bisectops.flux.kinds import ObjectId
from bisectops.flux.reconcile import EMPTY_IS_REFUSED, Failure, Reconciled
from bisectops.git.objects import RepoPath, parent
from bisectops.kustomize.remote import is_cloned
from bisectops.kustomize.resource import PatchUse
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.scene import Scene

_SINCE = (
    (re.compile(r"kustomization\.yaml is empty"), EMPTY_IS_REFUSED),
    (re.compile(r"(?<!invalid Kustomization: )json: unknown field"), (1, 3)),
)
"""What kustomize came to refuse, and the kustomize-controller that brought it: kustomize's api 0.14
(CheckEmpty) and 0.17 (strict `configurations`), by go.mod of the controller's releases."""

_DECRYPTOR = (
    (re.compile(r"unable to find one of 'kustomization\.yaml'"), "no kustomization file found"),
    (re.compile(r"Found multiple kustomization files under"), "found multiple kustomization files"),
    (
        re.compile(r"failed to get the patch file from path\(.*\): open (.+?): no such file or directory"),
        r"lstat \1: no such file or directory",
    ),
)
"""kustomize's words for what the decryptor meets first, and the decryptor's own."""
_INPUT = (re.compile(r"open (.+?): no such file or directory"), r"lstat \1: no such file or directory")
"""The same for a file of a secretGenerator."""


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """The build failure of a ks, in the controller's words."""
    reconciled = scene.cluster.reconciled(applied.id)
    if reconciled is None or reconciled.failure is None:
        return
    failure = reconciled.failure
    why: tuple[str, ...] = (
        _why(applied, failure),
        "What it would have applied is unknown, so references to that are not judged",
    )
    certainty, doubt = _proved(scene, applied, failure)
    if doubt:
        why += (doubt,)
    yield Finding(
        rule="build-failed",
        certainty=certainty,
        subject=applied.id,
        reference=Missing("Path" if failure.path_missing else "Build", "", failure.path, "spec.path"),
        message=_in_decryptors_words(failure) if _decrypts(scene, applied) else failure.message,
        origin=applied.origin,
        because=why,
        cluster=scene.label,
    )


def _why(applied: Applied, failure: Failure) -> str:
    if failure.path_missing:
        return f"spec.path of {applied.id} is no folder of this commit"
    if failure.artifact_missing:
        return f"{failure.path} is not there to be copied into the artifact that {applied.id} builds"
    return f"kustomize would refuse the build of {failure.path or 'the root'}"


def _proved(scene: Scene, applied: Applied, failure: Failure) -> tuple[Certainty, str]:
    """How far git proves that a build fails, and what speaks against it."""
    if failure.path_missing and _is_guessed(scene, applied):
        doubt = "Nothing that its source is said to hold is in this repository, so it may well be another one"
        return Certainty.POSSIBLE, doubt
    root = scene.cluster.root
    if failure.path_missing and root is not None and root.holder is not None and applied.id == root.id:
        doubt = f"Git does not tell whether the cluster of {root.holder} is still there"
        return Certainty.POSSIBLE if root.is_gone else Certainty.LIKELY, doubt
    since, running = _refused_since(failure), scene.controller
    if since is not None and (running is None or running < since):
        first, own = (".".join(map(str, version)) for version in (since, running or ()))
        told = f"the cluster runs {own}" if own else "git does not tell which the cluster runs"
        doubt = f"Only kustomize-controller {first} and later refuse this, and {told}"
        return Certainty.POSSIBLE if own or scene.is_made_up(applied.id) else Certainty.LIKELY, doubt
    if scene.is_made_up(applied.id):
        placed = scene.cluster.root is not None and scene.cluster.root.placed
        return Certainty.LIKELY if placed else Certainty.POSSIBLE, ""
    if failure.artifact_missing:
        return Certainty.LIKELY, "An artifact that was made before is built as long as it is there"
    return Certainty.CERTAIN, ""


def _refused_since(failure: Failure) -> Version | None:
    """The first kustomize-controller that refuses what fails, where older ones let it pass."""
    return next((since for told, since in _SINCE if told.search(failure.message)), None)


def _is_guessed(scene: Scene, applied: Applied) -> bool:
    """Is it a mere guess that the source of a ks is this repository?

    So it is where nothing in git writes the root, and no ks finds in that source what it builds.
    Bootstrap commits its own ks, in one file with the source, to the repository that this is.
    """
    root, asked = scene.cluster.root, scene.cluster.ks(applied.id)
    if root is None or not root.made_up or asked is None:
        return False
    source = scene.graph.applied(asked.source) if asked.source else None
    if source and applied.origin.path == source.origin.path and _is_called(NAMESPACE, applied.id, source.id):
        return False
    found = (
        known.source == asked.source
        for other, answer in scene.cluster.kustomizations.items()
        if other != root.id and answer.failure is None and not answer.opaque
        if (known := scene.cluster.ks(other)) is not None
    )
    return not any(found)


def _is_called(name: str, *objects: ObjectId) -> bool:
    return all(each.namespace == each.name == name for each in objects)


def check_remote_bases(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """The bases that kustomize would clone, where --no-remote-bases keeps it from reading them."""
    root, reconciled = scene.cluster.root, scene.cluster.reconciled(applied.id)
    if root is None or reconciled is None or not root.controller.refuses_remote_bases:
        return
    for opaque in reconciled.opaque:
        if not is_cloned(opaque.url):
            continue
        clone = "path 'kustomize-*' is not in or below 'kustomization-*'"
        yield Finding(
            rule="build-failed",
            certainty=Certainty.CERTAIN if root.pinned else Certainty.LIKELY,
            subject=applied.id,
            reference=Missing("Build", "", opaque.path, "spec.path"),
            message=f"kustomize build failed: accumulating resources: accumulation err='accumulating "
            f"resources from '{opaque.url}'': fs-security-constraint abs kustomize-*: {clone}",
            origin=applied.origin,
            because=(
                f"{opaque.path} names {opaque.url}, and kustomize-controller runs with --no-remote-bases",
            ),
            cluster=scene.label,
        )


def _decrypts(scene: Scene, applied: Applied) -> bool:
    ks = scene.cluster.ks(applied.id)
    return ks is not None and ks.decrypts


def _in_decryptors_words(failure: Failure) -> str:
    """What the decryptor says, which looks at the kustomizations before kustomize does."""
    for told, said in (*_DECRYPTOR, _INPUT) if failure.secret_input else _DECRYPTOR:
        if found := told.search(failure.message):
            return f"error decrypting sources: {found.expand(said)}"
    return failure.message


def is_let_pass(scene: Scene, ks: ObjectId) -> bool:
    """Does a build fail in a way that the cluster's own controller does not mind?"""
    reconciled = scene.cluster.reconciled(ks)
    since = _refused_since(reconciled.failure) if reconciled and reconciled.failure else None
    return since is not None and scene.controller is not None and scene.controller < since


def check_patches(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """The patches of a ks's build that select no object: silent for kustomize."""
    reconciled = scene.cluster.reconciled(applied.id)
    for use in reconciled.patches if reconciled else ():
        if use.selected:
            continue
        target = json.dumps(use.target, sort_keys=True, default=str) if use.target else "its own name"
        place, what, position = _written(scene, applied, reconciled, use)
        yield Finding(
            rule="patch-matches-nothing",
            certainty=Certainty.POSSIBLE,
            subject=applied.id,
            reference=Missing("Patch", "", f"{place}#{what}[{position}]", f"{what}[{position}]"),
            message=f"{what}[{position}] of {place} selects no object: {target}",
            origin=applied.origin,
            because=(
                "A patch whose target matches nothing is no error for kustomize: it is lost in silence",
            ),
            cluster=scene.label,
        )


def _written(
    scene: Scene, ks: Applied, reconciled: Reconciled | None, use: PatchUse
) -> tuple[RepoPath, str, int]:
    """Where a patch stands: those past the folder's own are the ks's spec.patches."""
    own = reconciled.own_patches if reconciled else 0
    at_root = parent(use.patch.path) == scene.cluster.folder_of(ks.id)
    if at_root and use.patch.what == "patches" and use.patch.position >= own:
        return ks.origin.path, "spec.patches", use.patch.position - own
    return use.patch.path, use.patch.what, use.patch.position
