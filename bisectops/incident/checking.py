"""One commit as Flux would see it: what `check` answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bisectops.flux.left_out import LeftOut
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.position import line_of
from bisectops.rules.cascade import blocks, cascade
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.whole import whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much was judged."""

    nodes: int
    edges: int
    kustomizations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer of `check`."""

    commit: Oid
    size: Size
    roots: tuple[str, ...]
    findings: tuple[Finding, ...]
    """Causes of the asked certainty, sorted by certainty and id."""
    cascade: tuple[Finding, ...]
    """What follows from them, never a cause."""
    lines: Mapping[str, int]
    blocks: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...] = ()
    """The Kustomizations that are written and part of no cluster."""
    unknown: str = ""
    """Why what was asked about cannot be judged at this commit, where nothing else was found."""


def check(request: Request, certainty: Certainty = Certainty.LIKELY) -> Checked:
    """Judge the commit `request.bad`; raises UnknownRevision or NoClusterRoot."""
    repository = Repository(request.directory)
    commit = repository.resolve(request.bad)
    judge = RepositoryJudge(request.clusters)
    snapshot = repository.snapshot(commit)
    judge.move(snapshot, None)
    judges = tuple(judge.clusters.values())
    asked = [finding for finding in judge.findings.values() if request.asks(finding)]
    counted = [finding for finding in asked if finding.certainty.rank <= certainty.rank]
    counted.sort(key=lambda finding: (finding.certainty.rank, finding.id))
    follows = _cascade(judges, counted)
    told = (*counted, *follows)
    return Checked(
        commit=commit,
        size=_size(judges),
        roots=tuple(f"{root.path or '.'}: {root.found}" for root in judge.roots),
        findings=tuple(counted),
        cascade=follows,
        lines={finding.id: line_of(repository, commit, finding) for finding in told},
        blocks={finding.id: _blocked(judges, finding) for finding in told},
        left_out=judge.left_out(snapshot),
        unknown="" if counted else _unknown(request, judges),
    )


def _size(judges: Iterable[ClusterJudge]) -> Size:
    graphs = [whole(judge.scene) for judge in judges]
    return Size(
        nodes=sum(len(graph) for graph in graphs),
        edges=sum(graph.number_of_edges() for graph in graphs),
        kustomizations=sum(len(judge.scene.cluster.kustomizations) for judge in judges),
    )


def _cascade(judges: Iterable[ClusterJudge], causes: Iterable[Finding]) -> tuple[Finding, ...]:
    kept = tuple(causes)
    return tuple(
        finding
        for judge in judges
        for finding in cascade(judge.scene, [cause for cause in kept if cause.id in judge.findings])
    )


def _blocked(judges: Iterable[ClusterJudge], finding: Finding) -> tuple[str, ...]:
    found = (blocks(judge.scene, finding) for judge in judges if judge.scene.label == finding.cluster)
    return tuple(str(held) for each in found for held in each)


def _unknown(request: Request, judges: Iterable[ClusterJudge]) -> str:
    """Why nothing can be said: a root that does not build, or an asked object behind a failure."""
    for judge in judges:
        scene = judge.scene
        root = scene.cluster.root
        if root is not None and (answer := scene.cluster.reconciled(root.id)) and answer.failure:
            return f"{root.id} itself fails, and everything follows from it: {answer.failure.message}"
        for name in sorted(request.objects):
            if scene.is_unknown(name):
                return f"{name} may be made by a Kustomization that fails at this commit"
    return ""
