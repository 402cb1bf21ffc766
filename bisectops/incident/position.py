"""Where in a file a finding's field stands."""

from __future__ import annotations

from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.rules.finding import Finding
from bisectops.yaml.positions import locate


def line_of(repository: Repository, commit: Oid, finding: Finding) -> int:
    """The one-based line of a finding's field in its file, or of the nearest thing that is there."""
    snapshot = repository.snapshot(commit)
    entry = snapshot.entry(finding.origin.path)
    if entry is None or finding.origin.generated:
        return 1
    data = snapshot.read(finding.origin.path)
    return locate(data, finding.origin.document, pointer(finding.reference.field))


def pointer(field: str) -> list[str | int]:
    """A field's path as keys and indices.

    >>> pointer("spec.dependsOn[1]")
    ['spec', 'dependsOn', 1]
    """
    steps: list[str | int] = []
    for part in field.split("."):
        name, _, index = part.partition("[")
        steps.append(name)
        if index:
            steps.append(int(index.rstrip("]")))
    return steps
