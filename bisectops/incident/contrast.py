"""Two commits held against each other: what `diff` answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bisectops.flux.applied import Applied
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.graph.difference import Difference, difference
from bisectops.history.request import Request
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterContrast:
    """What changed in one cluster."""

    cluster: str
    difference: Difference
    unknown: tuple[Applied, ...]
    """Objects that are not to be seen at the new commit, because what applies them fails to build there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The answer of `diff`."""

    old: Oid
    new: Oid
    clusters: tuple[ClusterContrast, ...]
    introduced: tuple[Finding, ...]
    resolved: tuple[Finding, ...]


def contrast(request: Request) -> Contrast:
    """What changed from `request.good` to `request.bad`; raises UnknownRevision or NoClusterRoot."""
    repository = Repository(request.directory)
    oids = [repository.resolve(rev) for rev in (request.good or "HEAD", request.bad)]
    judges = [_judged(repository, oid, request.clusters) for oid in oids]
    before, after = judges
    names = sorted({*before.clusters, *after.clusters})
    counted = [_counted(judge.findings) for judge in judges]
    return Contrast(
        old=oids[0],
        new=oids[1],
        clusters=tuple(
            _contrasted(name, before.clusters.get(name), after.clusters.get(name)) for name in names
        ),
        introduced=tuple(counted[1][key] for key in sorted(counted[1].keys() - counted[0].keys())),
        resolved=tuple(counted[0][key] for key in sorted(counted[0].keys() - counted[1].keys())),
    )


def _judged(repository: Repository, commit: Oid, clusters: tuple[str, ...]) -> RepositoryJudge:
    judge = RepositoryJudge(clusters)
    judge.move(repository.snapshot(commit), None)
    return judge


def _counted(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    return {key: each for key, each in findings.items() if each.counts}


def _contrasted(name: str, old: ClusterJudge | None, new: ClusterJudge | None) -> ClusterContrast:
    found = difference(old.scene.cluster.objects if old else {}, new.scene.cluster.objects if new else {})
    unknown = tuple(each for each in found.vanished if new is not None and new.scene.knows(each.id))
    vanished = tuple(each for each in found.vanished if each not in unknown)
    return ClusterContrast(cluster=name, difference=replace(found, vanished=vanished), unknown=unknown)
