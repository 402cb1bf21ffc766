"""One ks becomes the objects that it would apply: path, overlay, build, substitution.

The order is kustomize-controller's. What would fail is a `Failure`, never an
exception: its objects are then unknown, and `would_make` says which those may have been.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from bisectops.errors import BuildError
from bisectops.flux.applied import Applied, NamedKind
from bisectops.flux.external_artifact import Layout, at_home, placed
from bisectops.flux.kinds import FluxKustomization, object_id
from bisectops.flux.overlay import PathNotFound, build_spec, is_older, root_kustomization, secure_path
from bisectops.flux.postbuild import PostBuild
from bisectops.flux.remnants import Remnants
from bisectops.flux.substitute import post_build
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.failure import SecretInput
from bisectops.kustomize.resource import Broken, Built, Node, Opaque, Origin, PatchUse, Resource, Shaping
from bisectops.kustomize.target import Builder
from bisectops.memo import Identified, Memo, Trace
from bisectops.yaml.fields import mapping, sequence

EMPTY_IS_REFUSED = (1, 2)
"""The first kustomize-controller that refuses an empty kustomization: kustomize's api 0.14 (CheckEmpty)."""


class BuildKey(NamedTuple):
    """All that a ks's build depends on besides the files."""

    folder: RepoPath
    spec: str
    """The fields of spec that reach the build, as canonical JSON."""
    layout: Layout = ()
    """The copies that make up its artifact; none where that is the repository itself."""
    may_be_empty: bool = False
    """Is a kustomization that says nothing taken?"""
    holder: RepoPath | None = None
    """Where what it had applied is written, of one whose folder is not there; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a ks applies nothing, in the controller's words, and where."""

    message: str
    path: RepoPath
    path_missing: bool = False
    secret_input: bool = False
    """A file of a secretGenerator is what it stops at."""
    artifact_missing: bool = False
    """What was to be built from is not made: what was made before is built again."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a ks's folder builds to; `failure` and `would_make` where it does not."""

    built: Built
    failure: Failure | None = None
    would_make: frozenset[NamedKind] = frozenset()
    own_patches: int = 0
    """How many of the patches are the folder's own: those of the ks's spec come after them."""


class Made(NamedTuple):
    """An object with what it was made of."""

    resource: Resource
    """What the build held."""
    used: frozenset[str]
    """The variables that were looked up for it."""
    applied: Applied


class Known:
    """What an earlier answer made, with variables that differ from today's in the `changed` ones alone."""

    def __init__(self, made_of: Mapping[int, Made], changed: frozenset[str]) -> None:
        self._made_of = made_of
        self._changed = changed

    @cached_property
    def _by_origin(self) -> Mapping[Origin, Made]:
        return {made.resource.origin: made for made in self._made_of.values()}

    def of(self, resource: Resource) -> Made | None:
        """What came of a resource, where the same would come of it again."""
        made = self._made_of.get(id(resource))
        if made is None:
            made = self._by_origin.get(resource.origin)
            if made is None or not _is_alike(made.resource, resource):
                return None
            made = made._replace(resource=resource)
        return made if made.used.isdisjoint(self._changed) else None


def _is_alike(one: Resource, other: Resource) -> bool:
    return one.shaped_by == other.shaped_by and (one.content is other.content or one.content == other.content)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A ks's answer at one commit."""

    objects: tuple[Applied, ...] = ()
    failure: Failure | None = None
    would_make: frozenset[NamedKind] = frozenset()
    opaque: tuple[Opaque, ...] = ()
    patches: tuple[PatchUse, ...] = ()
    own_patches: int = 0
    made_of: Mapping[int, Made] = field(default_factory=dict, compare=False)
    """By the identity of what the build held, what came of it: the next answer may be the same."""

    @property
    def unseen(self) -> bool:
        """Is all that is built somewhere else?"""
        return bool(self.opaque) and not self.objects and self.failure is None


BuildMemo = Memo[BuildKey, Build]


def build_memo() -> BuildMemo:
    """Builds remembered by what they read; share one between all clusters and commits of a run."""
    builder, remnants = Builder(), Remnants()

    def make(snapshot: Snapshot, key: BuildKey) -> Build:
        build = _build(builder, remnants, snapshot, key)
        return _at_home(build, key.layout) if key.layout else build

    return Memo(make, folder=lambda key: key.folder)


def build_key(
    ks: FluxKustomization,
    base: RepoPath,
    layout: Layout = (),
    controller: tuple[int, ...] | None = None,
) -> BuildKey:
    """The key under which a ks's build is remembered; `base` is the artifact's root in the repository."""
    return _keys.get((ks,), (base, layout, controller), lambda: _build_key(ks, base, layout, controller))


_keys: Identified[BuildKey] = Identified(2_000)


def _build_key(
    ks: FluxKustomization, base: RepoPath, layout: Layout, controller: tuple[int, ...] | None
) -> BuildKey:
    folder = secure_path(ks.path) if layout else secure_path(f"{base}/{secure_path(ks.path)}")
    spec = json.dumps(build_spec(ks, controller), sort_keys=True, default=str)
    return BuildKey(folder, spec, layout, is_older(ks, controller, EMPTY_IS_REFUSED))


