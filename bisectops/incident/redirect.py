"""Put references right where the object stands in another namespace: the repair that goes forward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bisectops.flux.cluster import Cluster
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.incident.counterfactual import content
from bisectops.incident.surroundings import pointer
from bisectops.rules.finding import Finding
from bisectops.yaml.positions import locate

_REDIRECTED = frozenset(("source-not-found", "dependency-not-found"))


def redirected(
    clusters: Iterable[Cluster], snapshot: Snapshot, findings: Iterable[Finding]
) -> dict[RepoPath, bytes | None]:
    """The files with `namespace` written into each reference whose object is in one other namespace."""
    edits: dict[RepoPath, bytes | None] = {}
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for cluster in clusters:
        for found in cluster.objects:
            places[found.kind, found.name].add(found.namespace)
    for finding in findings:
        namespaces = places[finding.reference.kind, finding.reference.name] - {""}
        if finding.rule not in _REDIRECTED or len(namespaces) != 1 or finding.origin.generated:
            continue
        path = finding.origin.path
        data = edits.get(path) or content(snapshot, path)
        edited = data and _with_namespace(data, finding, next(iter(namespaces)))
        if edited:
            edits[path] = edited
    return edits


def _with_namespace(data: bytes, finding: Finding, namespace: str) -> bytes | None:
    """The text with one line changed or added, all else as it stands; None where the field is not in it."""
    where = pointer(finding.reference.field)
    lines = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    name = locate(data, finding.origin.document, [*where, "name"]) - 1
    key = lines[name].find("name:") if name < len(lines) else -1
    if key < 0 or finding.reference.name not in lines[name]:
        return None
    own = locate(data, finding.origin.document, [*where, "namespace"]) - 1
    line = f"{' ' * key}namespace: {namespace}\n"
    if own < len(lines) and lines[own].lstrip(" -").startswith("namespace:"):
        at = lines[own].find("namespace:")
        lines[own] = f"{lines[own][:at]}namespace: {namespace}\n"
    else:
        lines.insert(name + 1, line)
    return "".join(lines).encode("utf-8", "surrogateescape")
