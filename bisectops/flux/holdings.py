"""Who applies what: each owner's objects, and which of an object's copies the API server is left with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId

ROOT_OWNER = ObjectId("Root", "", "")
"""Who applies what bootstrap or flux-operator made: nobody in git."""


class Transfer(NamedTuple):
    """What became of one object when an owner changed what it applies."""

    id: ObjectId
    moved: bool
    """Is it another object now, or gone, or new?"""
    gone: bool
    """Does the owner no longer apply it?"""


class Holdings:
    """Every object of a cluster with all who apply it."""

    def __init__(self) -> None:
        self.objects: dict[ObjectId, Applied] = {}
        """The objects as they are in the end."""
        self._owned: dict[ObjectId, dict[ObjectId, Applied]] = {}
        self._copies: dict[ObjectId, dict[ObjectId, Applied]] = {}

    @property
    def owners(self) -> Iterable[ObjectId]:
        """Everybody who was ever given something to apply, and not forgotten."""
        return self._owned.keys()

    def of(self, owner: ObjectId) -> Iterable[ObjectId]:
        """What an owner applies."""
        return self._owned.get(owner, {}).keys()

    def copies(self, object_id: ObjectId) -> Mapping[ObjectId, Applied]:
        """Every owner of an object, with what it applies."""
        return self._copies.get(object_id, {})

    def give(self, owner: ObjectId, objects: Iterable[Applied], *, pinned: bool) -> Iterator[Transfer]:
        """Make these, and no others, the objects that an owner applies.

        `pinned`: what the root's owner made is kept, whoever applies another copy of it.
        """
        before = self._owned.get(owner, {})
        after = {applied.id: applied for applied in objects}
        transfers: list[Transfer] = []
        for gone in before.keys() - after.keys():
            del self._copies[gone][owner]
            transfers.append(Transfer(gone, self._settle(gone, pinned), gone=True))
        for here, applied in after.items():
            held = before.get(here)
            if held is applied:
                continue
            if held == applied:
                after[here] = before[here]
            else:
                self._copies.setdefault(here, {})[owner] = applied
                transfers.append(Transfer(here, self._settle(here, pinned), gone=False))
        self._owned[owner] = after
        return iter(transfers)

    def forget(self, owner: ObjectId) -> None:
        """Drop an owner that applies nothing any more."""
        assert not self._owned[owner]
        del self._owned[owner]

    def beneath(self, owner: ObjectId, applies: Callable[[ObjectId], bool]) -> set[ObjectId]:
        """An owner, the owners among its objects, and so on."""
        reached, stack = {owner}, [owner]
        while stack:
            found = set(filter(applies, self.of(stack.pop()))) - reached
            reached |= found
            stack.extend(found)
        return reached

    def _settle(self, object_id: ObjectId, pinned: bool) -> bool:
        """Choose among the copies of an object; whether that is another one."""
        copies = self._copies[object_id]
        if not copies:
            del self._copies[object_id], self.objects[object_id]
            return True
        kept = ROOT_OWNER in copies and (len(copies) == 1 or pinned)
        owner = ROOT_OWNER if kept else max(copies.keys() - {ROOT_OWNER})
        if self.objects.get(object_id) is copies[owner]:
            return False
        self.objects[object_id] = copies[owner]
        return True
