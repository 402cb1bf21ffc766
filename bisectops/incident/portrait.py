"""How a cluster distributes keys, sources and variables: a phrase a component, the same for the same setup.

Two portraits held against each other are the pattern analysis of a report.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from bisectops.errors import YamlError
from bisectops.flux.applied import Applied
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import HELM_GROUP, FluxKustomization, ObjectId
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.graph.extract import references
from bisectops.graph.model import EdgeKind
from bisectops.incident.changes import listed
from bisectops.memo import Question
from bisectops.rules.finding import Finding
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import texts
from bisectops.yaml.reader import one


@dataclass(frozen=True, slots=True)
class Feature:
    """One component of a setup."""

    component: str
    phrase: str
    rules: frozenset[str]
    """The rules whose findings this component decides."""
    detail: tuple[str, ...] = ()
    """What the phrase leaves out, so that two features are equal only where all of it is."""


K = TypeVar("K")
_LOCATED = frozenset(
    (
        "decryption-secret-missing",
        "source-not-found",
        "substitute-source-missing",
        "values-source-missing",
        "dependency-not-found",
    )
)
_INHERITANCE = frozenset(("encrypted-without-decryption",))
_SOURCES = frozenset(("source-not-found",))
_VARIABLES = frozenset(("substitute-source-missing",))
_PLACES = frozenset(("dependency-not-found", "namespace-unspecified"))
_BUILDS = frozenset(("build-failed",))
_MOST = 4
"""What is missing, and what cannot be built, are told of so many, the others left out."""


def portrait(scenes: Iterable[Scene], snapshot: Snapshot, about: Iterable[Finding]) -> tuple[Feature, ...]:
    """The features of a setup that decide the given findings, in a fixed order."""
    all_scenes = list(scenes)
    there = [scene.cluster for scene in all_scenes]
    findings = list(about)
    rules = {finding.rule for finding in findings}
    homes = sorted({ks.namespace for cluster in there for ks in cluster.kustomizations})
    features = [
        *(_location(all_scenes, *key) for key in _wanted(findings)),
        *(_build(all_scenes, *key) for key in _unbuilt(findings)),
        Feature("Decryption Inheritance", _decryption(there), _INHERITANCE),
        Feature("Kustomizations Live In", _in_namespaces(homes), _PLACES, tuple(homes)),
        Feature("Apps Structure", _components(there, snapshot), frozenset()),
        Feature("Chart Sources", _charts(there), frozenset()),
        Feature("Variables", _variables(there), _VARIABLES),
    ]
    topics = {"Chart Sources": _SOURCES, "Variables": _VARIABLES}
    return tuple(f for f in features if topics.get(f.component, rules) & rules)


def _wanted(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """What is missing, as (rule, kind, name), the most missed first."""
    located = [
        f
        for f in findings
        if f.reference.kind not in ("Path", "Build", "Patch") and f.rule != "namespace-unspecified"
    ]
    counted = Counter((f.rule, f.reference.kind, f.reference.name) for f in located)
    return [key for key, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:_MOST]]


def _unbuilt(findings: list[Finding]) -> list[tuple[str, ObjectId]]:
    """The Kustomizations that cannot be built, each with its cluster."""
    return sorted({(finding.cluster, finding.subject) for finding in findings if finding.rule in _BUILDS})[
        :_MOST
    ]


def _build(scenes: list[Scene], label: str, ks: ObjectId) -> Feature:
    """What a ks of a cluster builds, and what comes of it."""
    phrase = "not there"
    for scene in scenes:
        answer, view = scene.cluster.reconciled(ks), scene.cluster.ks(ks)
        if answer is not None and view is not None and scene.label in (label, ""):
            number = len(answer.objects)
            made = "which fails" if answer.failure else f"{number} object{'' if number == 1 else 's'}"
            phrase = f"builds `{view.path}`: {made}"
    return Feature(f"Kustomization `{ks.namespace}/{ks.name}`", phrase, _BUILDS)


def _location(scenes: list[Scene], rule: str, kind: str, name: str) -> Feature:
    """Where git has an object of a kind and name, or has an operator make one."""
    applied = sorted(
        {i.namespace for s in scenes for i in s.cluster.objects if (i.kind, i.name) == (kind, name)}
    )
    made = sorted({place for scene in scenes for place in scene.makers.namespaces(kind, name)} - set(applied))
    told = [_in_namespaces(applied)] if applied or not made else []
    told += [f"made by operators {_in_namespaces(made)}"] if made else []
    return Feature(f"{kind} `{name}`", "; ".join(told), frozenset((rule,)), (*applied, "", *made))


def _in_namespaces(places: list[str]) -> str:
    named = [place or "no namespace" for place in places]
    if not named:
        return "not in git"
    if len(named) == 1:
        return f"in `{named[0]}` only"
    return f"in {len(named)} namespaces: {listed(named)}"


def _decryption(clusters: list[Cluster]) -> str:
    """Whether Kustomizations write spec.decryption themselves or have it patched in by a parent."""
    own: list[ObjectId] = []
    patched: defaultdict[RepoPath, list[ObjectId]] = defaultdict(list)
    total = 0
    for cluster in clusters:
        for ks in cluster.kustomizations:
            view, applied = cluster.ks(ks), cluster.objects.get(ks)
            total += 1
            if view is None or applied is None or not view.decrypts:
                continue
            giver = _parent_that_patches(cluster, applied)
            if giver is None:
                own.append(ks)
            else:
                patched[giver].append(ks)
    told = [f"patched into {len(who)} of {total} by `{path}`" for path, who in sorted(patched.items())]
    if own:
        told.append(
            f"own `spec.decryption` in {len(own)}"
            if patched
            else f"own `spec.decryption` in {len(own)} of {total}"
        )
    return "; ".join(told) or "none"


def _parent_that_patches(cluster: Cluster, applied: Applied) -> RepoPath | None:
    """The file of the ks whose spec.patches wrote an object's decryption, None where nobody patched it."""
    parent = cluster.objects.get(applied.applied_by)
    patched = any(shaping.what == "patches" for shaping in applied.shaped_by)
    return parent.origin.path if parent is not None and patched else None


