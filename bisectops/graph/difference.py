"""What changed between two graphs, by meaning: objects, owners, references and decryption, never lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId, flux_kustomization, is_ks
from bisectops.graph.extract import references

Objects = Mapping[ObjectId, Applied]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An object that lives in another namespace, or is applied by another ks."""

    what: str
    """"namespace" or "owner"."""
    before: ObjectId
    after: ObjectId
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewired:
    """A field of an object that refers to something else; an end is empty where there is no reference."""

    object: ObjectId
    kind: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decryption:
    """A ks that began or ceased to decrypt, or decrypts with another key."""

    object: ObjectId
    old: str
    new: str
    """"none", or what it decrypts with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that changed."""

    appeared: tuple[Applied, ...] = ()
    vanished: tuple[Applied, ...] = ()
    moved: tuple[Moved, ...] = ()
    rewired: tuple[Rewired, ...] = ()
    decryption: tuple[Decryption, ...] = ()
    changed: tuple[ObjectId, ...] = ()
    """Objects with other content, whatever else is told of them."""


def difference(old: Objects, new: Objects) -> Difference:
    """What changed from one to the other."""
    renamed = _renamed(old, new)
    pairs = {each: each for each in old.keys() & new.keys()} | renamed
    gone = old.keys() - pairs.keys()
    come = new.keys() - set(pairs.values())
    ordered = sorted(pairs.items())
    changes = [(old[before], new[after]) for before, after in ordered if old[before] != new[after]]
    return Difference(
        appeared=tuple(new[each] for each in sorted(come)),
        vanished=tuple(old[each] for each in sorted(gone)),
        moved=tuple(move for pair in changes for move in _moves(*pair, renamed)),
        rewired=tuple(wire for pair in changes for wire in _rewirings(*pair)),
        decryption=tuple(each for pair in changes for each in _decryption(*pair)),
        changed=tuple(after.id for before, after in changes if before.content != after.content),
    )


def _renamed(old: Objects, new: Objects) -> dict[ObjectId, ObjectId]:
    """Objects whose namespace changed: one of a kind and name left, and one came."""
    left, came = _by_name(old.keys() - new.keys()), _by_name(new.keys() - old.keys())
    return {
        left[named][0]: came[named][0]
        for named in left.keys() & came.keys()
        if len(left[named]) == len(came[named]) == 1
    }


def _by_name(objects: Iterable[ObjectId]) -> dict[tuple[str, str, str], list[ObjectId]]:
    named: defaultdict[tuple[str, str, str], list[ObjectId]] = defaultdict(list)
    for each in objects:
        named[each.group, each.kind, each.name].append(each)
    return named


def _moves(before: Applied, after: Applied, renamed: Mapping[ObjectId, ObjectId]) -> list[Moved]:
    """Where an object went; an owner that only moved itself is still the owner."""
    owner = renamed.get(before.applied_by, before.applied_by)
    ends = (
        ("namespace", before.id.namespace, after.id.namespace),
        ("owner", str(owner), str(after.applied_by)),
    )
    return [
        Moved(what=what, before=before.id, after=after.id, old=old, new=new)
        for what, old, new in ends
        if old != new
    ]


def _rewirings(before: Applied, after: Applied) -> list[Rewired]:
    old = {(r.kind.value, r.field): str(r.target) for r in references(before)}
    new = {(r.kind.value, r.field): str(r.target) for r in references(after)}
    return [
        Rewired(object=after.id, kind=key[0], field=key[1], old=old.get(key, ""), new=new.get(key, ""))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _decryption(before: Applied, after: Applied) -> list[Decryption]:
    if not is_ks(after.id):
        return []
    old, new = _decrypts_with(before), _decrypts_with(after)
    return [Decryption(object=after.id, old=old, new=new)] if old != new else []


def _decrypts_with(applied: Applied) -> str:
    ks = flux_kustomization(applied.content)
    if not ks.decrypts:
        return "none"
    return f"Secret {ks.key_secret}" if ks.key_secret else "the controller's key"
