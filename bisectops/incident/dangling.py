"""Builds that name what is not there, put right: the name follows what moved, or its entry goes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from bisectops.errors import YamlError
from bisectops.flux.cluster import Cluster
from bisectops.flux.reach import KUSTOMIZATION_FILES
from bisectops.git.objects import EntryKind, RepoPath, parent, path_within, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.incident.counterfactual import content
from bisectops.kustomize.resource import Node
from bisectops.rules.finding import Finding
from bisectops.yaml.fields import mappings, sequence, text, texts
from bisectops.yaml.positions import locate
from bisectops.yaml.reader import documents, one

Edits = dict[RepoPath, bytes | None]
Whither = Callable[[RepoPath, RepoPath], RepoPath | None]
"""Where a path may be that is not there, and the file that names it."""

_FOLDERS = ("resources", "bases", "components")
_LISTS = (
    *_FOLDERS,
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
)
_OF_PATHS = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_PATH = ("spec", "path")


class _Named(NamedTuple):
    """A path as a file writes it."""

    where: tuple[str | int, ...]
    told: str
    folder: bool = False
    """Must a folder have a kustomization file to be what is wanted?"""


class _Missed(NamedTuple):
    """A path that a file names and where nothing is."""

    file: RepoPath
    document: int
    named: _Named
    path: RepoPath


def followed(
    clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding], whither: Whither
) -> Edits:
    """The files with the new place in each name of a failing build, and in each spec.path, that has one."""

    def renamed(missed: _Missed, line: str) -> str:
        told, now = missed.named.told, whither(missed.path, missed.file)
        if now is None or line.count(told) != 1:
            return line
        folder = "" if missed.named.where == _PATH else parent(missed.file)
        return line.replace(told, _spelt(now, folder, told))

    return _edited(snapshot, _missed(clusters, snapshot, findings), renamed)


def taken_out(clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The kustomization files of failing builds without the entries of which nothing is there."""

    def dropped(missed: _Missed, line: str) -> str:
        alone = rf"\s*-\s+([\"']?){re.escape(missed.named.told)}\1\s*(?:#.*)?"
        return "" if re.fullmatch(alone, line.rstrip("\r\n")) else line

    return _edited(snapshot, _missed(clusters, snapshot, findings), dropped)


def called_right(clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The folders that failing builds name with their kustomization file called as kustomize looks for it."""
    edits: Edits = {}
    for missed in _missed(clusters, snapshot, findings):
        files = [child.path for child in snapshot.children(missed.path) if child.kind is EntryKind.BLOB]
        misnamed = [path for path in files if _is_kustomization(snapshot.read(path))]
        if len(misnamed) == 1:
            edits[misnamed[0]] = None
            edits[repo_path(KUSTOMIZATION_FILES[0], base=missed.path)] = snapshot.read(misnamed[0])
    return edits


def _edited(
    snapshot: Snapshot, missing: Iterable[_Missed], rewritten: Callable[[_Missed, str], str]
) -> Edits:
    """The files with the lines that name what is not there rewritten, where that changes any."""
    files: dict[RepoPath, list[str]] = {}
    for missed in missing:
        data = snapshot.read(missed.file)
        text_of = data.decode("utf-8", "surrogateescape")
        lines = files.setdefault(missed.file, text_of.splitlines(keepends=True))
        at = locate(data, missed.document, missed.named.where) - 1
        if at < len(lines):
            lines[at] = rewritten(missed, lines[at])
    edits = {path: "".join(lines).encode("utf-8", "surrogateescape") for path, lines in files.items()}
    return {path: data for path, data in edits.items() if data != snapshot.read(path)}


def _missed(
    clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]
) -> Iterable[_Missed]:
    """What failing builds name and is not there, each once."""
    failing = (finding for finding in findings if finding.rule == "build-failed")
    return dict.fromkeys(each for finding in failing for each in _of_build(clusters, snapshot, finding))


def _of_build(clusters: Sequence[Cluster], snapshot: Snapshot, finding: Finding) -> Iterator[_Missed]:
    origin = finding.origin
    if finding.reference.kind == "Path":
        data = content(snapshot, origin.path)
        objects = documents(data) if data is not None and not origin.generated else ()
        if told := text(list(objects), origin.document, *_PATH):
            yield _Missed(origin.path, origin.document, _Named(_PATH, told), RepoPath(finding.reference.name))
        return
    for file in sorted({path for cluster in clusters for path in cluster.files_of(finding.subject)}):
        data = content(snapshot, file)
        if data is None or file.rpartition("/")[2] not in KUSTOMIZATION_FILES:
            continue
        for named in _names(_tree(data)):
            path = path_within(named.told, parent(file))
            if path is not None and "://" not in named.told and not _is_there(snapshot, path, named.folder):
                yield _Missed(file, 0, named, path)


def _tree(data: bytes) -> Node:
    """What a kustomization file says; nothing where it cannot be read, which is another failure."""
    try:
        return one(data)
    except YamlError:
        return None


def _names(tree: Node) -> Iterator[_Named]:
    """The paths that a kustomization file names."""
    for key in _LISTS:
        for index, item in enumerate(sequence(tree, key)):
            if isinstance(item, str) and "\n" not in item:
                yield _Named((key, index), item, key in _FOLDERS)
    for key in _OF_PATHS:
        for index, _ in enumerate(sequence(tree, key)):
            if told := text(tree, key, index, "path"):
                yield _Named((key, index, "path"), told)
    for key in _GENERATORS:
        for index, generator in enumerate(mappings(tree, key)):
            for field in ("files", "envs"):
                for place, item in enumerate(texts(generator, field)):
                    yield _Named((key, index, field, place), item.rpartition("=")[2])


def _is_there(snapshot: Snapshot, path: RepoPath, folder: bool) -> bool:
    entry = snapshot.entry(path)
    if entry is None or entry.kind is not EntryKind.TREE or not folder:
        return entry is not None
    return any(snapshot.entry(repo_path(name, base=path)) for name in KUSTOMIZATION_FILES)


def _is_kustomization(data: bytes) -> bool:
    return (text(_tree(data), "apiVersion") or "").startswith("kustomize.config.k8s.io/")


def _spelt(path: RepoPath, folder: str, before: str) -> str:
    """A path as it is written in a folder, with a leading ./ where there was one before."""
    told = posixpath.relpath(path, folder or ".")
    return f"./{told}" if before.startswith("./") and not told.startswith("..") else told