def _at_home(build: Build, layout: Layout) -> Build:
    """A build of an ExternalArtifact, its places told as paths of the repository."""
    built = Built(
        resources=tuple(_resource_at_home(resource, layout) for resource in build.built.resources),
        patches=tuple(replace(use, patch=_shaping_at_home(use.patch, layout)) for use in build.built.patches),
        opaque=tuple(replace(each, path=at_home(layout, each.path)) for each in build.built.opaque),
        touched=build.built.touched,
    )
    failure = build.failure and replace(build.failure, path=at_home(layout, build.failure.path))
    return replace(build, built=built, failure=failure)


def _resource_at_home(resource: Resource, layout: Layout) -> Resource:
    origin = resource.origin._replace(path=at_home(layout, resource.origin.path))
    shaped_by = tuple(_shaping_at_home(shaping, layout) for shaping in resource.shaped_by)
    return replace(resource, origin=origin, shaped_by=shaped_by)


def _shaping_at_home(shaping: Shaping, layout: Layout) -> Shaping:
    return shaping._replace(path=at_home(layout, shaping.path))


def _build(builder: Builder, remnants: Remnants, snapshot: Snapshot, key: BuildKey) -> Build:
    nothing = Built(resources=(), patches=(), opaque=())
    for copy in key.layout:
        if copy.failure and snapshot.entry(placed(copy)) is None:
            return Build(nothing, Failure(copy.failure, placed(copy), artifact_missing=True))
    try:
        kustomization = root_kustomization(snapshot, builder.blobs, key.folder, json.loads(key.spec))
    except PathNotFound as error:
        failure = Failure(str(error), key.folder, path_missing=True)
        return Build(nothing, failure, remnants.of(snapshot, key.holder) if key.holder else frozenset())
    except BuildError as error:
        return Build(nothing, Failure(str(error), key.folder), remnants.of(snapshot, key.folder))
    result = builder.build(
        snapshot,
        key.folder,
        kustomization=kustomization,
        remote_is_opaque=True,
        may_be_empty=key.may_be_empty,
    )
    if isinstance(result, Built):
        own = len(sequence(kustomization, "patches")) - len(sequence(json.loads(key.spec), "patches"))
        return Build(result, own_patches=own if kustomization is not None else 0)
    would_make = _named(result) | remnants.of(snapshot, key.folder)
    return _broken(key.folder, result, would_make)


def _broken(folder: RepoPath, broken: Broken, would_make: frozenset[NamedKind]) -> Build:
    of_secret = isinstance(broken.error, SecretInput)
    failure = Failure(f"kustomize build failed: {broken.error}", folder, secret_input=of_secret)
    return Build(Built(resources=(), patches=(), opaque=broken.opaque), failure, would_make)


def reconcile(
    ks: FluxKustomization,
    trace: Trace[Build],
    variables: PostBuild,
    *,
    strict: bool,
    known: Known | None = None,
) -> Reconciled:
    """What a ks applies, given its build and the variables of its postBuild."""
    build = trace.value
    objects = []
    made_of: dict[int, Made] = {}
    for resource in build.built.resources:
        made = known.of(resource) if known else None
        if made:
            objects.append(made.applied)
            made_of[id(resource)] = made
            continue
        used: set[str] = set()
        try:
            content = post_build(
                resource.content, ks, variables.variables, strict=strict, unseen=variables.unseen, used=used
            )
            content = with_common_metadata(content, ks)
        except BuildError as error:
            return Reconciled(
                (), Failure(str(error), resource.origin.path), _named(build.built), build.built.opaque
            )
        if not _is_kustomize_config(content):
            applied = Applied(object_id(content), content, resource.origin, resource.shaped_by, ks.id)
            objects.append(applied)
            made_of[id(resource)] = Made(resource, frozenset(used), applied)
    return Reconciled(
        tuple(objects),
        build.failure,
        build.would_make,
        build.built.opaque,
        build.built.patches,
        build.own_patches,
        made_of,
    )


def with_common_metadata(content: Mapping[str, Node], ks: FluxKustomization) -> Mapping[str, Node]:
    """An object as it is applied: spec.commonMetadata over its own labels and annotations.

    That comes last, so neither patches nor substitution ever see it.
    """
    common = mapping(ks.spec, "commonMetadata")
    added = {field: mapping(common, field) for field in ("labels", "annotations") if mapping(common, field)}
    if not added:
        return content
    metadata = mapping(content, "metadata")
    merged = {field: {**mapping(metadata, field), **values} for field, values in added.items()}
    return {**content, "metadata": {**metadata, **merged}}


def _named(built: Built | Broken) -> frozenset[NamedKind]:
    found = (object_id(resource.content) for resource in built.resources)
    return frozenset(NamedKind(each.kind, each.name) for each in found)


def _is_kustomize_config(content: Mapping[str, Node]) -> bool:
    return str(content.get("apiVersion", "")).startswith("kustomize.config.k8s.io/")
