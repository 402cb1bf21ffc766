"""The answer of `blame-break` for programs, as its schema in `schemas/` beside this module says."""

from __future__ import annotations

from bisectops.incident.incident import Bystander, Excerpt, Incident, Link, OutOfSight, Resolution
from bisectops.report.records import Record, commit_record, findings, printed


def blame_break(incident: Incident) -> str:
    """The answer of `blame-break`, schema bisectops/blame-break/v1."""
    return printed(
        {
            "schema": "bisectops/blame-break/v1",
            "good": incident.good.oid if incident.good else None,
            "bad": incident.bad.oid,
            "line": incident.line,
            "culprit": commit_record(incident.culprit.commit) if incident.culprit else None,
            "chain": [_link(link) for link in incident.chain],
            "findings": findings(incident.findings, incident.lines, incident.blocks),
            "cascade": findings(incident.cascade, incident.lines, incident.blocks),
            "out_of_sight": [_out_of_sight(each) for each in incident.out_of_sight],
            "already_broken": [finding.id for finding in incident.already_broken],
            "resolution": [_resolution(resolution) for resolution in incident.resolutions],
            "untestable": [_bystander(bystander) for bystander in incident.untestable],
            "not_to_blame": [_bystander(bystander) for bystander in incident.not_to_blame],
            "roots": list(incident.roots),
            "notes": list(incident.notes),
        }
    )


def _link(link: Link) -> Record:
    return {
        **commit_record(link.commit),
        "role": link.role.value,
        "changes": list(link.changes),
        "impact": link.impact,
        "introduced": [finding.id for finding in link.introduced],
        "resolved": [finding.id for finding in link.resolved],
        "paths": list(link.paths),
        "made_by": [commit_record(commit) for commit in link.made_by],
    }


def _out_of_sight(each: OutOfSight) -> Record:
    return {
        "findings": findings(each.findings, {}, {}),
        "introduced_by": each.introduced_by.oid if each.introduced_by else None,
        "behind": each.behind,
        "since": each.since.oid,
    }


def _bystander(bystander: Bystander) -> Record:
    return {**commit_record(bystander.commit), "reason": bystander.reason}


def _resolution(resolution: Resolution) -> Record:
    return {
        "title": resolution.title,
        "explanation": resolution.explanation,
        "edits": [
            {"from": _excerpt(broken), "to": _excerpt(working)} for broken, working in resolution.edits
        ],
        "resolves": resolution.resolves,
        "leaves": resolution.leaves,
        "verified": resolution.verified,
    }


def _excerpt(excerpt: Excerpt | None) -> Record | None:
    if excerpt is None:
        return None
    return {"path": excerpt.path, "line": excerpt.line, "commit": excerpt.commit, "text": excerpt.text}
