"""Names that nothing has: what is called alike, for who mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bisectops.flux.kinds import is_meant
from bisectops.rules.scene import Scene

_SHOWN = 5
_ALIKE = 0.75
"""How near a name has to be, of 1 for the same."""


def is_named(scene: Scene, name: str) -> bool:
    """Does a name mean something of a cluster, or something that is referred to?"""
    return any(is_meant(str(each), name) for each in scene.graph)


def called_alike(scene: Scene, name: str) -> frozenset[str]:
    """The objects of a cluster with the last name of KIND/NAMESPACE/NAME, else those with one near it."""
    last = name.rpartition("/")[2]
    objects = scene.cluster.objects
    names = sorted({each.name for each in objects})
    meant = [last] if last in names else get_close_matches(last, names, cutoff=_ALIKE)
    return frozenset(str(each) for each in objects if each.name in meant)


def unheard_of(name: str, commit: str, alike: Iterable[str]) -> str:
    """A sentence about a name that nothing has."""
    said = f"Nothing at {commit[:7]} is called {name}, and nothing refers to it"
    return ": ".join(filter(None, (said, hint(alike))))


def hint(alike: Iterable[str]) -> str:
    """What may have been meant, of what is called alike; empty where nothing is."""
    found = sorted(alike)[:_SHOWN]
    return f"there is {', '.join(found)}" if found else ""
