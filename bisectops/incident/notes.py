"""What an answer could not see."""

from __future__ import annotations

from collections.abc import Iterator, Set

from bisectops.flux.kinds import ObjectId
from bisectops.incident.namesakes import called_alike, is_named, unheard_of
from bisectops.incident.trail import Trail
from bisectops.rules.cluster_judge import ClusterJudge

_MOST_URLS = 3
"""Inputs from elsewhere that are named of one Kustomization; the rest is counted."""


def notes(trail: Trail) -> Iterator[str]:
    """A sentence each: objects out of sight, Kustomizations that stand still, inputs from elsewhere."""
    yield from dict.fromkeys(_all(trail))  # clusters that are built alike say the same


def _all(trail: Trail) -> Iterator[str]:
    yield from _unknown(trail)
    yield from _brought_to_light(trail)
    yield from _replaced(trail)
    yield from _renamed(trail)
    for judge in trail.examiner.judge.clusters.values():
        for ks, answer in sorted(judge.scene.cluster.kustomizations.items()):
            if answer.failure:
                since = _since(trail, judge, ks)
                yield f"{ks} stands still{since}: what it would apply is unknown and was not judged"
            elif answer.opaque:
                urls = sorted({opaque.url for opaque in answer.opaque})
                more = f" and {len(urls) - _MOST_URLS} more" if len(urls) > _MOST_URLS else ""
                told = ", ".join(urls[:_MOST_URLS])
                yield f"{ks} takes inputs that are not in this repository: {told}{more}"


def names_unheard_of(trail: Trail, objects: Set[str]) -> Iterator[str]:
    """A sentence each: the objects asked about that neither the bad commit nor the line's story knows."""
    scenes = [judge.scene for judge in trail.examiner.judge.clusters.values()]
    for name in sorted(objects - trail.unknown.keys() - trail.never_seen.keys()):
        if not any(is_named(scene, name) for scene in scenes) and not trail.tells_of(name):
            alike = frozenset[str]().union(*(called_alike(scene, name) for scene in scenes))
            yield unheard_of(name, trail.line.bad, alike)


def _unknown(trail: Trail) -> Iterator[str]:
    for name, curtain in sorted(trail.unknown.items()):
        yield (
            f"Nothing is known of {name} since {curtain.since[:7]}: {curtain.ks}, which had applied it, "
            "cannot be built"
        )
    for name, (_, ks) in sorted(trail.never_seen.items()):
        yield f"Nothing is known of {name}: {ks}, which may apply it, cannot be built"


def _brought_to_light(trail: Trail) -> Iterator[str]:
    """The commits that only showed what fails: what it is written in was not built before."""
    for step in trail.steps:
        shown = step.made.keys() & trail.told.keys()
        if shown:
            of_these = f"{len(shown)} of the failures" if len(shown) < len(trail.told) else "the failures"
            yield (
                f"{step.commit[:7]} only brought {of_these} to light: they were made before it, out of sight "
                "behind a build that failed, or before their cluster was there"
            )


def _replaced(trail: Trail) -> Iterator[str]:
    """What failed before the range for want of something else."""
    for key, commit in sorted(trail.replaced.items()):
        yield f"{commit[:7]} changed what {trail.told[key].subject} misses: it failed before the range too"


def _renamed(trail: Trail) -> Iterator[str]:
    """The objects that got another name while they failed."""
    for step in trail.steps:
        for old, new in step.renamed:
            if old.subject != new.subject and new.id in trail.told:
                yield f"{old.subject} is called {new.subject} since {step.commit[:7]}, and failed all along"


def _since(trail: Trail, judge: ClusterJudge, ks: ObjectId) -> str:
    """Since when a Kustomization cannot be built, where the line tells."""
    began = (
        trail.began[key]
        for key, finding in judge.findings.items()
        if finding.rule == "build-failed" and finding.subject == ks and key in trail.began
    )
    commit = next(began, None)
    return f" since {commit[:7]}" if commit else ""
