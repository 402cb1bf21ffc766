"""Secrets and ConfigMaps that a person or a script applies before Flux runs.

Nothing in git reconciles them, so they are never objects of a cluster: they only say that somebody
makes them. Bootstrap folders, Taskfiles, scripts and instructions are read as text, templates included.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from bisectops.flux.applied_files import applied_paths, matching
from bisectops.git.objects import ROOT, Change, Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Bounded

_NAME = r"[\"']?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\b"
_KIND = re.compile(r"^kind: *[\"']?(Secret|ConfigMap)\b", re.M)
_METADATA = re.compile(r"^metadata:[^\n]*\n((?:[ \t#][^\n]*\n|\n)*)", re.M)
_FIELD = {field: re.compile(rf"^ +{field}: *(?:&[\w-]+ +)?{_NAME}", re.M) for field in ("name", "namespace")}
_GENERATED = re.compile(r"^(secret|configMap)Generator:\n((?:[ -][^\n]*\n)*)", re.M)
_ENTRY = re.compile(rf"^ *-? *name: *{_NAME}", re.M)
_COMMAND = re.compile(
    r"\bcreate +(?:secret +(?:generic|tls|docker-registry|git|oci|helm)|(configmap|cm)) +" + _NAME
)
_COPIED = re.compile(
    r"reflection-auto-enabled: *[\"']?true|kubed\.appscode\.com/sync:"
    r"|replicate-to(?:-matching:|: *[\"']?\.\*)"
)
FILE = "File"
"""The kind under which a path that a script applies is kept until its file is read."""
ANYWHERE = "*"
"""The namespace of what an annotation copies everywhere."""
_OPTION = re.compile(r"(?:-n|--namespace)[ =]+[\"']?([a-z0-9][a-z0-9-]*)\b")
_SCRIPTS = (".sh", ".just", ".md", ".ps1", ".nu", ".py")
_SCRIPT_NAMES = ("makefile", "justfile", ".justfile", "taskfile.yaml", "taskfile.yml")
_MANIFESTS = (".yaml", ".yml", ".j2", ".tmpl", ".tpl", ".gotmpl")
_LARGEST = 256 * 1024
_DEEPEST = 100
_REMEMBERED = 5_000

CONVENTIONAL = re.compile(
    r"sops-(?:age|gpg|keys?)(?:-secret)?|age-key|flux-system|(?:github-)?deploy-key|onepassword-(?:connect|secret).*"
)
"""Names that bootstrap makes nearly everywhere."""


@dataclass(frozen=True, slots=True)
class AppliedByHand:
    """One object that a file outside the graph makes."""

    kind: str
    name: str
    namespace: str
    """Empty where the file does not say."""
    path: RepoPath
    """The file that says so."""
    manifest: RepoPath = ROOT
    """The file of git that it applies by path, where that is what it says."""


class ByHand:
    """What is applied by hand at one commit."""

    def __init__(self, found: Iterable[AppliedByHand] = ()) -> None:
        self.found = tuple(found)

    def of(self, kind: str, namespace: str, name: str) -> AppliedByHand | None:
        """Who makes an object; one without a namespace may be for any."""
        fitting = (
            each
            for each in self.found
            if (each.kind, each.name) == (kind, name) and each.namespace in (namespace, "", ANYWHERE)
        )
        return next(fitting, None)

    def named(self, kind: str, name: str) -> AppliedByHand | None:
        """Who makes an object of this name, in whatever namespace."""
        return next((each for each in self.found if (each.kind, each.name) == (kind, name)), None)


def conventional(name: str) -> bool:
    """Is this a name that bootstrap makes nearly everywhere?"""
    return CONVENTIONAL.fullmatch(name) is not None


class HandFinder:
    """Looks through snapshots; an unchanged folder or file is never looked at again."""

    def __init__(self) -> None:
        self._folders: Bounded[tuple[Oid, bool], tuple[AppliedByHand, ...]] = Bounded(_REMEMBERED)
        self._files: Bounded[tuple[Oid, bool], tuple[AppliedByHand, ...]] = Bounded(_REMEMBERED)
        self._applied: Bounded[Oid, tuple[AppliedByHand, ...]] = Bounded(_REMEMBERED)
        self._last: tuple[tuple[AppliedByHand, ...], ByHand] = ((), ByHand())
        self._patterns: frozenset[str] = frozenset()
        """The names of the files that a script applies by path."""

    def find(self, snapshot: Snapshot) -> ByHand:
        """What is applied by hand at a commit."""
        entry = snapshot.entry(ROOT)
        found = self._folder(snapshot, entry, False, 0) if entry else ()
        found += tuple(each for named in found if named.kind == FILE for each in self._named(snapshot, named))
        if found != self._last[0]:
            self._last = (found, ByHand(found))
            named = (each.name.lower() for each in found if each.kind == FILE)
            self._patterns = frozenset(name.rpartition("/")[2] for name in named)
        return self._last[1]

    def moved(self, changes: Iterable[Change], before: Snapshot, after: Snapshot) -> bool:
        """May another answer follow from the paths that differ between two commits?"""
        return any(self.matters(change, before, after) for change in changes)

    def matters(self, change: Change, before: Snapshot, after: Snapshot) -> bool:
        """May another answer follow from a path that differs between two commits?"""
        *folders, name = change.path.lower().split("/")
        applied = any(fnmatchcase(name, pattern) for pattern in self._patterns)
        if applied and (change.old is None or change.new is None):
            return True
        bootstrap = any(folder.startswith("bootstrap") for folder in folders)
        worth = _is_worth_reading(change.path, bootstrap)
        told = [
            (
                *(self._file(snapshot, entry, bootstrap) if worth else ()),
                *(self._applied_in(snapshot, entry) if applied else ()),
            )
            for snapshot, entry in ((before, change.old), (after, change.new))
            if entry is not None and entry.kind is EntryKind.BLOB
        ]
        return (worth or applied) and (len(told) != 2 or told[0] != told[1])

    def _named(self, snapshot: Snapshot, named: AppliedByHand) -> Iterator[AppliedByHand]:
        """What the files hold that a script applies by path."""
        for path in matching(snapshot, named.name):
            entry = snapshot.entry(path)
            if entry is not None:
                yield from (
                    replace(each, path=named.path, manifest=path)
                    for each in self._applied_in(snapshot, entry)
                )

    def _applied_in(self, snapshot: Snapshot, file: Entry) -> tuple[AppliedByHand, ...]:
        if file.oid not in self._applied:
            content = snapshot.read(file.path)
            text = content.decode("utf-8", "replace") if len(content) <= _LARGEST else ""
            self._applied[file.oid] = tuple(_written(text))
        return self._applied[file.oid]

    def _folder(
        self, snapshot: Snapshot, folder: Entry, bootstrap: bool, depth: int
    ) -> tuple[AppliedByHand, ...]:
        key = (folder.oid, bootstrap)
        if key not in self._folders:
            children = snapshot.children(folder.path) if depth < _DEEPEST else ()
            found = [each for child in children for each in self._child(snapshot, child, bootstrap, depth)]
            self._folders[key] = tuple(found)
        return self._folders[key]

    def _child(
        self, snapshot: Snapshot, child: Entry, bootstrap: bool, depth: int
    ) -> Iterator[AppliedByHand]:
        """What a file or folder makes, with the path from its parent on."""
        name = child.path.rpartition("/")[2]
        if child.kind is EntryKind.TREE:
            inside = bootstrap or name.lower().startswith("bootstrap")
            for each in self._folder(snapshot, child, inside, depth + 1):
                yield replace(each, path=RepoPath(f"{name}/{each.path}"))
        elif child.kind is EntryKind.BLOB and _is_worth_reading(child.path, bootstrap):
            for each in self._file(snapshot, child, bootstrap):
                yield replace(each, path=RepoPath(name))

    def _file(self, snapshot: Snapshot, file: Entry, bootstrap: bool) -> tuple[AppliedByHand, ...]:
        key = (file.oid, bootstrap)
        if key not in self._files:
            content = snapshot.read(file.path)
            text = content.decode("utf-8", "replace") if len(content) <= _LARGEST else ""
            manifest = bootstrap and file.path.endswith(_MANIFESTS)
            self._files[key] = (*(_written(text) if manifest else ()), *_commanded(text))
        return self._files[key]


def _is_worth_reading(path: RepoPath, bootstrap: bool) -> bool:
    name = path.lower().rpartition("/")[2]
    if name in _SCRIPT_NAMES or name.endswith(_SCRIPTS):
        return True
    in_tasks = "taskfiles/" in path or path.startswith(".taskfiles/")
    return (bootstrap or in_tasks) and name.endswith(_MANIFESTS)


def _written(text: str) -> Iterator[AppliedByHand]:
    """The Secrets and ConfigMaps of a manifest, a template, or a kustomization's generators."""
    for document in re.split(r"^---.*$", text, flags=re.M):
        kind, metadata = _KIND.search(document), _METADATA.search(document + "\n")
        if kind and metadata and (name := _FIELD["name"].search(metadata[1])):
            namespace = _FIELD["namespace"].search(metadata[1])
            yield AppliedByHand(kind[1], name[1], namespace[1] if namespace else "", ROOT)
            if _COPIED.search(metadata[1]):
                yield AppliedByHand(kind[1], name[1], ANYWHERE, ROOT)
    for generator in _GENERATED.finditer(text + "\n"):
        kind_made = "Secret" if generator[1] == "secret" else "ConfigMap"
        for name in _ENTRY.finditer(generator[2]):
            yield AppliedByHand(kind_made, name[1], "", ROOT)


def _commanded(text: str) -> Iterator[AppliedByHand]:
    """What `kubectl create secret …` and `flux create secret …` make, in a script or in instructions."""
    yield from (AppliedByHand(FILE, path, "", ROOT) for path in applied_paths(text))
    if "create" not in text:
        return
    joined = text.replace("\\\n", " ")
    for line in joined.splitlines():
        for found in _COMMAND.finditer(line):
            kind = "ConfigMap" if found[1] else "Secret"
            namespace = _OPTION.search(line)
            default = "flux-system" if "flux create" in line else ""
            yield AppliedByHand(kind, found[2], namespace[1] if namespace else default, ROOT)
