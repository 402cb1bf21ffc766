"""Who else may make an object: what git shows of operators, copies and hands."""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.flux.kinds import ObjectId
from bisectops.kustomize.resource import Node


class Makers:
    """The objects that others than Flux make, as far as git tells."""

    def update(self, object_id: ObjectId, tree: Mapping[str, Node] | None) -> bool:
        """Take over what an applied object makes; whether that changed anything."""
        return False

    def makes(self, target: ObjectId) -> bool:
        return False

    def may_make(self, target: ObjectId) -> str:
        return ""

    def by_hand(self, target: ObjectId) -> bool:
        return True
