"""The bad commit with edits taken back, in memory: does the failure go, and does nothing new fail?"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from bisectops.git.objects import Change, EntryKind, Oid, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import OverlaySnapshot, Snapshot
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import RepositoryJudge

Edits = Mapping[RepoPath, bytes | None]
_TRIALS = 64
"""Trees tried, at most, to find the smallest set of files that repairs."""


class Laboratory:
    """The bad commit's tree under edits; nothing is ever written."""

    def __init__(self, repository: Repository, bad: Oid, clusters: tuple[str, ...]) -> None:
        self.bad: Snapshot = repository.snapshot(bad)
        self._judge = RepositoryJudge(clusters)
        self._judge.move(self.bad, None)
        self._edited: frozenset[RepoPath] = frozenset()
        self.before = self._counted()

    def under(self, edits: Edits) -> dict[str, Finding]:
        """What fails with the edits; certain and likely findings, by id."""
        touched = self._edited | edits.keys()
        self._judge.move(
            OverlaySnapshot(self.bad, edits), [Change(path, None, None) for path in sorted(touched)]
        )
        self._edited = frozenset(edits)
        return self._counted()

    def _counted(self) -> dict[str, Finding]:
        found = self._judge.findings
        return {key: finding for key, finding in found.items() if finding.certainty is not Certainty.POSSIBLE}

    def repairs(self, edits: Edits, wanted: frozenset[str]) -> frozenset[str]:
        """Which of the wanted findings go; none where anything new fails instead."""
        after = self.under(edits)
        return frozenset() if after.keys() - self.before.keys() else wanted - after.keys()

    def smallest(self, edits: Edits, wanted: frozenset[str]) -> dict[RepoPath, bytes | None]:
        """As few of the edits as still repair what all of them repair."""
        kept = dict(edits)
        goal = self.repairs(kept, wanted)
        chunk, trials = max(len(kept) // 2, 1), 0
        while goal and trials < _TRIALS:
            smaller = False
            for start in range(0, len(kept), chunk):
                dropped = sorted(kept)[start : start + chunk]
                trial = {path: data for path, data in kept.items() if path not in dropped}
                trials += 1
                if trial and self.repairs(trial, wanted) == goal:
                    kept, smaller = trial, True
                    break
                if trials >= _TRIALS:
                    break
            if not smaller:
                if chunk == 1:
                    break
                chunk = max(chunk // 2, 1)
        return kept


def content(snapshot: Snapshot, path: RepoPath) -> bytes | None:
    """A file's bytes, None where there is none."""
    entry = snapshot.entry(path)
    return snapshot.read(path) if entry and entry.kind is EntryKind.BLOB else None


def taken_back(before: bytes | None, after: bytes | None, now: bytes | None) -> bytes | None:
    """A file as it is now with the change from `before` to `after` undone.

    What came later stays where the lines of the change still stand as it left them; where they do
    not, the file returns to what it was before.
    """
    if now == after or before is None or after is None or now is None:
        return before
    lines = now.splitlines(keepends=True)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, old_start, old_end, new_start, new_end in reversed(
        SequenceMatcher(None, old, new, False).get_opcodes()
    ):
        if tag == "equal":
            continue
        at = _find(lines, new, new_start, new_end)
        if at is None:
            return before
        lines[at : at + new_end - new_start] = old[old_start:old_end]
    return b"".join(lines)


def _find(lines: list[bytes], new: list[bytes], start: int, end: int) -> int | None:
    """Where the changed lines stand now, told by themselves and the line before and after them."""
    for margin in (2, 1, 0):
        first, last = max(start - margin, 0), min(end + margin, len(new))
        wanted = new[first:last]
        if not wanted:
            continue
        places = [i for i in range(len(lines) - len(wanted) + 1) if lines[i : i + len(wanted)] == wanted]
        if len(places) == 1:
            return places[0] + start - first
    return None
