"""The commits before a line that tell whether a name which the line leaves was the right one.

A field that goes over to another name breaks what worked, or repairs what a commit before the line broke:
only what the field named before that can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examined, Examiner
from bisectops.history.tally import Judged
from bisectops.rules.finding import Finding

_FURTHEST = 500
"""Commits looked back for those that changed a file."""
_MOST = 8
"""Changes of one file that are judged."""


def renamed_only(judged: Judged) -> list[Finding]:
    """What a commit introduces of which the only proof is the name that the field had before."""
    proofs = judged.proofs
    return [each for each in judged.introduced if each.id in proofs and proofs[each.id].instead]


def prelude(
    repository: Repository, examiner: Examiner, base: Oid, findings: Iterable[Finding]
) -> Sequence[Examined]:
    """The changes of the files of some findings before a line, judged, oldest first, and its base.

    Empty where there are none, or where one cannot be judged. `examiner` stands nowhere yet. Raises
    MissingObject.
    """
    commits = _changing(repository, base, {each.origin.path for each in findings})
    if not commits:
        return ()
    commits += [base] if commits[-1] != base else []
    told = [examiner.examined(each, findings_only=True) for each in commits]
    return () if any(each.judged.untestable for each in told) else told


def _changing(repository: Repository, base: Oid, paths: set[RepoPath]) -> list[Oid]:
    """The commits up to `base` that changed files since they came, each after its parent, oldest first."""
    found: list[Oid] = []
    changes = Counter[RepoPath]()
    waiting, here = set(paths), base
    for _ in range(_FURTHEST):
        parent = next(iter(repository.parents(here)), None)
        if parent is None or not waiting:
            break
        before, after = repository.snapshot(parent), repository.snapshot(here)
        waiting = {path for path in waiting if before.entry(path) is not None}
        changed = {path for path in waiting if before.entry(path) != after.entry(path)}
        if changed:
            found += [each for each in (here, parent) if each not in found]
        changes.update(changed)
        waiting = {path for path in waiting if changes[path] < _MOST}
        here = parent
    return found[::-1]
