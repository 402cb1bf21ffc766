"""Objects that depend on one another in a ring: each waits for ever."""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.applied import Applied
from bisectops.graph.model import EdgeKind
from bisectops.rules.finding import Certainty, Finding, missing
from bisectops.rules.scene import Scene


def check(scene: Scene, applied: Applied) -> Iterator[Finding]:
    """The dependencies of an object that lead back to it."""
    ring = scene.rings.get(applied.id, frozenset())
    for reference in scene.graph.references(applied.id, EdgeKind.DEPENDS_ON):
        if reference.target not in ring:
            continue
        members = ", ".join(str(member) for member in sorted(ring))
        yield Finding(
            rule="dependency-not-found",
            certainty=Certainty.CERTAIN,
            subject=applied.id,
            reference=missing(reference.target, reference.field),
            message=f"dependency '{reference.target.namespace}/{reference.target.name}' is not ready",
            origin=applied.origin,
            because=(f"dependsOn leads in a ring, so each waits for the next for ever: {members}",),
            cluster=scene.label,
        )
