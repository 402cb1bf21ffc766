"""SOPS material that nothing would decrypt.

A child seldom writes spec.decryption itself: its parent patches it in. The rule reads the ks as its
parents made it, so it turns bad at the commit that dropped the patch, wherever the Secret may lie.
"""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.flux.controller import Version
from bisectops.flux.not_gits_own import is_kept, is_left_alone, may_hold_more
from bisectops.flux.sops import (
    NEWEST,
    Encrypted,
    Fate,
    Opened,
    encrypted,
    fate,
    imported,
    refusal,
    unopenable,
)
from bisectops.flux.substitute import gvk_and_name
from bisectops.graph.model import EdgeKind
from bisectops.rules.finding import Certainty, Finding, Missing, missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping

_ENDS = {
    Fate.REFUSED: "the controller refuses it",
    Fate.REJECTED: "the API server refuses it",
    Fate.APPLIED: "the ciphertext is applied and nothing complains",
}


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """The encrypted objects of a ks that has no decryption, or a key Secret that holds no key."""
    ks = scene.cluster.ks(applied.id)
    reconciled = scene.cluster.reconciled(applied.id)
    if ks is None or reconciled is None:
        return
    version = _version(scene)
    sealed = [
        (found, how)
        for found in reconciled.objects
        if ("sops" in found.content or found.id.kind in ("Secret", "ConfigMap"))
        and (how := encrypted(found.content, controller=version)) is not None
    ]
    opened = [(found, how) for found, how in sealed if how.opened is not Opened.NEVER]
    if not ks.decrypts:
        for found, how in opened:
            ending = fate(found.content, controller=version)
            left_alone = ending is not Fate.REFUSED and is_left_alone(found.content)
            if not left_alone and (how.fields or ending is not Fate.APPLIED):
                yield _not_decrypted(scene, applied, found, how, ending)
    elif opened:
        yield from _without_key(scene, applied, *opened[0])
        for found, how in opened:
            if "sops" not in found.content and how.opened is Opened.AFTER_BUILD:
                yield from _unopenable(scene, applied, found)


def _not_decrypted(scene: Scene, ks: Applied, found: Applied, how: Encrypted, ending: Fate) -> Finding:
    fields = ", ".join(sorted({".".join(path[:1]) for path in how.fields})) or "sops"
    version = _version(scene)
    whole = _is_whole(found)
    refused = ending is not Fate.APPLIED and not whole
    ends = "the API server knows no such kind" if whole else _ENDS[ending]
    return Finding(
        rule="encrypted-without-decryption",
        certainty=_certainty(scene, ks, found, ending),
        subject=ks.id,
        reference=_encrypted(found),
        message=refusal(found.content, controller=version) if refused else _silent(found),
        origin=ks.origin,
        because=(
            f"{ks.id} builds {_encrypted(found)} from {found.origin.path}, encrypted by SOPS ({fields})",
            f"{ks.id} has no spec.decryption, neither of its own nor from a patch: {ends}",
        ),
        cluster=scene.label,
        silent=not refused and not whole,
    )


def _certainty(scene: Scene, ks: Applied, found: Applied, ending: Fate) -> Certainty:
    """The guard looks at everything; what is there already may be applied never again."""
    if scene.is_made_up(ks.id):
        return Certainty.POSSIBLE
    return Certainty.LIKELY if is_kept(found.content) and ending is not Fate.REFUSED else Certainty.CERTAIN


def _version(scene: Scene) -> Version:
    """The kustomize-controller of the cluster; the newest where git does not say."""
    return scene.controller or NEWEST


def _encrypted(found: Applied) -> Missing:
    """What is encrypted; by its file where that was encrypted whole, kind and name included."""
    if _is_whole(found):
        return Missing("File", "", found.origin.path, "spec.decryption")
    return Missing(found.id.kind, found.id.namespace, found.id.name, "spec.decryption")


def _is_whole(found: Applied) -> bool:
    """Is an object encrypted to its very name?"""
    return "ENC[" in str(found.id)


def _silent(found: Applied) -> str:
    what = _encrypted(found)
    if _is_whole(found):
        return f"{what} is SOPS encrypted to its very kind, and no spec.decryption is in effect"
    return f"{what} is SOPS encrypted and would be applied as ciphertext: no spec.decryption is in effect"


def _unopenable(scene: Scene, ks: Applied, found: Applied) -> Iterator[Finding]:
    """The generated Secret's keys whose names tell another format than their contents."""
    for key, why in unopenable(found.content):
        place = f"'{found.id.namespace}/{found.id.name}' Secret field '{key}'"
        named = gvk_and_name(found.content)
        yield Finding(
            rule="build-failed",
            certainty=Certainty.CERTAIN,
            subject=ks.id,
            reference=Missing("Build", "", found.origin.path, f"data[{key}]"),
            message=f"decryption failed for '{named}': failed to decrypt and format {place}: {why}",
            origin=found.origin,
            because=(
                f"{found.origin.path} puts a file that SOPS encrypted under the key {key}, and the name of "
                "the key, which ends in no suffix that SOPS knows, says that it is binary",
            ),
            cluster=scene.label,
        )


def _undecryptable(found: Applied, how: Encrypted) -> str:
    """What the controller says of the first object for which it has no key."""
    reason = "cannot get sops data key: Failed to get the data key required to decrypt the SOPS file."
    if how.opened is Opened.BEFORE_BUILD:
        return f"error decrypting sources: {reason}"
    place = f"'{found.id.namespace}/{found.id.name}' {found.id.kind}"
    what = f"{place} data" if "sops" in found.content else f"{place} field '{how.fields[0][-1]}'"
    named = gvk_and_name(found.content)
    return f"decryption failed for '{named}': failed to decrypt and format {what}: {reason}"


def _without_key(scene: Scene, ks: Applied, first: Applied, how: Encrypted) -> Iterator[Finding]:
    """A key Secret of git's own, none of whose keys the controller would import."""
    for reference in scene.graph.references(ks.id, EdgeKind.DECRYPTS_WITH):
        secret = scene.graph.applied(reference.target)
        if secret is None or may_hold_more(secret.content):
            continue
        names = [*mapping(secret.content, "data"), *mapping(secret.content, "stringData")]
        by_flag = reference.field == "spec.decryption"
        if not names or imported(names, age_only=by_flag):
            continue
        keys = "*.agekey" if by_flag else "*.agekey, *.asc and the sops.* names"
        yield Finding(
            rule="decryption-secret-missing",
            certainty=Certainty.CERTAIN,
            subject=ks.id,
            reference=missing(reference.target, reference.field),
            message=_undecryptable(first, how),
            origin=ks.origin,
            because=(
                f"{reference.target} holds {', '.join(sorted(names))}; the controller imports only "
                f"{keys}, and ignores the rest in silence",
            ),
            cluster=scene.label,
        )
