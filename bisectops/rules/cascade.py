"""What follows from a failure: the dependants that wait. Never a cause, so never part of a search.

A source that fails keeps the artifact that it made before, and with it who builds from it stays Ready:
helm-controller internal/controller/helmrelease_controller.go (isReady) looks at the generation, at Stalled
and at the artifact alone. What waits for a source is therefore never certain.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator

from bisectops.flux.kinds import HELM_GROUP, KUSTOMIZE_GROUP, ObjectId, is_ks
from bisectops.flux.sops import key_kind
from bisectops.graph.model import EdgeKind, Reference
from bisectops.rules.finding import Certainty, Finding, missing
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import boolean, mapping

_AWAITED = {
    EdgeKind.DEPENDS_ON: "dependency '{place}' is not ready",
    EdgeKind.SOURCE: "{kind} '{place}' is not ready",
    EdgeKind.CHART: "{kind} '{place}' is not ready",
    EdgeKind.CHECKS_HEALTH: "health check failed: timeout waiting for: [{kind}/{place} status: 'InProgress']",
}
"""The references whose target must be ready, and what the controllers say where it is not."""


def cascade(scene: Scene, causes: Iterable[Finding]) -> tuple[Finding, ...]:
    """`dependency-not-ready` for every dependant that the causes keep from being reconciled."""
    causes = tuple(causes)
    found = {each.id: each for cause in causes for each in _without_key(scene, cause)}
    failing = [each for each in (*causes, *found.values()) if _keeps_from_ready(each)]
    queue = [(_of_subject(each).rank, each.subject) for each in failing]
    heapq.heapify(queue)
    settled: set[ObjectId] = set()
    while queue:
        rank, broken = heapq.heappop(queue)  # the surest first
        if broken in settled:
            continue
        settled.add(broken)
        for waiting, reference in _waiting_for(scene, broken):
            certainty = _carried(list(Certainty)[rank], reference)
            finding = _not_ready(scene, waiting, reference, certainty)
            if finding is not None:  # what is suspended keeps the status that it has
                found.setdefault(finding.id, finding)
                heapq.heappush(queue, (certainty.rank, waiting))
    return tuple(found[key] for key in sorted(found))


def _keeps_from_ready(finding: Finding) -> bool:
    """Does the subject of a finding say that it is not ready?"""
    return not finding.silent and finding.rule != "patch-matches-nothing"


def _of_subject(cause: Finding) -> Certainty:
    """How sure it is that the subject itself is not ready: its HelmChart may still have an artifact."""
    by_chart = cause.reference.field == "spec.chart.spec.sourceRef"
    return _at_most_likely(cause.certainty) if by_chart else cause.certainty


def _carried(certainty: Certainty, reference: Reference) -> Certainty:
    """How sure it is that who waits is not ready."""
    by_source = reference.kind in (EdgeKind.SOURCE, EdgeKind.CHART)
    return _at_most_likely(certainty) if by_source else certainty


def _at_most_likely(certainty: Certainty) -> Certainty:
    return max(certainty, Certainty.LIKELY, key=lambda each: each.rank)


def _without_key(scene: Scene, cause: Finding) -> Iterator[Finding]:
    """Who reads its key from a Secret that is applied as ciphertext: its parent does not decrypt."""
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


def blocks(scene: Scene, finding: Finding) -> tuple[ObjectId, ...]:
    """The Flux objects that a failure holds up: what its subject applies and what waits for it.

    What fails in silence holds up only who reads a key from what it left encrypted.
    """
    readers = [each.subject for each in _without_key(scene, finding)]
    queue = deque([finding.subject, *readers] if _keeps_from_ready(finding) else readers)
    held = set(readers)
    while queue:
        here = queue.popleft()
        after = {waiting for waiting, _ in _waiting_for(scene, here)}
        if is_ks(here) and (answer := scene.cluster.reconciled(here)):
            after |= {a.id for a in answer.objects if a.id.group in (HELM_GROUP, KUSTOMIZE_GROUP)}
        queue.extend(after - held - {finding.subject})
        held |= after
    return tuple(sorted(held - {finding.subject}))


def _waiting_for(scene: Scene, broken: ObjectId) -> Iterator[tuple[ObjectId, Reference]]:
    """Who is not ready while this is not: by dependsOn, or because it checks its health."""
    for referrer in sorted(scene.graph.referrers(broken, *_AWAITED)):
        for reference in scene.graph.references(referrer, *_AWAITED):
            if reference.target == broken:
                yield referrer, reference
    for owner in sorted(scene.cluster.copies(broken)):
        ks = scene.cluster.ks(owner)
        if ks is not None and owner != broken and boolean(ks.spec, "wait"):
            yield owner, Reference(EdgeKind.CHECKS_HEALTH, broken, "spec.wait")


def _not_ready(scene: Scene, waiting: ObjectId, reference: Reference, certainty: Certainty) -> Finding | None:
    applied = scene.graph.applied(waiting)
    if applied is None or boolean(mapping(applied.content, "spec"), "suspend"):
        return None
    target = reference.target
    place = f"{target.namespace}/{target.name}"
    return Finding(
        rule="dependency-not-ready",
        certainty=certainty,
        subject=waiting,
        reference=missing(target, reference.field),
        message=_AWAITED[reference.kind].format(kind=target.kind, place=place),
        origin=applied.origin,
        because=(f"{waiting} waits for {target}, which does not become ready",),
        cluster=scene.label,
    )
