"""Where what a ks builds is written: this repository, copies of some of it, or not here at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.envsubst import symbols
from bisectops.flux.external_artifact import Copy, Layout, at_home, layout
from bisectops.flux.kinds import FluxKustomization, ObjectId
from bisectops.flux.overlay import secure_path
from bisectops.flux.reconcile import build_key
from bisectops.flux.roots import Root
from bisectops.git.objects import ROOT, RepoPath, parent
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping, text


class Whereabouts(NamedTuple):
    """What a cluster knows of sources."""

    root: Root
    objects: Mapping[ObjectId, Applied]
    home: tuple[ObjectId, ...]
    """The sources that hold this repository."""
    generators: Iterable[ObjectId]

    def layout(self, snapshot: Snapshot, ks: FluxKustomization) -> Layout | None:
        """The copies of this repository that a ks builds from, none for all of it.

        None where what it applies is out of this repository, or its target out of this cluster. A
        source that is not there is a finding of its own: what is built of it is judged as if it were.
        """
        if ks.remote or self.hides_path(ks):
            return None
        if ks.source is None or ks.id == self.root.id or ks.source in self.home:
            return None if self._is_guessed(snapshot, ks) else ()
        if ks.source.kind == "ExternalArtifact":
            return self._assembled(ks.source)
        source = self.objects.get(ks.source) or self._namesake(ks.source)
        if source is None:
            within = self._within(ks)
            return () if within and snapshot.entry(within) else None
        home = [own.content for each in self.home if (own := self.objects.get(each))]
        same = [own for own in home if _address(own) == _address(source.content)]
        if same:
            return () if any(_is_as_new(source.content, own) for own in same) else None
        if not any(_is_pushed_from(source.content, _address(own)) for own in home):
            return None
        return next((each for each in self._pushed(ks) if _holds(snapshot, each, ks)), None)

    def _is_guessed(self, snapshot: Snapshot, ks: FluxKustomization) -> bool:
        """Is a pushed artifact taken for this repository, with nothing to show for it but the name?"""
        pushed = ks.source is not None and ks.source.kind in ("OCIRepository", "Bucket")
        folder = build_key(ks, self.root.base).folder
        return pushed and self.root.made_up and ks.id != self.root.id and snapshot.entry(folder) is None

    def hides_path(self, ks: FluxKustomization) -> bool:
        """Does a value that git does not show tell which folder a ks builds?"""
        if self.root.made_up and "${" in ks.path and self.objects[ks.id].applied_by == self.root.id:
            return True  # who really applies it, and with which variables, nobody knows
        return bool(symbols(ks.path))

    def sought(self, ks: FluxKustomization) -> frozenset[RepoPath]:
        """Where a ks that is built from elsewhere would be at home."""
        path = secure_path(ks.path)
        return frozenset({self._within(ks), *(at_home(layout, path) for layout in self._pushed(ks))})

    def _within(self, ks: FluxKustomization) -> RepoPath:
        """The outermost folder of a ks's path."""
        return RepoPath(build_key(ks, self.root.base).folder.partition("/")[0])

    def _pushed(self, ks: FluxKustomization) -> tuple[Layout, ...]:
        """The folders that CI may push as an artifact: all above the ks's own file, from the root on."""
        folder = parent(self.objects[ks.id].origin.path)
        above = [folder]
        while folder:
            folder = parent(folder)
            above.append(folder)
        return tuple((Copy(each, ROOT, False),) if each else () for each in reversed(above))

    def _assembled(self, artifact: ObjectId) -> Layout | None:
        """The copies that a generator of this cluster makes an ExternalArtifact of."""
        for generator in sorted(self.generators):
            if generator.namespace == artifact.namespace:
                tree = self.objects[generator].content
                copies = layout(tree, artifact.name, self.home.__contains__, self.root.base)
                if copies is not None:
                    return copies
        return None

    def _namesake(self, source: ObjectId) -> Applied | None:
        """A source of this kind and name in another namespace: what was meant, probably."""
        named = (source.kind, source.name, source.group)
        found = [each for each in self.objects if (each.kind, each.name, each.group) == named]
        return self.objects[min(found)] if found else None


def _is_as_new(source: Mapping[str, Node], own: Mapping[str, Node]) -> bool:
    """Does another source of this repository pull the revision that the root's own pulls?

    One that is pinned pulls a tag or commit of its own; another branch counts where the root's is told.
    """
    its, mine = _revision(source), _revision(own)
    return its == mine or (its[0] in ("", "branch") and not (its[1] and mine[1]))


def _revision(source: Mapping[str, Node]) -> tuple[str, str]:
    """What spec.ref names: a branch or something that is pinned; twice nothing where it names nothing."""
    ref = mapping(source, "spec", "ref")
    name = text(ref, "name") or ""
    for prefix, field in (("refs/heads/", "branch"), ("refs/tags/", "tag")):
        if name.startswith(prefix):
            return field, name.removeprefix(prefix)
    found = ((field, text(ref, field)) for field in ("commit", "digest", "name", "semver", "tag", "branch"))
    return next(((field, told) for field, told in found if told), ("", ""))


def _is_pushed_from(source: Mapping[str, Node], address: str) -> bool:
    """Is an OCI artifact or bucket, by its name, one that the CI of a repository pushes?"""
    owner_and_name = address.split("/")[-2:]
    parts = _address(source).split("/")
    pushed = text(source, "kind") in ("OCIRepository", "Bucket")
    return pushed and len(owner_and_name) == 2 and all(part in parts for part in owner_and_name)


def _holds(snapshot: Snapshot, layout: Layout, ks: FluxKustomization) -> bool:
    """Is a ks's path a folder of such an artifact?"""
    path = secure_path(ks.path)
    return bool(path) and snapshot.entry(at_home(layout, path)) is not None


def _address(source: Mapping[str, Node]) -> str:
    """Where a source comes from; the spellings of one repository are equal."""
    url = (text(source, "spec", "url") or "").lower().removesuffix("/").removesuffix(".git")
    _, scheme, rest = url.rpartition("://")
    host_and_path = (rest if scheme else url).rpartition("@")[2]
    return host_and_path.replace(":", "/")
