"""How to repair: the change taken back, and the reference put right; each tried before it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher

from bisectops.git.objects import Commit, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.incident.chain import Part
from bisectops.incident.changes import listed
from bisectops.incident.counterfactual import Edits, Laboratory, content, taken_back
from bisectops.incident.incident import Excerpt, Resolution
from bisectops.incident.redirect import redirected
from bisectops.incident.trail import Trail
from bisectops.yaml.positions import masked

_WHOLE = 30
"""Lines up to which a file is shown whole."""
_AROUND = 3
_SHOWN = 4
"""Files shown of one change; those that change alike are named."""


def taken_back_edits(
    repository: Repository, parts: tuple[Part, ...], base: Snapshot, bad: Snapshot
) -> dict[RepoPath, bytes | None]:
    """The files of the chain's commits as they would be at the bad commit without those commits."""
    edits: dict[RepoPath, bytes | None] = {}
    last: dict[RepoPath, Snapshot] = {}
    for part in parts:
        parents = repository.parents(part.commit)
        for change in repository.changes(parents[0] if parents else None, part.commit):
            last[change.path] = repository.snapshot(part.commit)
    for path, after in last.items():
        now = content(bad, path)
        back = taken_back(content(base, path), content(after, path), now)
        if back != now:
            edits[path] = back
    return edits


def resolutions(
    laboratory: Laboratory, trail: Trail, edits: Edits, base: Commit | None, bad: Commit
) -> tuple[tuple[Resolution, ...], Edits]:
    """Repairs that were tried on the bad commit's tree, and the files of the first.

    The smallest part of the chain's own changes whose return repairs as much as all of them; all of
    them, where that is more; and references put right where their objects now stand elsewhere.
    """
    wanted = frozenset(finding.id for finding in trail.new)
    told: list[Resolution | None] = []
    smallest: Edits = {}
    if base is not None and edits:
        smallest = laboratory.smallest(edits, wanted)
        told.append(_tried(laboratory, wanted, smallest, base, bad, _restoring(smallest, base)))
        if smallest.keys() != edits.keys():
            told.append(_tried(laboratory, wanted, edits, base, bad, _realigning(edits, base)))
    clusters = [judge.scene.cluster for judge in trail.examiner.judge.clusters.values()]
    forward = redirected(clusters, laboratory.bad, trail.new)
    told.append(_tried(laboratory, wanted, forward, bad, bad, _redirecting(forward)))
    return tuple(resolution for resolution in told if resolution is not None), smallest


def _restoring(edits: Edits, base: Commit) -> tuple[str, str]:
    return (
        "Restore What Worked",
        f"The fewest files of the chain whose return repairs: {listed(sorted(edits), most=8)} as at "
        f"`{base.short}`. Only the chain's own lines are taken back; later edits of the same files stay.",
    )


def _realigning(edits: Edits, base: Commit) -> tuple[str, str]:
    return (
        "Structural Realignment",
        f"All {len(edits)} files that the chain changed as at `{base.short}`, so that nothing of it is left: "
        f"{listed(sorted(edits), most=8)}.",
    )


def _redirecting(edits: Edits) -> tuple[str, str]:
    return (
        "Name the Namespace",
        "The other way round: leave the objects where they are now, and name their namespace in the "
        f"references of {listed(sorted(edits), most=8)}.",
    )


def _tried(
    laboratory: Laboratory,
    wanted: frozenset[str],
    edits: Edits,
    base: Commit,
    bad: Commit,
    told: tuple[str, str],
) -> Resolution | None:
    """A repair with what it resolves; None where it resolves nothing or breaks something else."""
    resolved = laboratory.repairs(edits, wanted) if edits else frozenset()
    if not resolved:
        return None
    shown = tuple(_pairs(laboratory.bad, edits, bad.short, base.short))
    return Resolution(*told, shown, len(resolved), len(wanted - resolved), True)


def _pairs(
    now: Snapshot, edits: Edits, bad: str, base: str
) -> Iterator[tuple[Excerpt | None, Excerpt | None]]:
    """FROM and TO of the files, one for those that change alike."""
    alike: defaultdict[tuple[bytes, bytes], list[RepoPath]] = defaultdict(list)
    for path in sorted(edits):
        alike[_hunks(content(now, path), edits[path])].append(path)
    for paths in list(alike.values())[:_SHOWN]:
        old, new = content(now, paths[0]), edits[paths[0]]
        yield excerpt(old, new, paths[0], bad), excerpt(new, old, paths[0], base)


def _hunks(old: bytes | None, new: bytes | None) -> tuple[bytes, bytes]:
    """The lines that go and the lines that come: equal for files that change alike."""
    before, after = (old or b"").splitlines(), (new or b"").splitlines()
    gone, come = [], []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, False).get_opcodes():
        if tag != "equal":
            gone += before[a:b]
            come += after[c:d]
    return b"\n".join(gone), b"\n".join(come)


def excerpt(data: bytes | None, other: bytes | None, path: RepoPath, commit: str) -> Excerpt | None:
    """What differs from the other version, with a few lines around it; a short file whole. Secrets masked."""
    if data is None:
        return None
    lines = masked(data.decode("utf-8", "replace")).splitlines()
    first, last = 0, len(lines)
    if other is not None and len(lines) > _WHOLE:
        matcher = SequenceMatcher(None, other.splitlines(), data.splitlines(), False)
        changed = [(c, d) for tag, _, _, c, d in matcher.get_opcodes() if tag != "equal"]
        if changed:
            first = max(changed[0][0] - _AROUND, 0)
            last = min(changed[-1][1] + _AROUND, len(lines), first + _WHOLE)
    return Excerpt(path, first + 1, commit, "\n".join(lines[first : min(last, first + 2 * _WHOLE)]))