def _components(clusters: list[Cluster], snapshot: Snapshot) -> str:
    """Which components the kustomizations that were read include, and how many do."""
    counted: Counter[str] = Counter()
    for path in sorted({path for c in clusters for asked, path in c.reads() if asked is Question.CONTENT}):
        if path.rpartition("/")[2].startswith(("kustomization.y", "Kustomization")):
            counted.update(set(_included(snapshot, path)))
    if not counted:
        return "no `components:`"
    told = [
        f"`components: {name}` in {n}" for name, n in sorted(counted.items(), key=lambda i: (-i[1], i[0]))[:2]
    ]
    return "; ".join(told)


def _included(snapshot: Snapshot, path: RepoPath) -> Iterator[str]:
    if snapshot.entry(path) is None:
        return
    try:
        yield from texts(one(snapshot.read(path)), "components")
    except YamlError:
        return  # the build of this kustomization fails, and that is a finding


def _charts(clusters: list[Cluster]) -> str:
    same, other = 0, 0
    for applied in _of_kind(clusters, HELM_GROUP, "HelmRelease"):
        for reference in references(applied):
            if reference.kind in (EdgeKind.CHART, EdgeKind.SOURCE):
                same += reference.target.namespace == applied.id.namespace
                other += reference.target.namespace != applied.id.namespace
    if not same + other:
        return "no HelmRelease"
    return f"{same} HelmReleases look in their own namespace, {other} name another"


def _variables(clusters: list[Cluster]) -> str:
    counted: Counter[str] = Counter()
    for cluster in clusters:
        for view in _views(cluster):
            counted.update(
                f"{entry.kind} `{entry.name}`{' (optional)' if entry.optional else ''}"
                for entry in view.substitute_from
            )
    told = [f"{name} in {n}" for name, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:3]]
    return "; ".join(told) or "no `substituteFrom`"


def _views(cluster: Cluster) -> Iterator[FluxKustomization]:
    for ks in cluster.kustomizations:
        if (view := cluster.ks(ks)) is not None:
            yield view


def _of_kind(clusters: list[Cluster], group: str, kind: str) -> Iterator[Applied]:
    for cluster in clusters:
        for object_id, applied in cluster.objects.items():
            if (object_id.group, object_id.kind) == (group, kind):
                yield applied
