"""The bad commit with edits taken back, in memory: does the failure go, and does nothing new fail?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Change, EntryKind, RepoPath
from bisectops.git.snapshot import OverlaySnapshot, Snapshot
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

Edits = Mapping[RepoPath, bytes | None]
_TRIALS = 64
"""Trees tried, at most, to find the fewest changes that repair."""


class Laboratory:
    """The bad commit's tree under edits; nothing is ever written."""

    def __init__(self, judge: RepositoryJudge, bad: Snapshot, hidden: frozenset[str] = frozenset()) -> None:
        """`judge` stands at the bad commit, and is borrowed until `close`.

        `hidden`: the failures, by id, that are out of sight at the bad commit and may show again.
        """
        self._hidden = hidden
        self.bad = bad
        self._judge = judge
        self._edited: frozenset[RepoPath] = frozenset()
        self.before = self._counted()

    def close(self) -> None:
        """Give the judge back, at the bad commit as it is."""
        if self._edited:
            self._judge.move(self.bad, self._changes(frozenset()))

    def under(self, edits: Edits) -> dict[str, Finding]:
        """What fails with the edits; certain and likely findings, by id. Raises NoClusterRoot."""
        self._judge.move(OverlaySnapshot(self.bad, edits), self._changes(frozenset(edits)))
        return self._counted()

    def _changes(self, edited: frozenset[RepoPath]) -> list[Change]:
        """What differs from the edits before where these paths are edited now."""
        touched, self._edited = self._edited | edited, edited
        return [Change(path, None, None) for path in sorted(touched)]

    def _counted(self) -> dict[str, Finding]:
        found = self._judge.findings
        return {key: finding for key, finding in found.items() if finding.counts}

    def repairs(self, edits: Edits, wanted: frozenset[str]) -> frozenset[str]:
        """Which of the wanted findings go; none where anything new fails instead, or no cluster is left."""
        try:
            after = self.under(edits)
        except NoClusterRoot:
            return frozenset()
        new = after.keys() - self.before.keys() - self._hidden
        return frozenset() if new else wanted - after.keys()

    def smallest(self, edits: Edits, wanted: frozenset[str]) -> Edits:
        """As few changes as still repair what all of the edits repair; files that change alike are one."""
        alike: defaultdict[tuple[bytes, bytes], list[RepoPath]] = defaultdict(list)
        for path in sorted(edits):
            alike[hunks(content(self.bad, path), edits[path])].append(path)
        kept = list(alike.values())
        goal = self.repairs(edits, wanted)
        chunk, trials = max(len(kept) // 2, 1), 0
        while goal and chunk:
            start = 0
            while start < len(kept):
                fewer = kept[:start] + kept[start + chunk :]
                trials += 1
                if fewer and self.repairs(_of(edits, fewer), wanted) == goal:
                    kept = fewer
                else:
                    start += chunk
                if trials == _TRIALS:
                    return _of(edits, kept)
            chunk //= 2
        return _of(edits, kept)


def _of(edits: Edits, kept: Iterable[Iterable[RepoPath]]) -> Edits:
    return {path: edits[path] for paths in kept for path in paths}


def hunks(old: bytes | None, new: bytes | None) -> tuple[bytes, bytes]:
    """The lines that go and the lines that come: equal for files that change alike."""
    before, after = (old or b"").splitlines(), (new or b"").splitlines()
    gone, come = [], []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            gone += before[a:b]
            come += after[c:d]
    return b"\n".join(gone), b"\n".join(come)


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
