"""An object as a Flux Kustomization applies it, with its provenance beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bisectops.flux.kinds import ObjectId
from bisectops.kustomize.resource import Node, Origin, Shaping


class NamedKind(NamedTuple):
    """An object of which only this is known: its namespace was not decided yet."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Applied:
    """An object as a ks applies it, and where it comes from."""

    id: ObjectId
    content: Mapping[str, Node]
    origin: Origin
    shaped_by: tuple[Shaping, ...]
    applied_by: ObjectId
