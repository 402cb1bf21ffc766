"""How to repair: the change taken back, and the reference put right; each tried before it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from difflib import SequenceMatcher
from types import MappingProxyType

from bisectops.errors import MissingObject
from bisectops.git.objects import Commit, RepoPath
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.incident.chain import Part
from bisectops.incident.changes import listed
from bisectops.incident.counterfactual import (
    Edits,
    Laboratory,
    content,
    hunks,
    mentions,
    missing_names,
    taken_back,
)
from bisectops.incident.dangling import Whither, called_right, followed, taken_out
from bisectops.incident.incident import Excerpt, Resolution
from bisectops.incident.redirect import equipped, moved_elsewhere, renamed
from bisectops.incident.trail import Trail
from bisectops.yaml.positions import masked

_WHOLE = 30
"""Lines up to which a file is shown whole."""
_AROUND = 3
_SOPS_RULES = ".sops.yaml"
"""No build looks into it, and yet it goes with the files that are encrypted by it."""
_SHOWN = 4
"""Files shown of one change; those that change alike are named."""


def taken_back_edits(
    repository: Repository,
    parts: tuple[Part, ...],
    base: Snapshot,
    bad: Snapshot,
    names: Set[str] = frozenset(),
) -> dict[RepoPath, bytes | None]:
    """The files of the chain's commits as they would be at the bad commit without those commits.

    With names, only the lines that speak of these are taken back.
    """
    edits: dict[RepoPath, bytes | None] = {}
    last: dict[RepoPath, Snapshot] = {}
    for part in parts:
        parents = repository.parents(part.commit)
        for change in repository.changes(parents[0] if parents else None, part.commit):
            last[change.path] = repository.snapshot(part.commit)
    for path, after in last.items():
        try:
            now = content(bad, path)
            back = taken_back(content(base, path), content(after, path), now, names)
        except MissingObject:
            continue  # what a partial clone lacks cannot be taken back
        if back != now:
            edits[path] = back
    return edits


def resolutions(
    laboratory: Laboratory,
    trail: Trail,
    whither: Whither,
    back: Edits,
    narrow: Edits,
    read: Set[RepoPath],
    base: Commit | None,
    bad: Commit,
) -> tuple[tuple[Resolution, ...], Edits]:
    """Repairs that were tried on the bad commit's tree, the best first, and the files of the chain's part.

    The smallest part of the chain's own changes whose return repairs as much as all of them; all of
    them, where that is more; references put right where their objects have another name or place. What
    no build has `read` is part of a repair only where nothing else repairs; where taking whole files
    `back` breaks more, only the lines that speak of what fails are, as `narrow` has them.
    """
    wanted = frozenset(finding.id for finding in trail.new)
    clusters = [judge.scene.cluster for judge in trail.examiner.judge.clusters.values()]
    forward = (  # before the laboratory takes the judge elsewhere
        (_RENAMED, renamed(trail, laboratory.bad, trail.new)),
        (_EQUIPPED, equipped(clusters, laboratory.bad, trail.new)),
        (_ELSEWHERE, moved_elsewhere(clusters, laboratory.bad, trail.new)),
        (_FOLLOWED, followed(clusters, laboratory.bad, trail.new, whither)),
        (_CALLED, called_right(clusters, laboratory.bad, trail.new)),
    )
    without = taken_out(clusters, laboratory.bad, trail.new)
    edits: Edits = {path: data for path, data in back.items() if path in read or path.endswith(_SOPS_RULES)}
    if not laboratory.repairs(edits, wanted):
        edits = next((more for more in (back, narrow) if laboratory.repairs(more, wanted)), edits)
    names = missing_names(trail.new)
    smallest = laboratory.smallest(edits, trail.new) if edits else {}
    told = [_tried(laboratory, wanted, found, bad, bad, how, names) for how, found in forward]
    if base is not None:
        how = _NARROWED if edits is narrow else _RESTORED
        told.append(_tried(laboratory, wanted, smallest, base, bad, how, names))
        if smallest.keys() != edits.keys():
            told.append(_tried(laboratory, wanted, edits, base, bad, _REALIGNED, names, shown=smallest))
    if without not in (smallest, edits):
        told.append(_tried(laboratory, wanted, without, bad, bad, _TAKEN_OUT, names))
    worked = [resolution for resolution in told if resolution is not None]
    worked.sort(key=lambda resolution: resolution.leaves)
    return tuple(worked), smallest


_RENAMED = ("Follow the New Name", "Put the name that the object has now into {files}.")
_ELSEWHERE = (
    "Name the Namespace",
    "Leave the objects where they are now, and name their namespace in the references of {files}.",
)
_EQUIPPED = (
    "Give It Decryption of Its Own",
    "Write `spec.decryption`, with the key that the others use, into {files}. Whether that key opens the "
    "files, git cannot tell.",
)
_FOLLOWED = (
    "Name What Is There",
    "What the build misses lies elsewhere now, or is spelt otherwise: name it so in {files}.",
)
_CALLED = (
    "Name the File as kustomize Looks for It",
    "A kustomization file has a name that kustomize passes over: rename it, {files}.",
)
_TAKEN_OUT = (
    "Take the Entries Out",
    "Nothing is there to be built: take the entries out of {files}. What they named stays away.",
)
_RESTORED = (
    "Restore What Worked",
    "The fewest changes of the chain whose return repairs: {files} as at `{base}`. Only the chain's "
    "own lines are taken back; later edits of the same files stay.",
)
_NARROWED = (
    "Restore What Worked",
    "What the chain wrote of this in {files}, taken back to `{base}`. The chain's other changes stay: "
    "without them something else would fail.",
)
_REALIGNED = (
    "Structural Realignment",
    "All {count} files of the chain that play a part, as at `{base}`, so that nothing of it is left: "
    "{files}. Those of the smaller repair are not shown again.",
)


def _tried(
    laboratory: Laboratory,
    wanted: frozenset[str],
    edits: Edits,
    base: Commit,
    bad: Commit,
    told: tuple[str, str],
    names: Set[str],
    shown: Edits = MappingProxyType({}),
) -> Resolution | None:
    """A repair with what it resolves; None where it resolves nothing or breaks something else.

    Edits that another repair shows already are counted and not shown again.
    """
    resolved = laboratory.repairs(edits, wanted) if edits else frozenset()
    if not resolved:
        return None
    rest = {path: data for path, data in edits.items() if path not in shown}
    pairs = tuple(_pairs(laboratory.bad, rest, names, bad.short, base.short))
    title, sentence = told
    explanation = sentence.format(files=listed(sorted(edits), most=8), count=len(edits), base=base.short)
    return Resolution(title, explanation, pairs, len(resolved), len(wanted - resolved), True)


def _pairs(
    now: Snapshot, edits: Edits, names: Set[str], bad: str, base: str
) -> Iterator[tuple[Excerpt | None, Excerpt | None]]:
    """FROM and TO of the files, one for those that change alike; those that tell of `names` first."""
    alike: defaultdict[tuple[bytes, bytes], list[RepoPath]] = defaultdict(list)
    for path in sorted(edits):
        alike[hunks(content(now, path), edits[path])].append(path)
    for changed in sorted(alike, key=lambda changed: not mentions(changed, names))[:_SHOWN]:
        paths = alike[changed]
        old, new = content(now, paths[0]), edits[paths[0]]
        yield excerpt(old, new, paths[0], bad), excerpt(new, old, paths[0], base)


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
