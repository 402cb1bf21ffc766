"""The bad commit with edits taken back, in memory: does the failure go, and does nothing new fail?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from difflib import SequenceMatcher

from bisectops.errors import NoClusterRoot
from bisectops.git.objects import Change, EntryKind, RepoPath
from bisectops.git.snapshot import OverlaySnapshot, Snapshot
from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

Edits = Mapping[RepoPath, bytes | None]
Hunks = tuple[bytes, bytes]
"""The lines that go and the lines that come."""
_TRIALS = 64
"""Trees tried, at most, to find the fewest changes that repair."""
_ALONE = 8
"""Changes tried each by itself."""


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
        """Which of the wanted findings go; none where anything new fails instead, or no cluster is left.

        One that only history proves is gone where it is not even possible any more.
        """
        try:
            after = self.under(edits)
        except NoClusterRoot:
            return frozenset()
        new = after.keys() - self.before.keys() - self._hidden
        unproven = self._judge.findings.keys() - self.before.keys()
        return frozenset() if new else wanted - after.keys() - unproven

    def smallest(self, edits: Edits, findings: Sequence[Finding]) -> Edits:
        """Changes that repair what all of the edits repair, none of which could be left out.

        Files that change alike are one change. Those of which the failures tell are tried alone, before the
        others are left out in larger and smaller lots.
        """
        wanted = frozenset(finding.id for finding in findings)
        goal = self.repairs(edits, wanted)
        alike: defaultdict[Hunks, list[RepoPath]] = defaultdict(list)
        for path in sorted(edits):
            alike[hunks(content(self.bad, path), edits[path])].append(path)
        failing = [finding for finding in findings if finding.id in goal]
        telling = [paths for changed, paths in alike.items() if _is_told_of(paths, changed, failing)]
        kept = [paths for paths in alike.values() if paths not in telling] + telling
        trials = 0

        def enough(lots: Sequence[list[RepoPath]]) -> bool:
            nonlocal trials
            trials += 1
            return trials <= _TRIALS and bool(lots) and self.repairs(_of(edits, lots), wanted) == goal

        if not goal or len(kept) == 1:
            return edits
        if alone := next((lot for lot in telling[:_ALONE] if enough([lot])), None):
            return _of(edits, [alone])
        size = len(kept) // 2
        while size and trials < _TRIALS:
            start, before = 0, len(kept)
            while start < len(kept):
                fewer = kept[:start] + kept[start + size :]
                if enough(fewer):
                    kept = fewer
                else:
                    start += size
            if size > 1 or len(kept) == before:
                size //= 2
        return _of(edits, kept)


def _of(edits: Edits, kept: Iterable[Iterable[RepoPath]]) -> Edits:
    return {path: edits[path] for paths in kept for path in paths}


def _is_told_of(paths: Iterable[RepoPath], changed: Hunks, failing: Sequence[Finding]) -> bool:
    """Do failures tell of a change: of its files, of a folder around them, or of a name in it?"""
    places = {finding.origin.path for finding in failing}
    folders = tuple(f"{finding.reference.name}/" for finding in failing if finding.rule == "build-failed")
    return mentions(changed, missing_names(failing)) or any(
        path in places or path.startswith(folders) for path in paths
    )


def missing_names(findings: Iterable[Finding]) -> frozenset[str]:
    """What the objects that failures miss are called."""
    return frozenset(finding.reference.name for finding in findings if finding.reference.name)


def mentions(changed: Hunks, names: Set[str]) -> bool:
    """Does a change, as `hunks` tells it, speak of something by a whole name?"""
    told = b"\n".join(changed).decode("utf-8", "replace")
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", told) for name in names)


def hunks(old: bytes | None, new: bytes | None) -> Hunks:
    """What differs between two versions: equal for files that change alike."""
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


def taken_back(
    before: bytes | None, after: bytes | None, now: bytes | None, names: Set[str] = frozenset()
) -> bytes | None:
    """A file as it is now with the change from `before` to `after` undone; with names, what speaks of these.

    What came later stays where the lines of the change still stand as it left them; where they do
    not, the file returns to what it was before.
    """
    if names and not mentions(hunks(before, after), names):
        return now
    if (now == after and not names) or before is None or after is None or now is None:
        return before
    lines = now.splitlines(keepends=True)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, old_start, old_end, new_start, new_end in reversed(
        SequenceMatcher(None, old, new, False).get_opcodes()
    ):
        changed = b"".join(old[old_start:old_end]), b"".join(new[new_start:new_end])
        if tag == "equal" or (names and not mentions(changed, names)):
            continue
        at = new_start if now == after else _find(lines, new, new_start, new_end)
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
