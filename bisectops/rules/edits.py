"""What differs between two versions of an object, and whether anybody could mind.

A difference is quiet where nothing looks at the field: not the graph, no rule, no operator's convention.
What a build does to the field is asked elsewhere (`quiet`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bisectops.flux.kinds import HELM_GROUP, SOURCE_GROUP
from bisectops.flux.makers import VALUES_READ
from bisectops.flux.providers import provided_by
from bisectops.kustomize.resource import Field, Node, gvk_of

Judgement = Callable[[Node, Node], bool]
"""Is the difference between two values of a field one on which nothing depends?"""

_CIPHERTEXT = re.compile(r"ENC\[AES256_GCM,[^\[\]]*,type:(\w+)\]")
_READ = ("metadata", "kind", "apiVersion", "sops", "data", "stringData", "binaryData")


class Edit(NamedTuple):
    """A quiet field that differs, and whether what lies there has another shape."""

    field: Field
    reshapes: bool


def edits(old: Mapping[str, Node], new: Mapping[str, Node]) -> list[Edit] | None:
    """The quiet edits that make one version of an object the other; None where anything else differs."""
    found = list(_edits(old, new))
    quiet = [edit for edit in found if edit is not None]
    return quiet if len(quiet) == len(found) else None


def _edits(old: Mapping[str, Node], new: Mapping[str, Node]) -> Iterator[Edit | None]:
    keys = differing(old, new)
    if not keys:
        return
    gvk = gvk_of(new)
    fluxcd = gvk.group.endswith("fluxcd.io") or gvk.group.endswith("controlplane.io")
    for key in keys:
        was, now = old.get(key), new.get(key)
        if gvk.kind in ("Secret", "ConfigMap"):
            yield Edit((key,), False) if _sealed_anew(key, was, now) else None
        elif key in _READ or not (isinstance(was, dict) and isinstance(now, dict)):
            yield None
        elif fluxcd:
            yield from _of_flux(_QUIET.get((gvk.group, gvk.kind), {}), key, was, now)
        else:
            yield from _of_others(key, was, now)
    if not fluxcd and provided_by(old) != provided_by(new):
        yield None


def _of_flux(quiet: Mapping[str, Judgement], key: str, old: Node, new: Node) -> Iterator[Edit | None]:
    """Of what Flux reads, only known fields of spec are nobody's concern."""
    for name in differing(old, new):
        judgement, was, now = quiet.get(name), old.get(name), new.get(name)
        known = key == "spec" and judgement is not None and judgement(was, now)
        yield Edit((key, name), not _alike(was, now)) if known else None


def _of_others(key: str, old: Node, new: Node) -> Iterator[Edit | None]:
    """What other controllers read tells by what it provides; that is looked at as a whole."""
    for name in differing(old, new):
        was, now = old.get(name), new.get(name)
        yield Edit((key, name), not _alike(was, now)) if _plain(was, now) else None


def _sealed_anew(key: str, old: Node, new: Node) -> bool:
    """Are two values the same but for their ciphertext, or for what SOPS stamps on a file?"""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return all(_sealed_anew(name, old[name], new[name]) for name in differing(old, new))
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    one, other = _CIPHERTEXT.fullmatch(old), _CIPHERTEXT.fullmatch(new)
    return bool(one and other and one[1] == other[1]) or key == "lastmodified"


def same(old: Node, new: Node) -> bool:
    """Equal in type and spelling too: `true` is not 1, and 1.10 is not 1.1."""
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(
            value is new[key] or same(value, new[key]) for key, value in old.items()
        )
    if isinstance(old, list):
        return len(old) == len(new) and all(map(same, old, new))
    return bool(old == new) and getattr(old, "spelling", None) == getattr(new, "spelling", None)


def differing(old: Mapping[str, Node], new: Mapping[str, Node]) -> set[str]:
    """The keys that two mappings do not have in common, values included."""
    common = old.keys() & new.keys()
    return (old.keys() ^ new.keys()) | {key for key in common if not same(old[key], new[key])}


def _plain(old: Node, new: Node) -> bool:
    """Do two values differ in nothing but literal text, numbers and the like: no variable, no ciphertext?"""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = differing(old, new)
        return all(map(_literal, keys)) and all(_plain(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return all(map(_plain, old, new))
    return same(old, new) or (_literal(old) and _literal(new))


def _literal(node: Node) -> bool:
    if isinstance(node, dict):
        return all(isinstance(key, str) and _literal(key) and _literal(node[key]) for key in node)
    if isinstance(node, list):
        return all(map(_literal, node))
    return not isinstance(node, str) or not ("${" in node or "$$" in node or "ENC[" in node)


def _alike(old: Node, new: Node) -> bool:
    """Have two values the same keys and as many items, and scalars at the same places?"""
    if old is new:
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_alike(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_alike, old, new))
    return not isinstance(old, dict | list) and not isinstance(new, dict | list)


def _values(old: Node, new: Node) -> bool:
    """Values of a chart, but for those that tell what a release makes."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return VALUES_READ.isdisjoint(differing(old, new)) and _plain(old, new)


def _chart(old: Node, new: Node) -> bool:
    """A chart's template, of which only the version is nobody's concern."""
    return _only("spec", lambda was, now: _only("version", _plain, was, now), old, new)


def _only(key: str, quiet: Judgement, old: Node, new: Node) -> bool:
    """Do two mappings differ in one field at most, and in that quietly?"""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return differing(old, new) <= {key} and quiet(old.get(key), new.get(key))


_QUIET: dict[tuple[str, str], dict[str, Judgement]] = {
    (HELM_GROUP, "HelmRelease"): {
        "values": _values,
        "chart": _chart,
        **dict.fromkeys(
            (
                *("interval", "timeout", "maxHistory", "install", "upgrade", "rollback", "uninstall"),
                *("test", "driftDetection"),
            ),
            _plain,
        ),
    },
    (SOURCE_GROUP, "OCIRepository"): dict.fromkeys(("ref", "interval", "timeout"), _plain),
}
"""By group and kind, the fields of spec in which a difference may be quiet."""
