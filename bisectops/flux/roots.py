"""Where the reconciliation of each cluster starts.

In order: what a FluxInstance makes; Kustomizations whose own path holds them, as `flux bootstrap` writes
them; the folders where it is still to write them; and, where none of these is in git, the folders whose
Kustomizations nothing builds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import NamedTuple

from bisectops.errors import NoClusterRoot
from bisectops.flux.clues import ClueFinder, Clues
from bisectops.flux.controller import installed, of_instance
from bisectops.flux.flux_instance import NAMESPACE, FluxInstance, made_by
from bisectops.flux.labels import labelled
from bisectops.flux.lost_sync import lost_sync
from bisectops.flux.meanings import Meanings
from bisectops.flux.reach import Reach
from bisectops.flux.root import Root
from bisectops.flux.self_contained import artifact_root, is_local, self_contained, source_of
from bisectops.flux.stranded import misled, stranded
from bisectops.flux.strays import strays
from bisectops.flux.survey import Grounds, Parsed, Survey, Written, folder_of
from bisectops.git.objects import ROOT, Change, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.memo import Bounded
from bisectops.yaml.fields import mapping, text

_FINDINGS_KEPT = 16
_VARIABLE = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}")


class _Found(NamedTuple):
    """The roots of a commit, and what they rest on besides its clues."""

    roots: tuple[Root, ...]
    grounds: Grounds

    @property
    def names(self) -> frozenset[str]:
        """What their Kustomizations are called."""
        return frozenset(root.id.name for root in self.roots)


_NOTHING_FOUND = _Found((), Grounds({}, {}))


class RootFinder:
    """Finds the roots of commits; where no clue changed, the last answer is given again."""

    def __init__(self, clusters: Iterable[str] = ()) -> None:
        """`clusters` are folders named by hand; roots are discovered where there are none."""
        self._clusters = tuple(repo_path(cluster) for cluster in clusters)
        self._clues = ClueFinder()
        self._parsed = Parsed()
        self._reach = Reach()
        self._meanings = Meanings(self._clues, self._parsed, self._reach)
        self._last = _NOTHING_FOUND
        self._known: Bounded[str, _Found] = Bounded(_FINDINGS_KEPT)

    def beside(self) -> RootFinder:
        """Another one, that was asked about nothing yet; they remember together what was read."""
        other = copy(self)
        other._last = _NOTHING_FOUND
        return other

    def clues(self, snapshot: Snapshot) -> Clues:
        """Where a commit speaks of Flux."""
        return self._clues.find(snapshot)

    def find(
        self,
        snapshot: Snapshot,
        changes: Sequence[Change] | None = None,
        before: Snapshot | None = None,
    ) -> tuple[Root, ...]:
        """The roots of a commit, sorted by path; raises NoClusterRoot where there are none.

        `changes` are the paths that differ from the last snapshot asked about (None: any may), `before`.
        """
        if (
            not self._last.roots
            or changes is None
            or before is None
            or any(self.matters(change, before, snapshot) for change in changes)
        ):
            self._last = self._find(snapshot)
        if not self._last.roots:
            raise _none_found(self._clusters)
        return self._last.roots

    def _find(self, snapshot: Snapshot) -> _Found:
        clues = self._clues.find(snapshot)  # afresh: what was passed over before may be read now
        known = self._known.get(clues.fingerprint)
        if known is None or not known.grounds.hold_in(snapshot):
            known = self._known[clues.fingerprint] = self._look(snapshot, clues)
        return known

    def matters(self, change: Change, before: Snapshot, after: Snapshot) -> bool:
        """May a change since the last snapshot asked about bring other roots?"""
        comes_or_goes = change.old is None or change.new is None
        if comes_or_goes and not self._last.grounds.hold_above(change.path, after):
            return True
        if not self._clues.matters(after, change):
            return False
        if change.old is None or change.new is None:
            return True
        old, new = self._clues.of(before, change.old), self._clues.of(after, change.new)
        return (
            old is None or new is None or not self._meanings.alike(before, old, after, new, self._last.names)
        )

    def _look(self, snapshot: Snapshot, clues: Clues) -> _Found:
        survey = Survey(snapshot, clues, self._parsed, self._reach)
        found = _discovered(survey)
        if self._clusters:
            found = [
                _named(survey, cluster, found) for cluster in self._clusters if survey.is_folder(cluster)
            ]
        found.sort(key=lambda root: (root.path, root.origin))
        names = labelled([root.path if root.holder is None else root.holder for root in found])
        roots = tuple(replace(root, name=name) for root, name in zip(found, names, strict=True))
        return _Found(roots, survey.grounds)


def _none_found(clusters: tuple[RepoPath, ...]) -> NoClusterRoot:
    if clusters:
        return NoClusterRoot(
            f"no folder {' or '.join(clusters)} in this commit",
            hint="--cluster takes a folder's path from the repository's root",
        )
    return NoClusterRoot(
        "no folder of this commit starts a reconciliation",
        hint="looked for a FluxInstance, values of the flux-instance chart, gotk-sync.yaml, a Kustomization "
        "that builds its own folder, and folders of Kustomizations; name the root with --cluster PATH",
    )


def _discovered(survey: Survey) -> list[Root]:
    roots, missing = _of_instances(survey)
    lost = list(misled(survey))
    roots += self_contained(survey, roots, lost)
    roots += strays(survey, roots, missing)
    roots += stranded(survey, roots, missing, lost)
    roots += _of_lost_files(survey, roots)
    return roots or list(_to_come(survey)) or list(_left_over(survey))


def _of_instances(survey: Survey) -> tuple[list[Root], list[Root]]:
    """What flux-operator makes of each FluxInstance; one path is one cluster, the first file counts.

    Those whose path is no folder apart, the first where there are no others.
    """
    made: dict[tuple[RepoPath, RepoPath], Root] = {}
    missing: list[Root] = []
    for instance in survey.instances():
        if is_local(text(instance.sync, "url") or ""):
            continue
        for root in _spelt_out(survey, _of_instance(survey, instance)):
            if survey.is_folder(root.path):
                made.setdefault((root.base, root.path), root)
            else:
                missing.append(root)
    return (list(made.values()), missing) if made else (missing[:1], [])


def _spelt_out(survey: Survey, root: Root) -> Iterator[Root]:
    """The roots that a path with variables may mean, each a folder that holds Kustomizations.

    Whoever bootstraps a cluster fills in the variables, so nothing in git is at fault.
    """
    spec = mapping(root.kustomization, "spec")
    path = text(spec, "path") or ""
    if not _VARIABLE.search(path):
        yield root
        return
    for folder in survey.folders(_VARIABLE.sub("*", path)):
        if any(ks.file in survey.reaches(folder) for ks in survey.kustomizations):
            told = {**root.kustomization, "spec": {**spec, "path": f"./{folder}"}}
            yield replace(root, path=folder, kustomization=told)


def _of_instance(survey: Survey, instance: FluxInstance) -> Root:
    ks, source = made_by(instance)
    here = Written(instance.path, ks)
    base = artifact_root(survey, here) if text(source, "kind") != "GitRepository" else ROOT
    return Root(
        name="",
        path=folder_of(here, base) or ROOT,
        found=f"{instance.found} in {instance.path}, sync path {text(ks, 'spec', 'path') or './'}",
        origin=instance.path,
        kustomization=ks,
        source=source,
        pinned=True,
        base=base,
        controller=of_instance(instance.spec),
    )


def _of_lost_files(survey: Survey, roots: Sequence[Root]) -> Iterator[Root]:
    """The folders of clusters that no file tells of as it should, and that no other root leads to."""
    for file, folder in lost_sync(survey):
        led_to = (file in survey.closure(root.path, root.base) for root in roots)
        if survey.is_folder(folder) and not any(root.path == folder for root in roots) and not any(led_to):
            root = _made_up(survey, folder, f"bootstrap wrote {file}, which nobody can read")
            metadata = {"name": NAMESPACE, "namespace": NAMESPACE}
            yield replace(root, kustomization={**root.kustomization, "metadata": metadata}, placed=True)


def _named(survey: Survey, cluster: RepoPath, found: list[Root]) -> Root:
    """The root of a folder named by hand: as discovered, or made up of what its Kustomizations say."""
    known = next((root for root in found if root.path == cluster), None)
    return known or _made_up(survey, cluster, "named with --cluster")


def _to_come(survey: Survey) -> Iterator[Root]:
    """The folders for which bootstrap has yet to write a Kustomization: the file for it is there, empty."""
    for file, folder in sorted(_awaited(survey).items()):
        if any(ks.file in survey.reaches(folder) for ks in survey.at_home):
            yield _made_up(survey, folder, f"bootstrap is to write {file}")


def _awaited(survey: Survey) -> dict[RepoPath, RepoPath]:
    """By its empty file, each folder that bootstrap is to build: {path}/{namespace}/gotk-sync.yaml."""
    empty = (clue.path for clue in survey.clues if clue.bootstrapped and not clue.ks and "/" in clue.path)
    return {file: parent(parent(file)) for file in empty}


def _made_up(survey: Survey, folder: RepoPath, why: str) -> Root:
    inside = [ks for ks in survey.kustomizations if ks.file in survey.reaches(folder)]
    ref = _most_named(ks for ks in inside if not survey.is_foreign(ks))
    taken = any(ks.name == NAMESPACE for ks in survey.kustomizations)
    tree = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": f"{NAMESPACE}-root" if taken else NAMESPACE, "namespace": NAMESPACE},
        "spec": {"path": f"./{folder}", "prune": True, "sourceRef": dict(ref)},
    }
    origin = inside[0].file if inside else folder
    source, _ = source_of(survey, folder, Written(origin, tree))
    return Root(
        name="",
        path=folder,
        found=why,
        origin=origin,
        kustomization=tree,
        source=source,
        made_up=True,
        placed=folder in _awaited(survey).values(),
        controller=installed(survey, folder, ()),
    )


def _most_named(kustomizations: Iterable[Written]) -> Mapping[str, Node]:
    """The source that most Kustomizations build from, the first of these."""
    named: Counter[tuple[str | None, ...]] = Counter()
    refs: dict[tuple[str | None, ...], Mapping[str, Node]] = {}
    for ks in kustomizations:
        ref = mapping(ks.spec, "sourceRef")
        if text(ref, "kind") in ("GitRepository", "OCIRepository", "Bucket"):
            key = (text(ref, "kind"), text(ref, "namespace") or ks.namespace, text(ref, "name"))
            named[key] += 1
            refs.setdefault(key, ref)
    return refs[max(named, key=named.__getitem__)] if named else {"kind": "GitRepository", "name": NAMESPACE}


def _left_over(survey: Survey) -> Iterator[Root]:
    """The folders that hold Kustomizations which no Kustomization leads to, each cluster on its own."""
    led_to = {
        file
        for ks in survey.at_home
        if (folder := folder_of(ks, ROOT)) is not None and survey.is_folder(folder)
        for file in survey.reaches(folder) - {ks.file}
    }
    left = [ks for ks in survey.at_home if ks.file not in led_to and ks.name]
    inside = _built(survey)
    outside = [ks for ks in left if not any(ks.file.startswith(f"{folder}/") for folder in inside)]
    for folder in _clusters_of(outside or left, ROOT):
        yield _made_up(survey, folder, f"nothing in git builds the Kustomizations in {folder or '.'}")


def _built(survey: Survey) -> set[RepoPath]:
    """The folders that Kustomizations build: what such a build leaves out starts no cluster."""
    folders = (folder_of(ks, ROOT) for ks in survey.at_home)
    return {folder for folder in folders if folder and survey.is_folder(folder)}


def _clusters_of(left: list[Written], folder: RepoPath) -> Iterator[RepoPath]:
    """The deepest folders that hold everything left, split where a name would be there twice.

    The repository itself is one only where Kustomizations lie right in it: no cluster builds all that
    a repository holds besides.
    """
    if not left:
        return
    common = _common_folder(left)
    names = [(ks.namespace, ks.name) for ks in left]
    whole = len(names) == len(set(names)) or common == folder
    if whole and (common != ROOT or any("/" not in ks.file for ks in left)):
        yield common
        return
    parts: dict[RepoPath, list[Written]] = {}
    for ks in left:
        rest = ks.file[len(common) :].lstrip("/")
        child = repo_path(rest.partition("/")[0], base=common) if "/" in rest else common
        parts.setdefault(child, []).append(ks)
    for child in sorted(parts):
        yield from _clusters_of(parts[child], child if common else ROOT)


def _common_folder(left: list[Written]) -> RepoPath:
    folders = [parent(ks.file).split("/") for ks in left]
    common = folders[0]
    for folder in folders[1:]:
        agree = 0
        while agree < min(len(common), len(folder)) and common[agree] == folder[agree]:
            agree += 1
        common = common[:agree]
    return RepoPath("/".join(common))


__all__ = ["Root", "RootFinder"]
