"""Where one cluster's reconciliation starts: the value that finding roots ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bisectops.flux.controller import Controller
from bisectops.flux.kinds import ObjectId, object_id
from bisectops.git.objects import ROOT, RepoPath
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import text

_UNTOLD = Controller()


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The Kustomization and the source from which everything of one cluster follows."""

    name: str
    """What the cluster is called: the part of its path that tells it from others."""
    path: RepoPath
    """The folder that the Kustomization builds."""
    found: str
    """How it was found, a sentence for people."""
    origin: RepoPath
    """The file that says so."""
    kustomization: Mapping[str, Node]
    source: Mapping[str, Node]
    made_up: bool = False
    """Nothing in git is this Kustomization: what it decrypts and substitutes with is not known."""
    placed: bool = False
    """Where nothing in git is it, is it told at least which folder bootstrap has it build?"""
    pinned: bool = False
    """flux-operator made these objects: a copy of them that git applies is not looked at."""
    base: RepoPath = ROOT
    """The folder that is the artifact's root, where CI pushes one as an OCI artifact: every
    spec.path is read from there."""
    controller: Controller = _UNTOLD
    beside: ObjectId | None = None
    """The source that its file makes, where it names another one, which nobody makes."""
    holder: RepoPath | None = None
    """The folder that holds a root whose path is no folder, where others' is the path itself; the path
    where that is gone, too."""

    id: ObjectId = field(init=False, compare=False)
    """The root Kustomization."""
    source_id: ObjectId = field(init=False, compare=False)
    """The source that holds this repository."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", object_id(self.kustomization))
        object.__setattr__(self, "source_id", object_id(self.source))

    @property
    def is_gone(self) -> bool:
        """Is its folder gone, with all that it would have led to?"""
        return self.holder == self.path

    @property
    def ignore(self) -> str | None:
        """The source's spec.ignore."""
        return text(self.source, "spec", "ignore")

    @property
    def strict(self) -> bool:
        """Is an undefined variable an error?"""
        return self.controller.strict

    def reconciles_as(self, other: Root) -> bool:
        """Is all reconciled as from another root? Most releases of Flux change no answer."""
        mine, its = self.controller, other.controller
        return (mine.version, mine.strict) == (its.version, its.strict) and (
            replace(other, controller=mine) == self
        )
