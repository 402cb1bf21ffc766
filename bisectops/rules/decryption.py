"""SOPS material that nothing would decrypt (flux-semantics 3.6, 4).

A child seldom writes spec.decryption itself: its parent patches it in. The rule reads the ks as its
parents made it, so it turns bad at the commit that dropped the patch, wherever the Secret may lie.
"""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.flux.sops import NEWEST, Encrypted, Fate, Opened, Version, encrypted, fate, imported, refusal
from bisectops.graph.model import EdgeKind
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.references import missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping


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
        yield from (
            _not_decrypted(scene, applied, found, how)
            for found, how in opened
            if how.fields or fate(found.content, controller=version) is not Fate.APPLIED
        )
    elif opened:
        yield from _without_key(scene, applied)


def _not_decrypted(scene: Scene, ks: Applied, found: Applied, how: Encrypted) -> Finding:
    fields = ", ".join(sorted({".".join(path[:1]) for path in how.fields})) or "sops"
    version = _version(scene)
    refused = fate(found.content, controller=version) is Fate.REFUSED
    whole = _is_whole(found)
    unsure = scene.is_made_up(ks.id)
    ends = (
        "the controller refuses it"
        if refused
        else "the API server knows no such kind"
        if whole
        else "the ciphertext is applied and nothing complains"
    )
    return Finding(
        rule="encrypted-without-decryption",
        certainty=Certainty.POSSIBLE if unsure else Certainty.CERTAIN,
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


def _without_key(scene: Scene, ks: Applied) -> Iterator[Finding]:
    """A key Secret of git's own, none of whose keys the controller would import (3.4)."""
    for reference in scene.graph.references(ks.id, EdgeKind.DECRYPTS_WITH):
        secret = scene.graph.applied(reference.target)
        if secret is None:
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
            message="cannot get sops data key",
            origin=ks.origin,
            because=(
                f"{reference.target} holds {', '.join(sorted(names))}; the controller imports only "
                f"{keys}, and ignores the rest in silence",
            ),
            cluster=scene.label,
        )
