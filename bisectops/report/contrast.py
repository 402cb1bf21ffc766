"""The answer of `diff`: what changed in the graph, grouped by kind of change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bisectops.flux.applied import Applied
from bisectops.flux.holdings import ROOT_OWNER
from bisectops.incident.contrast import ClusterContrast, Contrast
from bisectops.report.lines import BLANK, Line, Span, Style, line
from bisectops.report.records import printed
from bisectops.rules.finding import Finding


def diff_json(contrast: Contrast) -> str:
    """The answer as JSON, schema bisectops/diff/v1."""
    return printed(
        {
            "schema": "bisectops/diff/v1",
            "old": contrast.old,
            "new": contrast.new,
            "clusters": [_record(each) for each in contrast.clusters],
            "introduced": [finding.id for finding in contrast.introduced],
            "resolved": [finding.id for finding in contrast.resolved],
        }
    )


def _record(cluster: ClusterContrast) -> dict[str, Any]:
    found = cluster.difference
    return {
        "cluster": cluster.cluster,
        "appeared": [_object(each) for each in found.appeared],
        "vanished": [_object(each) for each in found.vanished],
        "unknown": [_object(each) for each in cluster.unknown],
        "moved": [
            {"what": m.what, "before": str(m.before), "after": str(m.after), "old": m.old, "new": m.new}
            for m in found.moved
        ],
        "rewired": [
            {"object": str(r.object), "kind": r.kind, "field": r.field, "old": r.old, "new": r.new}
            for r in found.rewired
        ],
        "decryption": [{"object": str(d.object), "old": d.old, "new": d.new} for d in found.decryption],
        "changed": [str(each) for each in found.changed],
    }


def _object(applied: Applied) -> dict[str, str | None]:
    owner = None if applied.applied_by == ROOT_OWNER else str(applied.applied_by)
    return {"object": str(applied.id), "path": applied.origin.path, "applied_by": owner}


def diff_text(contrast: Contrast) -> tuple[Line, ...]:
    """The answer as lines; nothing but a sentence where nothing changed."""
    lines: list[Line] = []
    for cluster in contrast.clusters:
        said = list(_cluster(cluster))
        if said and len(contrast.clusters) > 1:
            lines.append(line(Span(f"Cluster {cluster.cluster}", Style.HEADING)))
        lines += said
    lines += _findings("Begins to fail", contrast.introduced, Style.FAILURE)
    lines += _findings("Fails no more", contrast.resolved, Style.REPAIR)
    return tuple(lines) or (line("Nothing that Flux reconciles changed"),)


def _cluster(cluster: ClusterContrast) -> Iterator[Line]:
    found = cluster.difference
    yield from _listed("Appeared", [f"{a.id} ({a.origin.path})" for a in found.appeared])
    yield from _listed("Vanished", [f"{a.id} ({a.origin.path})" for a in found.vanished])
    yield from _listed("Unknown: what applies it fails to build", [str(a.id) for a in cluster.unknown])
    yield from _listed("Moved", [f"{m.after}: {m.what} {m.old or '-'} → {m.new or '-'}" for m in found.moved])
    rewired = [f"{r.object} {r.field}: {r.old or 'nothing'} → {r.new or 'nothing'}" for r in found.rewired]
    yield from _listed("Rewired", rewired)
    yield from _listed("Decryption", [f"{d.object}: {d.old} → {d.new}" for d in found.decryption])
    told = {m.after for m in found.moved} | {r.object for r in found.rewired}
    yield from _listed("Changed", [str(each) for each in found.changed if each not in told])


def _listed(heading: str, entries: Iterable[str]) -> Iterator[Line]:
    kept = list(entries)
    if kept:
        yield line(Span(f"{heading} ({len(kept)})", Style.HEADING))
        yield from (line(f"  {entry}") for entry in kept)
        yield BLANK


def _findings(heading: str, findings: tuple[Finding, ...], style: Style) -> Iterator[Line]:
    if findings:
        yield line(Span(f"{heading} ({len(findings)})", style))
        yield from (line(f"  {each.subject}: {each.message}") for each in findings)
        yield BLANK
