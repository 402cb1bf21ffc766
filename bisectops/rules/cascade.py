"""What follows from a failure: the dependants that wait. Never a cause, so never part of a search."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from bisectops.flux.kinds import HELM_GROUP, KUSTOMIZE_GROUP, ObjectId, is_ks
from bisectops.flux.sops import key_kind
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.references import missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import boolean, mapping, mappings, text

_AWAITED = {EdgeKind.DEPENDS_ON: "dependency", EdgeKind.SOURCE: "{kind}", EdgeKind.CHART: "{kind}"}
"""The references whose target must be ready, and what the controllers call it."""


def cascade(scene: Scene, causes: Iterable[Finding]) -> tuple[Finding, ...]:
    """`dependency-not-ready` for every dependant that the causes keep from being reconciled."""
    causes = tuple(causes)
    not_ready = {finding.subject: finding.certainty for finding in causes}
    found = {each.id: each for cause in causes for each in _without_key(scene, cause)}
    for each in found.values():
        not_ready.setdefault(each.subject, each.certainty)
    queue = deque(sorted(not_ready))
    while queue:
        broken = queue.popleft()
        for waiting, reference in _waiting_for(scene, broken):
            finding = _not_ready(scene, waiting, reference, not_ready[broken])
            if finding is not None and finding.id not in found:
                found[finding.id] = finding
            if waiting not in not_ready:
                not_ready[waiting] = not_ready[broken]
                queue.append(waiting)
    return tuple(found[key] for key in sorted(found))


def _without_key(scene: Scene, cause: Finding) -> Iterator[Finding]:
    """Who reads its key from a Secret that is applied as ciphertext: its parent does not decrypt (4.3)."""
    sealed = ObjectId("Secret", cause.reference.namespace, cause.reference.name)
    if cause.rule != "encrypted-without-decryption" or cause.reference.kind != "Secret":
        return
    secret = scene.graph.applied(sealed)
    names = [*mapping(secret.content, "data"), *mapping(secret.content, "stringData")] if secret else []
    key = next(filter(key_kind, sorted(names)), "age.agekey")
    for reader in sorted(scene.graph.referrers(sealed, EdgeKind.DECRYPTS_WITH) - {cause.subject}):
        applied = scene.graph.applied(reader)
        if applied is None or boolean(mapping(applied.content, "spec"), "suspend"):
            continue
        yield Finding(
            rule="dependency-not-ready",
            certainty=cause.certainty,
            subject=reader,
            reference=missing(sealed, "spec.decryption.secretRef"),
            message=f"failed to import '{key}' data from sops decryption Secret "
            f"'{sealed.namespace}/{sealed.name}': failed to parse and add to age identities: "
            "unknown identity type",
            origin=applied.origin,
            because=(f"{sealed} holds ciphertext: {cause.subject} applies it and does not decrypt",),
            cluster=scene.label,
        )


def blocks(scene: Scene, subject: ObjectId) -> tuple[ObjectId, ...]:
    """The Flux objects that one broken object holds up: what it applies and what waits for it."""
    held: set[ObjectId] = set()
    queue = deque([subject])
    while queue:
        here = queue.popleft()
        after = {waiting for waiting, _ in _waiting_for(scene, here)}
        if is_ks(here) and (answer := scene.cluster.reconciled(here)):
            after |= {a.id for a in answer.objects if a.id.group in (HELM_GROUP, KUSTOMIZE_GROUP)}
        queue.extend(after - held - {subject})
        held |= after
    return tuple(sorted(held - {subject}))


def _waiting_for(scene: Scene, broken: ObjectId) -> Iterator[tuple[ObjectId, Reference | None]]:
    """Who is not ready while this is not: by dependsOn, or because its health checks include it."""
    for referrer in sorted(scene.graph.referrers(broken, *_AWAITED)):
        for reference in scene.graph.references(referrer, *_AWAITED):
            if reference.target == broken:
                yield referrer, reference
    for owner in sorted(scene.cluster.copies(broken)):
        if owner != broken and _checks_health(scene, owner, broken):
            yield owner, None


def _checks_health(scene: Scene, owner: ObjectId, applied: ObjectId) -> bool:
    """`wait: true` checks all that was applied, else `healthChecks` name what to check (2.9.8)."""
    ks = scene.cluster.ks(owner)
    if ks is None:
        return False
    if boolean(ks.spec, "wait"):
        return True
    checks = mappings(ks.spec, "healthChecks")
    named = {(text(c, "kind"), text(c, "namespace"), text(c, "name")) for c in checks}
    return (applied.kind, applied.namespace, applied.name) in named


def _not_ready(
    scene: Scene, waiting: ObjectId, reference: Reference | None, certainty: Certainty
) -> Finding | None:
    applied = scene.graph.applied(waiting)
    if reference is None or applied is None or boolean(mapping(applied.content, "spec"), "suspend"):
        return None
    target = reference.target
    place = f"{target.namespace}/{target.name}"
    return Finding(
        rule="dependency-not-ready",
        certainty=certainty,
        subject=waiting,
        reference=missing(target, reference.field),
        message=f"{_AWAITED[reference.kind].format(kind=target.kind)} '{place}' is not ready",
        origin=applied.origin,
        because=(f"{waiting} waits for {target}, which does not become ready",),
        cluster=scene.label,
    )


__all__ = ["Missing", "blocks", "cascade"]
