"""A resource and its names, as kustomize's resource package keeps them, with provenance beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from bisectops.git.objects import RepoPath

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


@dataclass(frozen=True, slots=True)
class Opaque:
    """An input that only a network or a plugin could give."""

    url: str
    path: RepoPath
    """The kustomization file that names it."""
