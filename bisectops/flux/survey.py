"""What the clues of one commit say: instances, Kustomizations, sources, and what a folder's build reaches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from bisectops.errors import YamlError
from bisectops.flux.clues import Clue, Clues, set_aside
from bisectops.flux.flux_instance import FluxInstance, instances, overlaid
from bisectops.flux.reach import Reach
from bisectops.flux.templated import documents_of_template
from bisectops.git.objects import ROOT, EntryKind, Oid, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node
from bisectops.memo import Bounded
from bisectops.yaml.fields import mapping, text
from bisectops.yaml.reader import documents

_REMEMBERED = 5_000
_NAMESPACE = re.compile(rb"^namespace:\s*[\"']?([a-z0-9.-]+)", re.M)


@dataclass(frozen=True, slots=True)
class Written:
    """An object as a file holds it, before any build."""

    file: RepoPath
    tree: Mapping[str, Node]
    name: str = field(init=False)
    namespace: str = field(init=False)
    spec: Mapping[str, Node] = field(init=False)
    """Empty where it has none."""
    source: tuple[str, str] | None = field(init=False)
    """The kind and name of what it builds from."""

    def __post_init__(self) -> None:
        spec = mapping(self.tree, "spec")
        ref = mapping(spec, "sourceRef")
        kind, name = text(ref, "kind"), text(ref, "name")
        for field_name, value in (
            ("name", text(self.tree, "metadata", "name") or ""),
            ("namespace", text(self.tree, "metadata", "namespace") or ""),
            ("spec", spec),
            ("source", (kind, name) if kind and name else None),
        ):
            object.__setattr__(self, field_name, value)


T = TypeVar("T")


class Parsed:
    """What files say, by Oid, remembered from commit to commit."""

    def __init__(self) -> None:
        self._known: Bounded[tuple[Oid, Callable[[bytes], Any]], Any] = Bounded(_REMEMBERED)
        self._written: Bounded[tuple[Oid, RepoPath], tuple[tuple[str, Written], ...]] = Bounded(_REMEMBERED)

    def documents(self, snapshot: Snapshot, clue: Clue) -> tuple[Node, ...]:
        """The documents of a file, which may be helmfile's template; none of what is broken."""
        return self.remembered(snapshot, clue, documents_of_template)

    def written(self, snapshot: Snapshot, clue: Clue) -> tuple[tuple[str, Written], ...]:
        """The objects of Flux's groups that a file holds, by kind."""
        key = (clue.oid, clue.path)
        if key not in self._written:
            found = self.remembered(snapshot, clue, flux_objects)
            self._written[key] = tuple((kind, Written(clue.path, tree)) for kind, tree in found)
        return self._written[key]

    def remembered(self, snapshot: Snapshot, clue: Clue, say: Callable[[bytes], T]) -> T:
        """The answer of a pure function of a file's bytes."""
        key = (clue.oid, say)
        if key not in self._known:
            self._known[key] = say(snapshot.read(clue.path))
        answer: T = self._known[key]
        return answer


def _documents(data: bytes) -> tuple[Node, ...]:
    try:
        return documents(data)
    except YamlError:
        return ()


def flux_objects(data: bytes) -> tuple[tuple[str, Mapping[str, Node]], ...]:
    """The objects of Flux's groups, by kind."""
    return tuple(
        (text(tree, "kind") or "", tree)
        for tree in _documents(data)
        if "fluxcd.io" in (text(tree, "apiVersion") or "").rpartition("/")[0]
    )


class Grounds(NamedTuple):
    """Which folders there are, as far as somebody asked."""

    paths: Mapping[RepoPath, bool]
    patterns: Mapping[str, list[RepoPath]]

    def hold_in(self, snapshot: Snapshot) -> bool:
        """Is it so in this snapshot too?"""
        return all(is_folder(snapshot, path) == there for path, there in self.paths.items()) and all(
            folders(snapshot, pattern) == found for pattern, found in self.patterns.items()
        )

    def hold_above(self, path: RepoPath, snapshot: Snapshot) -> bool:
        """Is it so in a snapshot that may differ in what lies at a path alone?"""
        if self.patterns:
            return self.hold_in(snapshot)
        while path:
            path = parent(path)
            if path in self.paths and is_folder(snapshot, path) != self.paths[path]:
                return False
        return True


