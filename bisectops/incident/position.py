"""Where in a file a finding's field stands."""

from __future__ import annotations

import re

from bisectops.git.objects import EntryKind, Oid
from bisectops.git.repository import Repository
from bisectops.rules.finding import Finding
from bisectops.yaml.positions import locate


def line_of(repository: Repository, commit: Oid, finding: Finding) -> int:
    """The one-based line of a finding's field in its file, or of the nearest thing that is there.

    1 where there is no file: a root that nobody wrote comes from a folder.
    """
    snapshot = repository.snapshot(commit)
    entry = snapshot.entry(finding.origin.path)
    if entry is None or entry.kind is EntryKind.TREE or finding.origin.generated:
        return 1
    data = snapshot.read(finding.origin.path)
    return locate(data, finding.origin.document, pointer(finding.reference.field))


_STEP = re.compile(r"\[([^\]]*)\]|([^.\[]+)")


def pointer(field: str) -> list[str | int]:
    """A field's path as keys and indices; what stands in brackets and is no number is a key.

    >>> pointer("spec.dependsOn[1]"), pointer("data[values.yaml]")
    (['spec', 'dependsOn', 1], ['data', 'values.yaml'])
    """
    found = ((step[1], step[2]) for step in _STEP.finditer(field))
    return [int(inner) if inner and inner.isdecimal() else inner or name for inner, name in found]
