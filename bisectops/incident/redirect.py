"""Repairs that go forward: references put right, and decryption given where it lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.incident.counterfactual import content
from bisectops.incident.position import pointer
from bisectops.incident.trail import Trail
from bisectops.rules.finding import Finding
from bisectops.yaml.positions import locate

Edits = dict[RepoPath, bytes | None]
_WITH_NAMESPACE = frozenset(("source-not-found", "dependency-not-found"))
"""Rules whose reference has a namespace field; Secrets and ConfigMaps are looked up at home only."""


def moved_elsewhere(clusters: Iterable[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The files with `namespace` written into each reference whose object is in one other namespace."""
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for cluster in clusters:
        for found in cluster.objects:
            places[found.kind, found.name].add(found.namespace)

    def namespace(finding: Finding) -> str | None:
        there = places[finding.reference.kind, finding.reference.name] - {""}
        return there.pop() if finding.rule in _WITH_NAMESPACE and len(there) == 1 else None

    return _edited(snapshot, findings, "namespace", namespace)


def renamed(trail: Trail, snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The files with the new name in each reference whose object was replaced when the failure began.

    Replaced: the commit took the object away and brought one other of its kind to its namespace.
    """

    def successor(finding: Finding) -> str | None:
        movement = trail.movements.get(trail.began[finding.id]) if finding.id in trail.began else None
        if movement is None:
            return None
        gone = {applied.id for applied in movement.before} - {applied.id for applied in movement.after}
        come = {applied.id for applied in movement.after} - {applied.id for applied in movement.before}
        wanted = (finding.reference.kind, finding.reference.namespace)
        old = [found.name for found in gone if _place(found) == wanted]
        new = [found.name for found in come if _place(found) == wanted]
        return new[0] if old == [finding.reference.name] and len(new) == 1 else None

    return _edited(snapshot, findings, "name", successor)


def equipped(clusters: Iterable[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The files with `decryption` written into each ks that builds ciphertext and has none.

    With the key that most Kustomizations of the same namespace use, else most of all.
    """
    there = list(clusters)
    edits: Edits = {}
    for finding in findings:
        path = finding.origin.path
        if finding.rule != "encrypted-without-decryption" or path in edits or finding.origin.generated:
            continue
        data = content(snapshot, path)
        edited = data and _with_decryption(data, finding, _usual_key(there, finding.subject))
        if edited:
            edits[path] = edited
    return edits


def _usual_key(clusters: Iterable[Cluster], ks: ObjectId) -> str | None:
    """The most used key Secret; None where most leave the key to the controller."""
    near: Counter[str | None] = Counter()
    far: Counter[str | None] = Counter()
    for cluster in clusters:
        for other in cluster.kustomizations:
            view = cluster.ks(other)
            if view is not None and view.decrypts:
                far[view.key_secret] += 1
                near[view.key_secret] += other.namespace == ks.namespace
    usual = near if any(near.values()) else far
    return max(usual, key=lambda name: (usual[name], name or "")) if usual else None


def _with_decryption(data: bytes, finding: Finding, key: str | None) -> bytes | None:
    lines = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    spec = locate(data, finding.origin.document, ["spec"]) - 1
    if not lines[spec].startswith("spec:") or spec + 1 >= len(lines):
        return None
    indent = " " * (len(lines[spec + 1]) - len(lines[spec + 1].lstrip()))
    block = [f"{indent}decryption:\n", f"{indent}  provider: sops\n"]
    if key:
        block += [f"{indent}  secretRef:\n", f"{indent}    name: {key}\n"]
    return "".join([*lines[: spec + 1], *block, *lines[spec + 1 :]]).encode("utf-8", "surrogateescape")


def _place(found: ObjectId) -> tuple[str, str]:
    return found.kind, found.namespace


def _edited(
    snapshot: Snapshot, findings: Iterable[Finding], key: str, value: Callable[[Finding], str | None]
) -> Edits:
    edits: Edits = {}
    for finding in findings:
        wanted = value(finding)
        path = finding.origin.path
        data = edits.get(path) or content(snapshot, path)
        if wanted and data and not finding.origin.generated and (edited := _with(data, finding, key, wanted)):
            edits[path] = edited
    return edits


def _with(data: bytes, finding: Finding, key: str, value: str) -> bytes | None:
    """The text with one line changed or added, all else as it stands; None where the field is not in it."""
    where = pointer(finding.reference.field)
    lines = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    name = locate(data, finding.origin.document, [*where, "name"]) - 1
    indent = lines[name].find("name:") if name < len(lines) else -1
    if indent < 0 or finding.reference.name not in lines[name]:
        return None
    own = locate(data, finding.origin.document, [*where, key]) - 1
    if lines[own].lstrip(" -").startswith(f"{key}:"):
        lines[own] = f"{lines[own][: lines[own].find(key)]}{key}: {value}\n"
    else:
        lines.insert(name + 1, f"{' ' * indent}{key}: {value}\n")
    return "".join(lines).encode("utf-8", "surrogateescape")
