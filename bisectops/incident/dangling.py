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


class _Named(NamedTuple):
    """A path as a file writes it."""

    where: tuple[str | int, ...]
    told: str
    folder: bool = False
    """Must a folder have a kustomization file to be what is wanted?"""


def followed(
    clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding], whither: Whither
) -> Edits:
    """The files with the new place in each name of a failing build, and in each spec.path, that has one."""

    def renamed(finding: Finding, file: RepoPath, named: _Named, missed: RepoPath, line: str) -> str | None:
        now = whither(missed, file)
        if now is None or line.count(named.told) != 1:
            return None
        own = file == finding.origin.path and named.where == ("spec", "path")
        return line.replace(named.told, _spelt(now, "" if own else parent(file), named.told))

    return _edited(clusters, snapshot, findings, renamed)


def taken_out(clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The kustomization files of failing builds without the entries of which nothing is there."""

    def dropped(_: Finding, __: RepoPath, named: _Named, ___: RepoPath, line: str) -> str | None:
        alone = rf"\s*-\s+([\"']?){re.escape(named.told)}\1\s*(?:#.*)?"
        return "" if re.fullmatch(alone, line.rstrip("\r\n")) else None

    return _edited(clusters, snapshot, findings, dropped)


def called_right(clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]) -> Edits:
    """The folders that failing builds name with their kustomization file called as kustomize looks for it."""
    edits: Edits = {}
    for _, _, _, missed in _missed(clusters, snapshot, findings):
        files = [child.path for child in snapshot.children(missed) if child.kind is EntryKind.BLOB]
        misnamed = [path for path in files if _is_kustomization(snapshot.read(path))]
        if len(misnamed) == 1:
            edits[misnamed[0]] = None
            edits[repo_path(KUSTOMIZATION_FILES[0], base=missed)] = snapshot.read(misnamed[0])
    return edits


def _edited(
    clusters: Sequence[Cluster],
    snapshot: Snapshot,
    findings: Iterable[Finding],
    rewritten: Callable[[Finding, RepoPath, _Named, RepoPath, str], str | None],
) -> Edits:
    """The files whose lines become others, each a line that names what is not there."""
    lines: dict[RepoPath, list[str]] = {}
    changed: set[RepoPath] = set()
    for finding, file, named, missed in _missed(clusters, snapshot, findings):
        data = snapshot.read(file)
        if file not in lines:
            lines[file] = data.decode("utf-8", "surrogateescape").splitlines(keepends=True)
        document = finding.origin.document if file == finding.origin.path else 0
        at = locate(data, document, named.where) - 1
        if (
            at < len(lines[file])
            and (now := rewritten(finding, file, named, missed, lines[file][at])) is not None
        ):
            lines[file][at] = now
            changed.add(file)
    return {path: "".join(lines[path]).encode("utf-8", "surrogateescape") for path in changed}


def _missed(
    clusters: Sequence[Cluster], snapshot: Snapshot, findings: Iterable[Finding]
) -> Iterator[tuple[Finding, RepoPath, _Named, RepoPath]]:
    """What failing builds name and is not there: by whom, in which file, as written, which path."""
    seen: set[tuple[RepoPath, tuple[str | int, ...]]] = set()
    for finding in findings:
        if finding.rule != "build-failed":
            continue
        for file, named, missed in _of_build(clusters, snapshot, finding):
            if (file, named.where) not in seen:
                seen.add((file, named.where))
                yield finding, file, named, missed


def _of_build(
    clusters: Sequence[Cluster], snapshot: Snapshot, finding: Finding
) -> Iterator[tuple[RepoPath, _Named, RepoPath]]:
    if finding.reference.kind == "Path":
        data = content(snapshot, finding.origin.path)
        objects = documents(data) if data is not None and not finding.origin.generated else ()
        if told := text(list(objects), finding.origin.document, "spec", "path"):
            yield finding.origin.path, _Named(("spec", "path"), told), RepoPath(finding.reference.name)
        return
    for file in sorted({path for cluster in clusters for path in cluster.files_of(finding.subject)}):
        data = content(snapshot, file)
        if data is None or file.rpartition("/")[2] not in KUSTOMIZATION_FILES:
            continue
        for named in _names(_tree(data)):
            path = path_within(named.told, parent(file))
            if path is not None and "://" not in named.told and not _is_there(snapshot, path, named.folder):
                yield file, named, path


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
