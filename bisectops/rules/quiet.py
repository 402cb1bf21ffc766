"""Changes on which no finding can depend: a file nobody reads, the values of a HelmRelease, a tag.

Most commits of most repositories are of this sort. What is quiet is proved, not guessed: the objects of
the file are otherwise the same, everybody who reads the file reads it for its objects, and no patch or
replacement of theirs looks at the fields that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.flux.cluster import Cluster
from bisectops.flux.kinds import HELM_GROUP, SOURCE_GROUP
from bisectops.flux.makers import VALUES_READ
from bisectops.git.objects import Change, Entry, EntryKind
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.reading import Blobs, contents
from bisectops.kustomize.resource import Node, gvk_of
from bisectops.kustomize.touching import Field, touches

_BYTES_KEPT = 4 << 20
_OBJECTS = (b"HelmRelease", b"OCIRepository")
"""What must be in a file for it to hold objects with quiet fields."""

Judgement = Callable[[Node, Node], bool]
"""Is the difference between two values of a field one on which nothing depends?"""


class Edit(NamedTuple):
    """A quiet field that differs, and whether what lies there has another shape."""

    field: Field
    reshapes: bool


class Quiet:
    """Tells quiet changes; what a file said before is remembered, as the next commit may change it again."""

    def __init__(self) -> None:
        self._parsed = Blobs(_BYTES_KEPT)

    def is_quiet(
        self, change: Change, before: Snapshot, after: Snapshot, clusters: Iterable[Cluster]
    ) -> bool:
        """May a change be passed over? Whether roots or hands depend on it is asked elsewhere."""
        reached = [(cluster, cluster.reached(change)) for cluster in clusters]
        reached = [(cluster, kustomizations) for cluster, kustomizations in reached if kustomizations]
        if not reached:
            return True
        if not _is_edit(change) or any(cluster.reads_all(change.path) for cluster, _ in reached):
            return False
        edits = self._edits(change, before, after)
        return edits is not None and not any(
            touches(cluster.touched(ks), edit.field, reshaped=edit.reshapes)
            for cluster, kustomizations in reached
            for ks in kustomizations
            for edit in edits
        )

    def _edits(self, change: Change, before: Snapshot, after: Snapshot) -> set[Edit] | None:
        """What a change edits, all of it quiet; None where anything else differs."""
        assert change.old is not None
        assert change.new is not None
        try:
            was, now = self._objects(before, change.old), self._objects(after, change.new)
        except BuildError:
            return None
        if not was or not now or [place for place, _ in was] != [place for place, _ in now]:
            return None
        edits: set[Edit] = set()
        for (_, old), (_, new) in zip(was, now, strict=True):
            for edit in _edited(old, new):
                if edit is None:
                    return None
                edits.add(edit)
        return edits

    def _objects(self, snapshot: Snapshot, entry: Entry) -> list[tuple[int, Mapping[str, Node]]]:
        """The objects of a file with their places; none of a file that cannot hold any with quiet fields."""
        return self._parsed.parsed(snapshot, entry, "objects", _objects)


def _is_edit(change: Change) -> bool:
    old, new = change.old, change.new
    return old is not None and new is not None and old.kind is new.kind is EntryKind.BLOB


def _objects(data: bytes) -> list[tuple[int, Mapping[str, Node]]]:
    return contents(data) if any(word in data for word in _OBJECTS) else []


def _edited(old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[Edit | None]:
    """The quiet edits that make one version of an object the other; None for any other difference."""
    if _same(old, new):
        return
    spec, other = old.get("spec"), new.get("spec")
    rest = _same({**old, "spec": None}, {**new, "spec": None}) and "sops" not in new
    if not rest or not isinstance(spec, dict) or not isinstance(other, dict):
        yield None
        return
    gvk = gvk_of(new)
    quiet = _QUIET.get((gvk.group, gvk.kind), {})
    for key in _differing(spec, other):
        judgement, was, now = quiet.get(key), spec.get(key), other.get(key)
        yield Edit(("spec", key), not _alike(was, now)) if judgement and judgement(was, now) else None


def _plain(old: Node, new: Node) -> bool:
    """Do two values differ in nothing but literal text, numbers and the like: no variable, no ciphertext?"""
    if isinstance(old, dict) and isinstance(new, dict):
        differing = _differing(old, new)
        return all(map(_literal, differing)) and all(_plain(old.get(k), new.get(k)) for k in differing)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(_plain(one, other) for one, other in zip(old, new, strict=True))
    return _same(old, new) or (_literal(old) and _literal(new))


def _alike(old: Node, new: Node) -> bool:
    """Have two values the same keys and as many items, and scalars at the same places?"""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_alike(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    return not isinstance(old, dict | list) and not isinstance(new, dict | list)


def _literal(node: Node) -> bool:
    if isinstance(node, dict):
        return all(isinstance(key, str) and _literal(key) and _literal(node[key]) for key in node)
    if isinstance(node, list):
        return all(map(_literal, node))
    return not isinstance(node, str) or ("$" not in node and "ENC[" not in node)


def _values(old: Node, new: Node) -> bool:
    """Values of a chart, but for those that tell what a release makes."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return VALUES_READ.isdisjoint(_differing(old, new)) and _plain(old, new)


def _chart(old: Node, new: Node) -> bool:
    """A chart's template, of which only the version is nobody's concern."""
    return _only("spec", lambda was, now: _only("version", _plain, was, now), old, new)


def _only(key: str, quiet: Judgement, old: Node, new: Node) -> bool:
    """Do two mappings differ in one field at most, and in that quietly?"""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return _differing(old, new) <= {key} and quiet(old.get(key), new.get(key))


def _differing(old: Mapping[str, Node], new: Mapping[str, Node]) -> set[str]:
    """The keys that two mappings do not have in common, values included."""
    return {
        key
        for key in old.keys() | new.keys()
        if not (key in old and key in new and _same(old[key], new[key]))
    }


def _same(old: Node, new: Node) -> bool:
    """Equal in type and spelling too: `true` is not 1, and 1.10 is not 1.1."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(_same(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return bool(old == new) and getattr(old, "spelling", None) == getattr(new, "spelling", None)


_QUIET: dict[tuple[str, str], dict[str, Judgement]] = {
    (HELM_GROUP, "HelmRelease"): {
        "values": _values,
        "chart": _chart,
        **dict.fromkeys(
            (
                *("interval", "timeout", "maxHistory", "install", "upgrade", "rollback", "uninstall"),
                *("test", "driftDetection"),
            ),
            _plain,
        ),
    },
    (SOURCE_GROUP, "OCIRepository"): dict.fromkeys(("ref", "interval", "timeout"), _plain),
}
"""By group and kind, the fields of spec in which a difference may be quiet."""
