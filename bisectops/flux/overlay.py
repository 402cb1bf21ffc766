"""The kustomization that Flux really builds: a folder's own or a generated one, under a ks's spec.

Source: fluxcd/pkg kustomize/kustomize_generator.go (GenerateManifest, scanManifests).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from bisectops.errors import BuildError, YamlError
from bisectops.flux.kinds import FluxKustomization
from bisectops.git.objects import Entry, EntryKind, Oid, RepoPath, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.reading import Blobs
from bisectops.kustomize.resource import Node
from bisectops.memo import Bounded, Question, Reads, Recorder, behind
from bisectops.yaml.fields import mappings, sequence, text, texts
from bisectops.yaml.reader import documents, one

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
BUILD_FIELDS = (
    "targetNamespace",
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "components",
    "ignoreMissingComponents",
    "images",
    "buildMetadata",
)
_OVERWRITING = {"targetNamespace": "namespace", "namePrefix": "namePrefix", "nameSuffix": "nameSuffix"}
_LEGACY = ("patchesStrategicMerge", "patchesJson6902")
_BROKEN = object()
"""In the place of what a kustomization file says that is no YAML."""
_TYPED = (1, 0)
"""The kustomize-controller whose own types have no legacy patches any more."""


_found: Bounded[tuple[RepoPath, Oid, type], tuple[tuple[RepoPath, ...], Reads]] = Bounded(300)
"""By a folder and in what sort of snapshot it lies, what a scan finds there and what it looks at."""


class PathNotFound(BuildError):
    """spec.path names no folder of the artifact."""


class UndecodableManifest(BuildError):
    """A file beneath a path without a kustomization is no Kubernetes YAML."""


def secure_path(path: str) -> RepoPath:
    """Join spec.path under the artifact's root: neither a leading "/" nor ".." can leave it."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in ("", "."):
            kept.append(part)
    return repo_path("/".join(kept))


def build_spec(ks: FluxKustomization, controller: tuple[int, ...] | None = None) -> dict[str, Node]:
    """The part of a ks's spec that its build depends on.

    Legacy fields count only where the API had them, and before kustomize-controller 1.0, which reads a ks
    of any version as v1.
    """
    legacy = not ks.api_version.endswith("/v1") and is_older(ks, controller, _TYPED)
    return {
        field: ks.spec[field]
        for field in BUILD_FIELDS
        if field in ks.spec and (legacy or field not in _LEGACY)
    }


def is_older(ks: FluxKustomization, controller: tuple[int, ...] | None, version: tuple[int, ...]) -> bool:
    """Is a ks reconciled by a controller from before a version, 1.0 or soon after?

    Where git does not tell the controller, the version of the API is the clue: v1 came with 1.0.
    """
    return not ks.api_version.endswith("/v1") if controller is None else controller < version


def root_kustomization(
    snapshot: Snapshot, blobs: Blobs, folder: RepoPath, spec: Mapping[str, Node]
) -> Mapping[str, Node] | None:
    """The kustomization of a ks's path with its spec laid over; None where a file must fail by itself.

    `blobs` remembers what was parsed.
    Raises PathNotFound, UndecodableManifest or BuildError as the controller would fail.
    """
    entry = snapshot.entry(folder)
    if entry is None or entry.kind is not EntryKind.TREE:
        raise PathNotFound(f"kustomization path not found: stat {folder}: no such file or directory")
    own = _own_kustomization(snapshot, blobs, folder)
    if own is None:
        return None
    if not sequence(own, "resources") and not sequence(own, "bases"):
        own = {"buildMetadata": ["originAnnotations"], **own}
    return _overlaid(snapshot, folder, own, spec)


def _own_kustomization(snapshot: Snapshot, blobs: Blobs, folder: RepoPath) -> dict[str, Node] | None:
    present = [name for name in KUSTOMIZATION_FILES if _is_file(snapshot, repo_path(name, base=folder))]
    if not present:
        return _generated(snapshot, blobs, folder)
    if len(present) > 1:
        return None
    entry = snapshot.entry(repo_path(present[0], base=folder))
    assert entry is not None
    content = blobs.parsed(snapshot, entry, "root kustomization", _content)
    if content is _BROKEN:
        return None
    if content is None:
        return {}  # a file of nothing, or of comments, is no error at the root
    return dict(content) if isinstance(content, Mapping) else None


def _content(data: bytes) -> Node:
    try:
        return one(data)
    except YamlError:
        return _BROKEN


def _is_file(snapshot: Snapshot, path: RepoPath) -> bool:
    entry = snapshot.entry(path)
    return entry is not None and entry.kind is EntryKind.BLOB


