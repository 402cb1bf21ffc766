"""Where a path that is not there may be now: the commits that took it away tell, or what is called alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from bisectops.git.objects import ROOT, Change, EntryKind, Oid, RepoPath, parent, repo_path
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot

_ALIKE = 0.75
"""How like another a name must be to count as the same, spelt otherwise (difflib's ratio)."""


class Relocation:
    """Tells where what commits took away is at a later one."""

    def __init__(self, repository: Repository, commits: Sequence[Oid], here: Snapshot) -> None:
        """`commits`: those that may have moved it, oldest first, before `here`."""
        self._repository = repository
        self._commits = commits
        self._here = here

    def whither(self, path: RepoPath, named_in: RepoPath) -> RepoPath | None:
        """Where a file or a folder is that is not where a file names it; None where nothing tells.

        Where commits took it, else where it lies near the file, else what is called most like it.
        """
        now = path
        for commit in self._commits:
            parents = self._repository.parents(commit)
            changes = self._repository.changes(parents[0] if parents else None, commit)
            now = moved_to(now, changes) or now
        if now != path and self._here.entry(now) is not None:
            return now
        return _nearby(path, parent(named_in), self._here) or _spelt_otherwise(path, self._here)


def moved_to(path: RepoPath, changes: Iterable[Change]) -> RepoPath | None:
    """Where changes took a file or a folder to: where its content came up, most of a folder's.

    None where they did not take it away, or where its content came up nowhere, or in several places alike.
    """
    gone: dict[RepoPath, Oid] = {}
    come: dict[Oid, list[RepoPath]] = {}
    for change in changes:
        if change.new is None and change.old is not None and f"{change.path}/".startswith(f"{path}/"):
            gone[change.path] = change.old.oid
        elif change.old is None and change.new is not None:
            come.setdefault(change.new.oid, []).append(change.path)
    homes: Counter[RepoPath] = Counter()
    for old, oid in gone.items():
        inner = old.removeprefix(path)
        homes.update(RepoPath(new.removesuffix(inner)) for new in come.get(oid, ()) if new.endswith(inner))
    likeliest = homes.most_common(2)
    return likeliest[0][0] if len({times for _, times in likeliest}) == len(likeliest) > 0 else None


def _nearby(path: RepoPath, folder: RepoPath, here: Snapshot) -> RepoPath | None:
    """What ends as a path does, in a folder or in one above it: the longest end counts, then the nearest.

    The last step alone is too little, but for what lies in the folder itself; what holds the folder is
    not meant.
    """
    steps = path.split("/")
    above = [folder]
    while above[-1]:
        above.append(parent(above[-1]))
    ends = ["/".join(steps[start:]) for start in range(1, len(steps) - 1)]
    places = [repo_path(end, base=each) for end in ends for each in above]
    places.append(repo_path(steps[-1], base=folder))
    beside = (place for place in places if not f"{folder}/".startswith(f"{place}/"))
    return next((place for place in beside if here.entry(place) is not None), None)


def _spelt_otherwise(path: RepoPath, here: Snapshot) -> RepoPath | None:
    """What is there and is called most like a path, step by step; None where a step is like nothing."""
    found = ROOT
    steps = path.split("/")
    for depth, step in enumerate(steps):
        if here.entry(repo_path(step, base=found)) is None:
            folder = depth < len(steps) - 1 or "." not in step
            kind = EntryKind.TREE if folder else EntryKind.BLOB
            names = [each.path.rpartition("/")[2] for each in here.children(found) if each.kind is kind]
            alike = get_close_matches(step, names, n=1, cutoff=_ALIKE)
            if not alike:
                return None
            step = alike[0]
        found = repo_path(step, base=found)
    return found