def is_folder(snapshot: Snapshot, path: RepoPath) -> bool:
    """Is there a folder of this path?"""
    entry = snapshot.entry(path)
    return entry is not None and entry.kind is EntryKind.TREE


def folders(snapshot: Snapshot, pattern: str) -> list[RepoPath]:
    """The folders that a path with stars in place of names may mean."""
    found = [ROOT]
    for step in filter(None, pattern.removeprefix("./").split("/")):
        children = (child for folder in found for child in snapshot.children(folder))
        found = [
            child.path
            for child in children
            if child.kind is EntryKind.TREE and fnmatchcase(child.path.rpartition("/")[2], step)
        ]
    return found


class Survey:
    """The Flux objects of a commit that may have to do with roots."""

    def __init__(self, snapshot: Snapshot, clues: Clues, parsed: Parsed, reach: Reach) -> None:
        self.snapshot = snapshot
        self.clues = tuple(clue for clue in clues.found() if set_aside(clue.path) is None)
        self.parsed = parsed
        self._reach = reach
        self._reached: dict[RepoPath, frozenset[RepoPath]] = {}
        self._closures: dict[tuple[RepoPath, RepoPath], frozenset[RepoPath]] = {}
        self._folders: dict[RepoPath, bool] = {}
        self._patterns: dict[str, list[RepoPath]] = {}
        self._urls: dict[tuple[str, str] | None, set[str]] = {}
        self.kustomizations = tuple(self._written("ks", ("Kustomization",)))
        self.sources = tuple(self._written("source", ("GitRepository", "OCIRepository", "Bucket")))
        self._home = _home(self.kustomizations)
        self.at_home = tuple(ks for ks in self.kustomizations if not self.is_foreign(ks))
        """The Kustomizations that, as far as can be told, build folders of this repository."""
        self.by_file: dict[RepoPath, list[Written]] = {}
        for ks in self.at_home:
            self.by_file.setdefault(ks.file, []).append(ks)

    def _written(self, flag: str, kinds: tuple[str, ...]) -> Iterator[Written]:
        for clue in self.clues:
            if getattr(clue, flag) or (flag == "source" and clue.ks):
                for kind, written in self.parsed.written(self.snapshot, clue):
                    if kind in kinds:
                        yield written

    def is_foreign(self, ks: Written) -> bool:
        """Does a Kustomization build what another repository or registry holds?"""
        named = ks.source
        if named is None or named[0] == "ExternalArtifact" or named == self._home:
            return False
        here = self._addresses(named)
        if not here:
            return named[0] in ("OCIRepository", "Bucket")
        return bool(here - self._addresses(self._home))

    def _addresses(self, named: tuple[str, str] | None) -> set[str]:
        if named not in self._urls:
            found = (each for each in self.sources if (each.tree["kind"], each.name) == named)
            self._urls[named] = {address(text(each.spec, "url") or "") for each in found}
        return self._urls[named]

    def reaches(self, folder: RepoPath) -> frozenset[RepoPath]:
        """The files that the build of a folder may read."""
        if folder not in self._reached:
            self._reached[folder] = self._reach.files(self.snapshot, folder)
        return self._reached[folder]

    def closure(self, folder: RepoPath, base: RepoPath) -> frozenset[RepoPath]:
        """The files that the builds of a folder, of the Kustomizations in it, and so on, may read.

        What one applies with a kubeConfig is of another cluster, and leads to nothing in this one.
        """
        known = self._closures.get((folder, base))
        if known is None:
            known = self._closures[folder, base] = self._follow(folder, base)
        return known

    def _follow(self, folder: RepoPath, base: RepoPath) -> frozenset[RepoPath]:
        seen: set[RepoPath] = set()
        folders, waiting = {folder}, [folder]
        while waiting:
            new = self.reaches(waiting.pop()) - seen
            seen |= new
            applied = (ks for file in new for ks in self.by_file.get(file, ()))
            found = {folder_of(ks, base) for ks in applied if not mapping(ks.spec, "kubeConfig")}
            fresh = {path for path in found if path is not None} - folders
            folders |= fresh
            waiting.extend(fresh)
        return frozenset(seen)

    def is_folder(self, path: RepoPath) -> bool:
        """Is there a folder of this path?"""
        if path not in self._folders:
            self._folders[path] = is_folder(self.snapshot, path)
        return self._folders[path]

    def folders(self, pattern: str) -> list[RepoPath]:
        """The folders that a path with stars in place of names may mean."""
        self._patterns[pattern] = folders(self.snapshot, pattern)
        return self._patterns[pattern]

    @property
    def grounds(self) -> Grounds:
        """What was asked of folders so far: no clue tells of these."""
        return Grounds(self._folders, self._patterns)

    def instances(self) -> tuple[FluxInstance, ...]:
        """Every FluxInstance with something to sync, in-tree ones before those of bootstrap files."""
        found = [
            instance
            for clue in self.clues
            if clue.instance
            for tree in self.parsed.documents(self.snapshot, clue)
            for instance in instances(tree, clue.path, self._namespace(parent(clue.path)))
        ]
        whole = [instance for instance in _with_values(found) if instance.sync]
        return tuple(sorted(whole, key=_preference))

    def _namespace(self, folder: RepoPath) -> str:
        """The namespace that a folder's kustomization, or one of the three above it, sets."""
        for _ in range(4):
            path = repo_path("kustomization.yaml", base=folder)
            if self.snapshot.entry(path) and (found := namespace_set(self.snapshot.read(path))):
                return found
            folder = parent(folder)
        return ""


