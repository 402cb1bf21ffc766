"""The commits before a line without which it cannot be told what fails at its end.

A field that goes over to another name breaks what worked, or repairs what a commit before the line broke:
only what the field named before that can tell. And where a build failed already when the line began, what
went wrong behind it was last to be seen before that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice

from bisectops.git.objects import Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.history.examiner import Examined, Examiner
from bisectops.history.tally import Judged
from bisectops.rules.finding import Finding
from bisectops.search.walk import gallop

_FURTHEST = 300
"""Commits looked back."""
_MOST = 8
"""Changes of one file that are judged."""


def prelude(
    repository: Repository, examiner: Examiner, walked: Sequence[Examined], last: Mapping[str, Finding]
) -> Sequence[Examined]:
    """What is to be counted before a line instead of its base, of which `walked` tells first; oldest first.

    Empty where nothing before it matters, or where that cannot be judged. `last` is what fails at the end
    of the line; `examiner` goes where it is needed.
    """
    base = walked[0].judged
    renamed = {each.origin.path for examined in walked[1:] for each in _renamed_only(examined.judged)}
    stalled = {each.id for each in base.introduced if each.rule == "build-failed" and each.id in last}
    if not renamed and not stalled:
        return ()
    past = list(islice(repository.since(base.commit, None), _FURTHEST))[::-1]
    wanted = {*_changing(repository, past, renamed), *_stall(examiner, past, stalled)}
    if not wanted - {base.commit}:
        return ()
    places = [each for each in past if each in wanted or each == base.commit]
    fresh = examiner.anew()
    told = [fresh.examined(each, findings_only=True) for each in places]
    return () if any(each.judged.untestable for each in told) else told


def _renamed_only(judged: Judged) -> Iterator[Finding]:
    """What a commit introduces of which the only proof is the name that the field had before."""
    for each in judged.introduced:
        if each.id in judged.proofs and judged.proofs[each.id].instead:
            yield each


def _changing(repository: Repository, past: Sequence[Oid], paths: Set[RepoPath]) -> Iterator[Oid]:
    """The commits that changed files since they came, each with its parent."""
    changes = Counter[RepoPath]()
    for parent, commit in zip(past[-2::-1], past[:0:-1], strict=True):
        if not paths:
            return
        before, after = repository.snapshot(parent), repository.snapshot(commit)
        paths = {path for path in paths if before.entry(path) is not None and changes[path] < _MOST}
        changed = [path for path in paths if before.entry(path) != after.entry(path)]
        changes.update(changed)
        if changed:
            yield from (commit, parent)


def _stall(examiner: Examiner, past: Sequence[Oid], builds: Set[str]) -> Iterable[Oid]:
    """The commits since some builds have been failing, and before; none where that is too long ago."""
    if not builds:
        return ()

    def failing(commit: Oid) -> Set[str] | None:
        judged = examiner.judged(commit)
        return None if judged.untestable else examiner.judge.findings.keys() & builds

    start = gallop(list(past), failing, builds)
    return past[start:] if start >= 0 else ()
