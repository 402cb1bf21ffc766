"""What every answer for programs is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bisectops.git.objects import Commit
from bisectops.rules.finding import Finding

Record = dict[str, Any]


def printed(record: Record) -> str:
    """One JSON object as people and programs can both read it."""
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def findings(
    found: Sequence[Finding], lines: Mapping[str, int], blocks: Mapping[str, Sequence[str]]
) -> list[Record]:
    """Findings as every answer has them; `line` is null where the field stands in no file."""
    return [_finding(finding, lines.get(finding.id), blocks.get(finding.id, ())) for finding in found]


def _finding(finding: Finding, line: int | None, blocks: Sequence[str]) -> Record:
    subject, reference = finding.subject, finding.reference
    return {
        "rule": finding.rule,
        "certainty": finding.certainty.value,
        "id": finding.id,
        "subject": {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name},
        "reference": {
            "kind": reference.kind,
            "namespace": reference.namespace,
            "name": reference.name,
            "field": reference.field,
        },
        "message": finding.message,
        "path": finding.origin.path,
        "line": line,
        "because": list(finding.because),
        "blocks": list(blocks),
    }


def commit_record(commit: Commit) -> Record:
    """A commit as every answer has it."""
    return {
        "commit": commit.oid,
        "author": f"{commit.author} <{commit.email}>",
        "date": commit.date.isoformat(),
        "subject": commit.subject,
    }
