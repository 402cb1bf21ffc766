"""Who makes what git does not hold: objects that provide Secrets, ConfigMaps and artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from bisectops.flux.kinds import ObjectId
from bisectops.flux.makers import MAKERS, connection_secrets
from bisectops.flux.provided import Provided, Tree, exactly, keys_of, name_of, namespace_of
from bisectops.yaml.fields import mapping, text, text_map


def provided_by(tree: Tree) -> tuple[Provided, ...]:
    """What an applied object makes or may make, copies by annotation included."""
    group = (text(tree, "apiVersion") or "").rpartition("/")[0]
    make = MAKERS.get((group, text(tree, "kind") or ""))
    found = tuple(make(tree)) if make else ()
    found += tuple(connection_secrets(tree))
    return found + tuple(_copies(tree, found))


_Place: TypeAlias = tuple[str, str | None, str | None]
"""The kind of what is provided, and its name, or else its namespace where there is only one."""


def _place(provided: Provided) -> _Place:
    name = provided.only_name
    return provided.kind, name, provided.only_namespace if name is None else None


class Providers:
    """Every provider of a cluster, kept up to date object by object."""

    def __init__(self) -> None:
        self._by_object: dict[ObjectId, tuple[Provided, ...]] = {}
        self._index: dict[_Place, set[ObjectId]] = {}
        self._choosing: set[ObjectId] = set()

    def update(self, maker: ObjectId, tree: Tree | None) -> tuple[Provided, ...]:
        """Take over an object as it is now (None: it is gone); answers what it began or ceased to provide."""
        before = self._by_object.pop(maker, ())
        after = provided_by(tree) if tree else ()
        if after:
            self._by_object[maker] = after
        if before == after:
            return ()
        self._forget(maker, before)
        self._learn(maker, after)
        (self._choosing.add if any(each.selectors for each in after) else self._choosing.discard)(maker)
        return tuple(each for each in (*before, *after) if each not in before or each not in after)

    def _learn(self, maker: ObjectId, provided: Iterable[Provided]) -> None:
        for each in provided:
            self._index.setdefault(_place(each), set()).add(maker)

    def _forget(self, maker: ObjectId, provided: Iterable[Provided]) -> None:
        for each in provided:
            self._index[_place(each)].discard(maker)

    @property
    def chooses_namespaces(self) -> bool:
        """Does any of them go by the labels of namespaces?"""
        return bool(self._choosing)

    def makes(self, target: ObjectId) -> bool:
        """Does something in git make an object for sure?"""
        return any(each.sure for _, each in self.of(target))

    def may_make(self, target: ObjectId) -> str:
        """Who may make an object; empty for nobody."""
        return next((str(maker) for maker, _ in self.of(target)), "")

    def of(self, target: ObjectId) -> tuple[tuple[ObjectId, Provided], ...]:
        """Who makes an object or may make it, the surest first."""
        kind, namespace, name, _ = target
        places = ((kind, name, None), (kind, None, namespace), (kind, None, None))
        found = [
            (maker, each)
            for maker in sorted({maker for place in places for maker in self._index.get(place, ())})
            for each in self._by_object[maker]
            if each.is_(target.kind, target.namespace, target.name)
        ]
        return tuple(sorted(found, key=lambda pair: not pair[1].sure))


_REFLECTOR = "reflector.v1.k8s.emberstack.com/reflection-"
_REPLICATOR = "replicator.v1.mittwald.de/replicate-to"
_SYNC = ("kubed.appscode.com/sync", "config-syncer.appscode.com/sync")


def _copies(tree: Tree, made: Iterable[Provided]) -> Iterator[Provided]:
    """Copies in other namespaces, by an annotation on the object or on the template of what it makes."""
    kind = text(tree, "kind") or ""
    if kind in ("Secret", "ConfigMap"):
        originals = [
            Provided(kind=kind, name=name_of(tree), namespace=namespace_of(tree), keys=keys_of(tree))
        ]
        annotations = text_map(tree, "metadata", "annotations")
    else:
        originals = [each for each in made if each.kind in ("Secret", "ConfigMap") and not each.pattern]
        annotations = _template_annotations(tree) if originals else {}
    for where in _copied_to(annotations):
        for original in originals:
            name = exactly(original.name)
            yield replace(original, name=name, namespace=where, pattern=True, sure=False, selectors=())


def _template_annotations(tree: Tree) -> dict[str, str]:
    """An ExternalSecret's own annotations go to what it makes where it has no template; so they may."""
    spec = mapping(tree, "spec")
    paths = (("target", "template", "metadata"), ("secretTemplate",), ("template", "metadata"))
    found = text_map(tree, "metadata", "annotations")
    for path in paths:
        found |= text_map(spec, *path, "annotations")
    return found


def _copied_to(annotations: Mapping[str, str]) -> Iterator[str]:
    """The namespaces that a Secret is copied to, as expressions."""
    automatic = annotations.get(f"{_REFLECTOR}auto-enabled") == "true"
    if automatic and annotations.get(f"{_REFLECTOR}allowed") == "true":
        yield from _listed(annotations.get(f"{_REFLECTOR}auto-namespaces", ""))
    if (listed := annotations.get(_REPLICATOR)) is not None:
        yield from _listed(listed)
    if f"{_REPLICATOR}-matching" in annotations or any(name in annotations for name in _SYNC):
        yield ".*"


def _listed(namespaces: str) -> list[str]:
    return [each.strip() for each in namespaces.split(",") if each.strip()] or [".*"]