def namespace_set(data: bytes) -> str:
    """The namespace that a kustomization file sets; empty for none."""
    found = _NAMESPACE.search(data)
    return found[1].decode() if found else ""


def _home(kustomizations: Sequence[Written]) -> tuple[str, str] | None:
    """The source from which most Kustomizations build: the one that holds this repository.

    One that builds all of its source, whatever that is, tells little; of equals, git is likelier.
    """
    named = [(ks, ks.source) for ks in kustomizations if ks.source]
    telling = [name for ks, name in named if (text(ks.spec, "path") or "").strip("./")]
    counted = Counter(telling or [name for _, name in named])
    return max(counted, key=lambda name: (counted[name], name[0] == "GitRepository"), default=None)


def address(url: str) -> str:
    """Where a repository is, however its URL is spelt.

    >>> address("ssh://git@github.com/a/b.git") == address("https://github.com/A/b")
    True
    """
    url = url.lower().removesuffix("/").removesuffix(".git")
    return (
        url.partition("://")[2].rpartition("@")[2]
        if "://" in url
        else url.rpartition("@")[2].replace(":", "/")
    )


def folder_of(ks: Written, base: RepoPath) -> RepoPath | None:
    """The folder that a Kustomization builds; None where a variable, a patch or a template decides."""
    return _folder(text(ks.spec, "path") or "", base)


@lru_cache(maxsize=4096)
def _folder(path: str, base: RepoPath) -> RepoPath | None:
    if not path or "$" in path or "{{" in path or ".." in path.split("/"):
        return None
    return repo_path(path.lstrip("/"), base=base)


def _with_values(found: list[FluxInstance]) -> Iterator[FluxInstance]:
    """Releases with their values files beneath them, then everything that no release took up."""
    taken: set[int] = set()
    for instance in found:
        if "HelmRelease" in instance.found:
            here = parent(instance.path)
            below = [other for other in found if _is_values_file(other) and _beneath(other.path, here)]
            taken |= {id(instance), *map(id, below)}
            yield overlaid(instance, below)
    yield from (instance for instance in found if id(instance) not in taken)


def _is_values_file(instance: FluxInstance) -> bool:
    return instance.found.startswith(("the values of the", "ConfigMap"))


def _beneath(path: RepoPath, folder: RepoPath) -> bool:
    return path.startswith(f"{folder}/") if folder else True


def _preference(instance: FluxInstance) -> tuple[bool, bool, RepoPath]:
    return ("bootstrap" in instance.path, instance.found != "the FluxInstance", instance.path)
