"""What stands around the failures: consequences, roots, and the files that play a part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from bisectops.flux.kinds import is_ks
from bisectops.git.objects import RepoPath
from bisectops.incident.incident import Link
from bisectops.incident.trail import Trail
from bisectops.rules.cascade import blocks, cascade
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Finding

_MOST_EACH = 5
"""Files told of each commit and of the repair."""


def _judges(trail: Trail) -> Iterable[ClusterJudge]:
    return trail.examiner.judge.clusters.values()


def consequences(trail: Trail) -> tuple[Finding, ...]:
    """The cascade of the failures asked about."""
    told = trail.told.values()
    return tuple(
        finding
        for judge in _judges(trail)
        for finding in cascade(judge.scene, [f for f in told if f.id in judge.findings])
    )


def blocked(trail: Trail, finding: Finding) -> tuple[str, ...]:
    """The Flux objects that a failing object holds up."""
    return tuple(
        str(held)
        for judge in _judges(trail)
        if finding.id in judge.findings
        for held in blocks(judge.scene, finding)
    )


def roots_told(trail: Trail) -> tuple[str, ...]:
    """The cluster roots at the bad commit, and how each was found."""
    return tuple(f"{root.path or '.'}: {root.found}" for root in trail.examiner.judge.roots)


def related_files(
    trail: Trail, links: tuple[Link, ...], read: Set[RepoPath], edits: Mapping[RepoPath, bytes | None]
) -> tuple[tuple[str, str], ...]:
    """The files of the story with their part in it: roots, parents, the chain's, the repair's, who fails.

    Of what a commit changed, the files that a build has `read` come first.
    """
    told: dict[str, str] = {}
    for root in trail.examiner.judge.roots:
        told.setdefault(root.origin, "Root of the cluster")
    for judge in _judges(trail):
        for finding in trail.new:
            told.setdefault(*_parent(judge, finding))
    for link in links:
        for changed in sorted(link.paths, key=lambda path: path not in read)[:_MOST_EACH]:
            told.setdefault(changed, f"Changed by `{link.commit.short}`")
    for path in sorted(edits)[:_MOST_EACH]:
        told.setdefault(path, "Part of the repair")
    for finding in trail.new[:_MOST_EACH]:
        told.setdefault(finding.origin.path, f"`{finding.subject}`, which fails")
    told.pop("", None)
    return tuple(told.items())


def _parent(judge: ClusterJudge, finding: Finding) -> tuple[str, str]:
    """The file of the Kustomization that decides what a failing ks is told to do."""
    subject = judge.scene.graph.applied(finding.subject)
    parent = judge.scene.graph.applied(subject.applied_by) if subject and is_ks(subject.id) else None
    return (parent.origin.path, f"`{parent.id}`, the parent of what fails") if parent else ("", "")
