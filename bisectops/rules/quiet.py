"""Changes on which no finding can depend: a file nobody reads, the values of a HelmRelease, a tag.

Most commits of most repositories are of this sort. What is quiet is proved, not guessed: the objects of
the file are otherwise the same, everybody who reads the file reads it for its objects, and no patch or
replacement of theirs looks at the fields that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from bisectops.errors import BuildError
from bisectops.flux.cluster import Cluster
from bisectops.git.objects import Change, Entry, EntryKind
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.reading import Blobs, contents
from bisectops.kustomize.resource import Node, gvk_of
from bisectops.kustomize.touching import fields_by_default, touches
from bisectops.rules.edits import Edit, edits
from bisectops.yaml.reader import revise

Objects: TypeAlias = list[tuple[int, Mapping[str, Node]]]
"""The objects of a file with their places."""

_BYTES_KEPT = 2 << 20


class Quiet:
    """Tells quiet changes; what a file said before is remembered, as the next commit may change it again."""

    def __init__(self) -> None:
        self._parsed = Blobs(_BYTES_KEPT)

    def is_quiet(
        self, change: Change, before: Snapshot, after: Snapshot, clusters: Iterable[Cluster]
    ) -> bool:
        """May a change be passed over? Whether roots or hands depend on it is asked elsewhere."""
        reached = [cluster for cluster in clusters if cluster.reached(change)]
        if not reached:
            return True
        if not _is_edit(change) or any(cluster.reads_all(change.path) for cluster in reached):
            return False
        found = self._edits(change, before, after)  # none of these gives an object another name
        return found is not None and not any(
            touches(cluster.touched(ks), edit.field, reshaped=edit.reshapes)
            for cluster in reached
            for ks in cluster.looking_into(change.path)
            for edit in found
        )

    def _edits(self, change: Change, before: Snapshot, after: Snapshot) -> set[Edit] | None:
        """What a change edits, all of it quiet; None where anything else differs."""
        assert change.old is not None
        assert change.new is not None
        try:
            was = self._objects(before, change.old, contents)
            now = self._objects(after, change.new, partial(_revision, before.read(change.path)))
        except BuildError:
            return None
        if not was or [place for place, _ in was] != [place for place, _ in now]:
            return None
        found: set[Edit] = set()
        for (_, old), (_, new) in zip(was, now, strict=True):
            quiet = edits(old, new)
            if quiet is None or any(_by_default(new, edit) for edit in quiet):
                return None
            found.update(quiet)
        return found

    def _objects(self, snapshot: Snapshot, entry: Entry, parse: Callable[[bytes], Objects]) -> Objects:
        return self._parsed.parsed(snapshot, entry, "objects", parse)


def _revision(old: bytes, new: bytes) -> Objects:
    revise(old, new)
    return contents(new)


def _is_edit(change: Change) -> bool:
    old, new = change.old, change.new
    return old is not None and new is not None and old.kind is new.kind is EntryKind.BLOB


def _by_default(tree: Mapping[str, Node], edit: Edit) -> bool:
    """Do kustomize's own tables name a field of this kind: names of others, labels, images?"""
    return touches(fields_by_default(gvk_of(tree)), edit.field, reshaped=edit.reshapes)