def _generated(snapshot: Snapshot, blobs: Blobs, folder: RepoPath) -> dict[str, Node]:
    resources = [f"./{path.removeprefix(folder).lstrip('/')}" for path in _scan(snapshot, blobs, folder)]
    header = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    # Without any resource Flux writes a namespace nobody uses, so that the build is empty and no error.
    return {**header, "resources": resources} if resources else {**header, "namespace": "_placeholder"}


def _scan(snapshot: Snapshot, blobs: Blobs, folder: RepoPath) -> Iterator[RepoPath]:
    for child in snapshot.children(folder):
        if child.kind is EntryKind.TREE:
            yield from _scanned(snapshot, blobs, child)
        elif child.kind is EntryKind.BLOB and child.path.endswith((".yaml", ".yml")):
            told = ("kubernetes", path := child.path)
            blobs.parsed(snapshot, child, told, partial(_must_be_kubernetes, path=path), Question.OBJECTS)
            yield path


def _scanned(snapshot: Snapshot, blobs: Blobs, folder: Entry) -> tuple[RepoPath, ...]:
    """What a scan finds in a folder, the same as long as it holds the same files."""
    key = (folder.path, folder.oid, type(behind(snapshot)))
    known = _found.get(key)
    if known is None:
        recorder = Recorder(snapshot)
        if any(_is_file(recorder, repo_path(name, base=folder.path)) for name in KUSTOMIZATION_FILES):
            paths: tuple[RepoPath, ...] = (folder.path,)
        else:
            paths = tuple(_scan(recorder, blobs, folder.path))
        known = _found[key] = (paths, recorder.reads)
    elif isinstance(snapshot, Recorder):
        snapshot.reads.update(known[1])
    return known[0]


def _must_be_kubernetes(data: bytes, path: RepoPath) -> None:
    try:
        objects = documents(data, where=path)
    except YamlError as error:
        raise UndecodableManifest(f"failed to decode Kubernetes YAML from {path}: {error}") from error
    for tree in objects:
        kind = text(tree, "kind") if isinstance(tree, Mapping) else None
        if kind is None or (not kind.endswith("List") and not text(tree, "metadata", "name")):
            raise UndecodableManifest(
                f"failed to decode Kubernetes YAML from {path}: missing Resource metadata"
            )


def _overlaid(
    snapshot: Snapshot, folder: RepoPath, own: dict[str, Node], spec: Mapping[str, Node]
) -> dict[str, Node]:
    merged: dict[str, Any] = dict(own)
    for field, target in _OVERWRITING.items():
        if value := text(spec, field):
            merged[target] = value
    for field, written in _PATCHES.items():
        if added := sequence(spec, field):
            merged[field] = [*sequence(own, field), *map(written, added)]
    if components := _components(snapshot, folder, spec):
        merged["components"] = [*sequence(own, "components"), *components]
    if images := mappings(spec, "images"):
        merged["images"] = _merged_images(mappings(own, "images"), images)
    if "buildMetadata" in spec:
        merged["buildMetadata"] = spec["buildMetadata"]
    return merged


def _as_json(patch: Node) -> Node:
    """A strategic merge patch: an object in a ks, a text in a kustomization."""
    return json.dumps(patch, default=str) if isinstance(patch, Mapping) else patch


def _operations_as_json(patch: Node) -> Node:
    """A JSON patch: a list of operations in a ks, a text in a kustomization."""
    if not isinstance(patch, Mapping):
        return patch
    return {**patch, "patch": json.dumps(patch.get("patch"), default=str)}


_PATCHES: Mapping[str, Callable[[Node], Node]] = {
    "patches": lambda patch: patch,
    "patchesStrategicMerge": _as_json,
    "patchesJson6902": _operations_as_json,
}


def _components(snapshot: Snapshot, folder: RepoPath, spec: Mapping[str, Node]) -> list[str]:
    wanted = texts(spec, "components")
    for component in wanted:
        if component.startswith("/") or "://" in component:
            raise BuildError(f"component path '{component}' must be local and relative")
    if spec.get("ignoreMissingComponents") is True:
        return [component for component in wanted if snapshot.entry(repo_path(component, base=folder))]
    return list(wanted)


def _merged_images(own: Iterable[Mapping[str, Node]], added: Iterable[Mapping[str, Node]]) -> list[Node]:
    """Field by field, newTag and digest as one: either replaces both."""
    by_name = {text(image, "name"): dict(image) for image in own}
    for image in added:
        merged = by_name.setdefault(text(image, "name"), {})
        if text(image, "newTag") or text(image, "digest"):
            merged = {field: value for field, value in merged.items() if field not in ("newTag", "digest")}
        by_name[text(image, "name")] = {**merged, **image}
    return list(by_name.values())
