"""The pattern analysis: the working setup, of this repository or another, held against the broken one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

from bisectops.flux.applied import Applied
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Commit, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.history.request import Request
from bisectops.incident.counterfactual import content, hunks, mentions, missing_names
from bisectops.incident.incident import Comparison, Excerpt, Pattern, Verdict
from bisectops.incident.portrait import Feature, portrait
from bisectops.incident.position import pointer
from bisectops.incident.resolution import excerpt
from bisectops.incident.trail import Trail
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge
from bisectops.rules.scene import Scene
from bisectops.yaml.positions import excerpt as excerpt_of
from bisectops.yaml.positions import locate, masked

_SHOWN = 2
"""Excerpts a side."""
_ABOVE, _BELOW = 6, 12
"""Lines shown around the field that fails."""
_LINES = 60
"""Lines of a Kustomization that is shown whole."""


def pattern(
    repository: Repository,
    request: Request,
    trail: Trail,
    base: Commit | None,
    working: RepositoryJudge | None,
    edits: Mapping[RepoPath, bytes | None],
) -> Pattern | None:
    """The last good commit, or a reference repository, against the bad commit; None without either.

    `working` stands at the last good commit, `base`.
    """
    findings = trail.new
    bad = repository.commit(trail.line.bad)
    snapshot = repository.snapshot(bad.oid)
    ours = portrait(_scenes(trail.examiner.judge), snapshot, findings)
    failing = {finding.rule for finding in findings}
    if request.reference:
        name, theirs, shown = _reference(request.reference, findings)
        parents = _parents(_clusters(trail.examiner.judge), snapshot, bad)
        changed = _excerpts(repository, base, bad, edits, findings)[1][:1] if base else ()
        return Pattern(name, compare(theirs, ours, failing), shown, (*parents, *changed))
    if base is None or working is None:
        return None
    theirs = portrait(_scenes(working), repository.snapshot(base.oid), findings)
    shown, broken = _excerpts(repository, base, bad, edits, findings)
    name = f"the last good commit (`{base.short}`)"
    return Pattern(
        name, compare(theirs, ours, failing), shown, (*broken, *_failing(snapshot, findings, broken, bad))
    )


def _scenes(judge: RepositoryJudge) -> list[Scene]:
    return [found.scene for found in judge.clusters.values()]


def _clusters(judge: RepositoryJudge) -> list[Cluster]:
    return [scene.cluster for scene in _scenes(judge)]


def _reference(spec: str, about: tuple[Finding, ...]) -> tuple[str, tuple[Feature, ...], tuple[Excerpt, ...]]:
    """REPO or REPO@REV: another repository whose setup works, with the ks that equips its children."""
    directory, _, rev = (spec, "", "") if Path(spec).exists() else spec.rpartition("@")
    repository = Repository(directory or rev)
    commit = repository.commit(repository.resolve(rev if directory and rev else "HEAD"))
    judge = RepositoryJudge()
    snapshot = repository.snapshot(commit.oid)
    judge.move(snapshot, None)
    clusters = _clusters(judge)
    features = portrait(_scenes(judge), snapshot, about)
    return f"{repository.name} (`{commit.short}`)", features, _parents(clusters, snapshot, commit)


def _parents(clusters: list[Cluster], snapshot: Snapshot, commit: Commit) -> tuple[Excerpt, ...]:
    """The ks that applies the most other ks, whole: what its children inherit is written there."""
    children: Counter[ObjectId] = Counter()
    parents: dict[ObjectId, Applied] = {}
    for cluster in clusters:
        for ks in cluster.kustomizations:
            applied = cluster.objects.get(ks)
            parent = cluster.objects.get(applied.applied_by) if applied else None
            if parent is None or parent.origin.generated or content(snapshot, parent.origin.path) is None:
                continue
            children[parent.id] += 1
            parents[parent.id] = parent
    chosen = [parents[parent] for parent, _ in children.most_common(1)]
    return tuple(_whole(snapshot, parent, commit) for parent in chosen)


def _whole(snapshot: Snapshot, applied: Applied, commit: Commit) -> Excerpt:
    path, document = applied.origin.path, applied.origin.document
    data = snapshot.read(path)
    text = excerpt_of(data, document, [], limit=_LINES)
    return Excerpt(path, locate(data, document, []), commit.short, text)


def _excerpts(
    repository: Repository,
    base: Commit,
    bad: Commit,
    edits: Mapping[RepoPath, bytes | None],
    about: Iterable[Finding],
) -> tuple[tuple[Excerpt, ...], tuple[Excerpt, ...]]:
    """The files of the repair as they were and as they are, the most telling first."""
    before, after = repository.snapshot(base.oid), repository.snapshot(bad.oid)
    names = missing_names(about)
    working = [e for p in _telling(edits, before, after, names) if (e := _cut(before, after, p, base.short))]
    broken = [e for p in _telling(edits, after, before, names) if (e := _cut(after, before, p, bad.short))]
    return tuple(working[:_SHOWN]), tuple(broken[:_SHOWN])


def _telling(
    edits: Mapping[RepoPath, bytes | None], here: Snapshot, there: Snapshot, names: Set[str]
) -> list[RepoPath]:
    """Files whose change speaks of what is missing come first, of them those that only this side has."""

    def rank(path: RepoPath) -> tuple[bool, bool]:
        changed = hunks(content(here, path), content(there, path))
        return not mentions(changed, names), there.entry(path) is not None

    return sorted((path for path in sorted(edits) if here.entry(path) is not None), key=rank)


def _failing(
    snapshot: Snapshot, about: Iterable[Finding], shown: Iterable[Excerpt], bad: Commit
) -> Iterator[Excerpt]:
    """Who fails, at the field that does, unless its file is shown already."""
    paths = {each.path for each in shown}
    for finding in about:
        path = finding.origin.path
        data = content(snapshot, path)
        if path in paths or finding.origin.generated or data is None:
            continue
        line = locate(data, finding.origin.document, pointer(finding.reference.field))
        lines = masked(data.decode("utf-8", "replace")).splitlines()
        first = max(line - 1 - _ABOVE, 0)
        yield Excerpt(path, first + 1, bad.short, "\n".join(lines[first : line + _BELOW]))
        return


def _cut(here: Snapshot, there: Snapshot, path: RepoPath, commit: str) -> Excerpt | None:
    return excerpt(content(here, path), content(there, path), path, commit)


def compare(
    working: tuple[Feature, ...], broken: tuple[Feature, ...], failing: Iterable[str]
) -> tuple[Comparison, ...]:
    """A row a component; `failing` are the rules that found something in the broken setup."""
    reference = {feature.component: feature for feature in working}
    ours = {feature.component: feature for feature in broken}
    rules = frozenset(failing)
    return tuple(
        _row(name, reference.get(name), ours.get(name), rules) for name in dict.fromkeys([*reference, *ours])
    )


def _row(name: str, working: Feature | None, broken: Feature | None, rules: frozenset[str]) -> Comparison:
    theirs = working.phrase if working else "absent"
    here = broken.phrase if broken else "absent"
    decides = (working or broken or Feature(name, "", frozenset())).rules & rules
    if working == broken:
        return Comparison(name, theirs, here, Verdict.SAME, "Same")
    if decides:
        return Comparison(name, theirs, here, Verdict.BROKEN, ", ".join(sorted(decides)))
    return Comparison(name, theirs, here, Verdict.DIFFERENT, "Different")
