"""One commit as Flux would see it: what `check` answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from bisectops.flux.left_out import Held, LeftOut, held
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.history.side_by_side import told_of_each
from bisectops.incident.namesakes import called_alike, is_named
from bisectops.incident.position import line_of
from bisectops.rules.cascade import blocks, cascade
from bisectops.rules.cluster_judge import ClusterJudge
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.scene import Scene
from bisectops.rules.whole import whole


class Size(NamedTuple):
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
    unheard_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The objects asked about that nothing is called, and nothing refers to, with those called alike."""
    unknown: str = ""
    """Why what was asked about cannot be judged at this commit, where nothing else was found."""


def check(request: Request, certainty: Certainty = Certainty.LIKELY, jobs: int | None = None) -> Checked:
    """Judge the commit `request.bad`; raises UnknownRevision or NoClusterRoot."""
    repository = Repository(request.directory)
    commit = repository.resolve(request.bad)
    snapshot = repository.snapshot(commit)
    judge = RepositoryJudge(request.clusters)
    told = told_of_each(judge, snapshot, partial(_of_cluster, request=request, certainty=certainty), jobs)
    findings = sorted((each for cluster in told for each in cluster.findings), key=_weight)
    follows = tuple(each for cluster in told for each in cluster.cascade)
    return Checked(
        commit=commit,
        size=Size(*map(sum, zip(*(cluster.size for cluster in told), strict=True))),
        roots=tuple(cluster.root for cluster in told),
        findings=tuple(findings),
        cascade=follows,
        lines={each.id: line_of(repository, commit, each) for each in (*findings, *follows)},
        blocks={key: held for cluster in told for key, held in cluster.blocks.items()},
        left_out=judge.left_out(snapshot, [cluster.held for cluster in told]),
        unheard_of=_unheard_of(told),
        unknown="" if findings else next((cluster.unknown for cluster in told if cluster.unknown), ""),
    )


class _Told(NamedTuple):
    """What `check` tells of one cluster."""

    root: str
    size: Size
    findings: tuple[Finding, ...]
    cascade: tuple[Finding, ...]
    blocks: Mapping[str, tuple[str, ...]]
    held: Held
    unheard_of: Mapping[str, frozenset[str]]
    unknown: str


def _of_cluster(judge: ClusterJudge, request: Request, certainty: Certainty) -> _Told:
    scene, root = judge.scene, judge.scene.cluster.root
    asked = (finding for finding in judge.findings.values() if request.asks(finding))
    counted = sorted((each for each in asked if each.certainty.rank <= certainty.rank), key=_weight)
    follows = cascade(scene, counted)
    graph = whole(scene)
    return _Told(
        root=f"{root.path or '.'}: {root.found}" if root else "",
        size=Size(len(graph), graph.number_of_edges(), len(scene.cluster.kustomizations)),
        findings=tuple(counted),
        cascade=tuple(follows),
        blocks={each.id: tuple(map(str, blocks(scene, each))) for each in (*counted, *follows)},
        held=held(scene.cluster),
        unheard_of={name: called_alike(scene, name) for name in request.objects if not is_named(scene, name)},
        unknown=_unknown(request, scene),
    )


def _unheard_of(told: Sequence[_Told]) -> dict[str, frozenset[str]]:
    """What no cluster knows, with what is called alike in any."""
    names = sorted(frozenset.intersection(*(frozenset(cluster.unheard_of) for cluster in told)))
    return {name: frozenset[str]().union(*(cluster.unheard_of[name] for cluster in told)) for name in names}


def _weight(finding: Finding) -> tuple[int, str]:
    return finding.certainty.rank, finding.id


def _unknown(request: Request, scene: Scene) -> str:
    """Why nothing can be said: a root that does not build, or an asked object behind a failure."""
    root = scene.cluster.root
    if root is not None and (answer := scene.cluster.reconciled(root.id)) and answer.failure:
        return f"{root.id} itself fails, and everything follows from it: {answer.failure.message}"
    for name in sorted(request.objects):
        if scene.is_unknown(name):
            return f"{name} may be made by a Kustomization that fails at this commit"
    return ""
