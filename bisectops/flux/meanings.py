"""Whether two versions of a clue say the same of roots: most edits of such files do."""

from __future__ import annotations

from collections.abc import Hashable

from bisectops.flux.clues import Clue, ClueFinder
from bisectops.flux.controller import told_by
from bisectops.flux.flux_instance import instances
from bisectops.flux.reach import Reach
from bisectops.flux.survey import Parsed, flux_objects, namespace_set
from bisectops.git.objects import ROOT, EntryKind, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import text, value


class Meanings:
    """Compares clues by what a survey asks of them, and nothing else."""

    def __init__(self, clues: ClueFinder, parsed: Parsed, reach: Reach) -> None:
        self._clues = clues
        self._parsed = parsed
        self._reach = reach

    def alike(self, before: Snapshot, old: Clue, after: Snapshot, new: Clue, roots: frozenset[str]) -> bool:
        """Do they say the same? Of Kustomizations called as one of the roots, every field counts."""
        if _flags(old) != _flags(new):
            return False
        if new.kustomization:
            return self._listed(before, old) == self._listed(after, new)
        return self._told(before, old, roots) == self._told(after, new, roots)

    def _listed(self, snapshot: Snapshot, clue: Clue) -> Hashable:
        """What a kustomization leads to, folders and other clues, and the namespace that it sets."""
        named = self._reach.named(snapshot, clue.path, clue.oid)
        telling = frozenset(path for path in named if self._tells(snapshot, path))
        return telling, self._parsed.remembered(snapshot, clue, namespace_set)

    def _tells(self, snapshot: Snapshot, path: RepoPath) -> bool:
        entry = snapshot.entry(path)
        if entry is None or entry.kind is not EntryKind.BLOB:
            return entry is not None
        return self._clues.of(snapshot, entry) is not None

    def _told(self, snapshot: Snapshot, clue: Clue, roots: frozenset[str]) -> list[Node]:
        told: list[Node] = []
        if clue.ks or clue.source:
            objects = self._parsed.remembered(snapshot, clue, flux_objects)
            told += [_of_interest(kind, tree, roots) for kind, tree in objects]
        if clue.instance:
            documents = self._parsed.documents(snapshot, clue)
            told += [list(instances(tree, clue.path, ROOT)) for tree in documents]
        if clue.controller:
            told.append(self._parsed.remembered(snapshot, clue, told_by))
        return told


def _flags(clue: Clue) -> tuple[bool, ...]:
    return clue.ks, clue.source, clue.instance, clue.controller, clue.kustomization, clue.bootstrapped


def _of_interest(kind: str, tree: Node, roots: frozenset[str]) -> Node:
    """What a survey reads of an object: for most Kustomizations their names, path, source and cluster."""
    if kind != "Kustomization" or text(tree, "metadata", "name") in roots:
        return tree
    names = [value(tree, "metadata", key) for key in ("name", "namespace")]
    return [*names, *(value(tree, "spec", key) for key in ("path", "sourceRef", "kubeConfig"))]
