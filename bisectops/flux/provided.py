"""An object that something other than git makes: the value that providers are told in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from bisectops.errors import BuildError
from bisectops.flux.namespace_selector import Selector
from bisectops.kustomize.resource import Node
from bisectops.kustomize.selector import matches_whole
from bisectops.yaml.fields import mapping, text

Tree: TypeAlias = Mapping[str, Node]

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
"""What stands for itself in an expression, but for the dots that `exactly` escapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """An object, or a family of objects, that something makes."""

    kind: str
    name: str
    """A name; with `pattern`, an expression that matches whole names."""
    namespace: str = ""
    """A namespace; with `pattern`, an expression that matches whole names; "*" is any."""
    pattern: bool = False
    keys: frozenset[str] | None = None
    """The keys of its data; None where git does not show them."""
    sure: bool = True
    """It makes them; False: it may."""
    selectors: tuple[Selector, ...] = ()
    """Where it makes them only in namespaces that one of these chooses."""

    @property
    def only_name(self) -> str | None:
        """The one name that they have; None where an expression may match several."""
        return _literal(self.name) if self.pattern else self.name

    @property
    def only_namespace(self) -> str | None:
        """The one namespace that they are in; None where there may be several."""
        if self.namespace == "*":
            return None
        return _literal(self.namespace) if self.pattern else self.namespace

    def is_(self, kind: str, namespace: str, name: str) -> bool:
        """Is an object one of these?"""
        if kind != self.kind:
            return False
        if not self.pattern:
            return self.name == name and self.namespace in ("*", namespace)
        return _matches(self.name, name) and (self.namespace == "*" or _matches(self.namespace, namespace))

    def is_called(self, kind: str, name: str) -> bool:
        """Is an object of this kind and name, in whatever namespace, like one of these?"""
        return kind == self.kind and (_matches(self.name, name) if self.pattern else self.name == name)


@lru_cache(maxsize=65_536)
def _matches(pattern: str, name: str) -> bool:
    try:
        return matches_whole(pattern, name)
    except BuildError:
        return False  # no expression: a namespace list written wrongly copies nothing


def _literal(pattern: str) -> str | None:
    """What alone an expression matches, as `exactly` writes it; None where that is not plain."""
    return pattern.replace("\\.", ".") if _PLAIN.fullmatch(pattern.replace("\\.", "")) else None


def exactly(name: str) -> str:
    """The expression that matches a name and nothing else."""
    return re.escape(name).replace("\\-", "-")


def name_of(tree: Tree) -> str:
    """metadata.name."""
    return text(tree, "metadata", "name") or ""


def namespace_of(tree: Tree) -> str:
    """metadata.namespace."""
    return text(tree, "metadata", "namespace") or ""


def keys_of(tree: Tree) -> frozenset[str] | None:
    """The keys of a Secret's or ConfigMap's data; None where it shows none."""
    keys = frozenset((*mapping(tree, "data"), *mapping(tree, "stringData"), *mapping(tree, "binaryData")))
    return keys or None
