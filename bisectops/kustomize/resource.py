"""A resource and its names, as kustomize's resource package keeps them, with provenance beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from bisectops.errors import BuildError
from bisectops.git.objects import RepoPath
from bisectops.yaml.spelling import SpeltFloat, SpeltInt

Node: TypeAlias = Any
"""A YAML value: dict[str, Node] | list[Node] | str | int | float | bool | None. Never changed in place:
a tree is shared by every commit that it fits, and one edit would poison history."""


class Gvk(NamedTuple):
    """Group, version and kind; the core group is the empty string."""

    group: str
    version: str
    kind: str


class ResId(NamedTuple):
    """What kustomize tells resources apart by."""

    gvk: Gvk
    name: str
    namespace: str


class Origin(NamedTuple):
    """Where a resource was written: a document of a file, or a generator's kustomization file."""

    path: RepoPath
    document: int
    """Zero-based index among the non-empty documents; for generated ones the generator's."""
    generated: bool = False


class Shaping(NamedTuple):
    """Something that changed a resource on its way: told by `explain`, and by patch coverage."""

    what: str
    """"patch", "namespace", "component", "prefix", … : a kustomization field's name."""
    path: RepoPath
    """The kustomization file that holds the field."""
    position: int
    """Index in the field's list; 0 for a scalar field."""


@dataclass(frozen=True, slots=True)
class PatchUse:
    """How many resources one patch selected, nothing included."""

    patch: Shaping
    selected: int
    target: Mapping[str, Node] | None
    """The selector as written; None for a strategic merge patch that names its target itself."""


Field: TypeAlias = tuple[str, ...]
"""The first two keys of a field's path, or fewer where all beneath them may be meant."""


class Touch(NamedTuple):
    """A field that something in a build looks at or changes."""

    field: Field
    shape_only: bool = False
    """All that counts is which keys and how many items there are, and what is a scalar: a value of the
    same shape is laid over, replaced or passed on just the same."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An input that only a network or a plugin could give."""

    url: str
    path: RepoPath
    """The kustomization file that names it."""


class Previous(NamedTuple):
    """What a resource was called before a transformer renamed it; group and version are the current ones."""

    name: str
    namespace: str
    """The effective one: "default" where none was written."""
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource with what kustomize remembers of it while it builds, kept beside the content."""

    content: Mapping[str, Node] = field(repr=False)
    """Kept out of repr, as it may hold secrets that no log shall see."""
    id: ResId
    origin: Origin
    previous: tuple[Previous, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    needs_hash: bool = False
    behavior: str = ""
    """A generator's create, merge or replace; empty for what was read."""
    variables: tuple[str, ...] = ()
    """The vars whose value this resource holds."""
    twinned: bool = False
    """Whether some of its labels change as one (see `twins`)."""
    shaped_by: tuple[Shaping, ...] = ()

    @property
    def original(self) -> ResId:
        """The id it was written with."""
        return self._id_of(self.previous[0]) if self.previous else self.id

    @property
    def ids(self) -> tuple[ResId, ...]:
        """Every id it ever had, oldest first, the current one last."""
        if not self.previous:
            return (self.id,)
        return (*map(self._id_of, self.previous), self.id)

    def _id_of(self, was: Previous) -> ResId:
        gvk = self.id.gvk
        return ResId(Gvk(gvk.group, gvk.version, was.kind), was.name, was.namespace)

    def holding(self, content: Mapping[str, Node], by: Shaping | None = None) -> Resource:
        """The same resource with other content and the id that the content gives it, and what did that."""
        if content is self.content:
            return self
        shaped = (*self.shaped_by, by) if by else self.shaped_by
        return replace(self, content=content, id=id_of(content), shaped_by=shaped)

    def remembering(self, namespace: str) -> Resource:
        """The same resource, its current id kept as a previous one; `namespace` is the effective one."""
        was = Previous(self.id.name, namespace, self.id.gvk.kind)
        return replace(self, previous=(*self.previous, was))

    def moved(self, content: Mapping[str, Node], namespace: str, by: Shaping) -> Resource:
        """As `remembering` and then `holding`, in one."""
        was = Previous(self.id.name, namespace, self.id.gvk.kind)
        if content is self.content:
            return replace(self, previous=(*self.previous, was))
        return replace(
            self,
            content=content,
            id=id_of(content),
            previous=(*self.previous, was),
            shaped_by=(*self.shaped_by, by),
        )


@dataclass(frozen=True, slots=True)
class Built:
    """What a folder builds to, in the order in which it is written."""

    resources: tuple[Resource, ...]
    patches: tuple[PatchUse, ...]
    opaque: tuple[Opaque, ...]
    touched: frozenset[Touch] = frozenset()
    """The fields that its patches and their like look at or change."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a folder does not build."""

    error: BuildError
    resources: tuple[Resource, ...]
    """What had been gathered by then: what it might have made."""
    opaque: tuple[Opaque, ...]


def id_of(content: Mapping[str, Node]) -> ResId:
    """The current id that a resource's own fields spell."""
    metadata = content.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    gvk = gvk_of(content)
    return ResId(gvk, _text(metadata.get("name")), _text(metadata.get("namespace")))


def gvk_of(content: Mapping[str, Node]) -> Gvk:
    """The group, version and kind that a resource's own fields spell."""
    group, slash, version = _text(content.get("apiVersion")).partition("/")
    return (
        Gvk(group, version, _text(content.get("kind")))
        if slash
        else Gvk("", group, _text(content.get("kind")))
    )


def _text(value: Node) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, SpeltInt | SpeltFloat):
        return value.spelling
    return str(value).lower() if isinstance(value, bool) else str(value)


def describe(id: ResId) -> str:
    """An id as kustomize's messages print it: `Deployment.v1.apps/web.[noNs]`."""
    return f"{describe_gvk(id.gvk)}/{id.name or '[noName]'}.{id.namespace or '[noNs]'}"


def describe_gvk(gvk: Gvk) -> str:
    """A kind as kustomize's messages print it: `Deployment.v1.apps`."""
    return f"{gvk.kind or '[noKind]'}.{gvk.version or '[noVer]'}.{gvk.group or '[noGrp]'}"


def selected_by(gvk: Gvk, selector: Gvk) -> bool:
    """Does a partial Gvk select this one? Its empty fields match anything."""
    return (
        (not selector.kind or selector.kind == gvk.kind)
        and (not selector.group or selector.group == gvk.group)
        and (not selector.version or selector.version == gvk.version)
    )
