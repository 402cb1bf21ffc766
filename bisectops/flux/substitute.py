"""postBuild substitution over one built object, equal to re-marshalling, substituting and re-reading it.

Facts: fluxcd/pkg kustomize/kustomize_varsub.go (SubstituteVariables, varSubstitution).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import is_
from typing import TypeAlias

from bisectops.errors import BuildError, YamlError
from bisectops.flux.envsubst import EnvsubstError, Unknown, as_written, defaulted, expand, symbols
from bisectops.flux.kinds import FluxKustomization
from bisectops.flux.written import Unproven, reread
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping, text
from bisectops.yaml.reader import yaml_1_1
from bisectops.yaml.writer import dump

SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"
_NAME = re.compile(r"[_A-Za-z][_A-Za-z0-9]*", re.ASCII)
_NAME_AS_FLUX_SAYS = "^[_[:alpha:]][_[:alpha:][:digit:]]*$"

Variables: TypeAlias = Mapping[str, str | Unknown]


class SubstitutionError(BuildError):
    """Flux would not substitute: the text behind `envsubst error: `."""


class PostBuildError(BuildError):
    """The same as a Kustomization's Ready condition tells it, the object named."""


def variables(layers: Iterable[Variables]) -> Variables:
    """The variables of substituteFrom entries in order, then of `substitute`: later ones win.

    Newlines go from every value, as LoadVariables takes them out.
    """
    merged: dict[str, str | Unknown] = {}
    for layer in layers:
        for name, value in layer.items():
            merged[name] = value.replace("\n", "") if isinstance(value, str) else value
    return merged


def post_build(
    tree: Mapping[str, Node],
    ks: FluxKustomization,
    variables: Variables,
    *,
    strict: bool,
    unseen: str = "",
    used: set[str] | None = None,
) -> Mapping[str, Node]:
    """A built object after its ks's postBuild; raises PostBuildError in the controller's words.

    The names of the variables that were looked up are added to `used`.

    Without a single variable nothing at all is touched, `$$` neither.
    """
    if not ks.post_build or not substitutes(tree) or not (variables or unseen or ks.substitute_always):
        return tree
    try:
        done = substitute(tree, variables, strict=strict, unseen=unseen, used=used)
    except SubstitutionError as error:
        raise post_build_failure(tree, f"envsubst error: {error.message}") from error
    except YamlError as error:
        raise post_build_failure(tree, error.message) from error
    if not isinstance(done, Mapping):
        raise post_build_failure(tree, "UnmarshalJSON: the result is no object")
    return done


def post_build_failure(tree: Mapping[str, Node], reason: str) -> PostBuildError:
    """`post build failed for '{gvk}/{name}': …`, as kustomize-controller 1.7.3 and later say it."""
    return PostBuildError(f"post build failed for '{gvk_and_name(tree)}': {reason}")


def gvk_and_name(tree: Mapping[str, Node]) -> str:
    """How the controller names a built object."""
    group, _, version = (text(tree, "apiVersion") or "").rpartition("/")
    gvk = f"{text(tree, 'kind') or '[noKind]'}.{version or '[noVer]'}.{group or '[noGrp]'}"
    return f"{gvk}/{as_written(text(tree, 'metadata', 'name') or '')}"


def substitutes(tree: Mapping[str, Node]) -> bool:
    """Is the object open to substitution: neither label nor annotation says exactly "disabled"?"""
    metadata = mapping(tree, "metadata")
    return not any(
        mapping(metadata, field).get(SUBSTITUTE) == "disabled" for field in ("labels", "annotations")
    )


def substitute(
    tree: Node, variables: Variables, *, strict: bool, unseen: str = "", used: set[str] | None = None
) -> Node:
    """One object with its `${…}` replaced; the same object where nothing in it has a `$`.

    `unseen` names a provider of variables that git does not show: every other name is then Unknown
    instead of unset. An Unknown stays in the result as marked text: see `symbols_in`. The names that were
    looked up are added to `used`. Raises SubstitutionError.
    """
    for name in sorted(variables):
        if not is_variable(name):
            raise SubstitutionError(f"'{name}' var name is invalid, must match '{_NAME_AS_FLUX_SAYS}'")
    names = _Names(variables, strict, unseen, set() if used is None else used)
    try:
        return _by_scalar(tree, names)
    except (Unproven, EnvsubstError):
        return _by_text(tree, names)


@lru_cache(maxsize=4096)
def is_variable(name: str) -> bool:
    """Does Flux take a name for a variable's?"""
    return _NAME.fullmatch(name) is not None


class _Names:
    """Expands texts with the variables of one ks."""

    def __init__(self, variables: Variables, strict: bool, unseen: str, used: set[str]) -> None:
        self._values = variables
        self._strict = strict
        self._unseen = unseen
        self._used = used

    def expand(self, text: str) -> str:
        return expand(text, self._lookup, strict=self._strict)

    def _lookup(self, name: str) -> str | None:
        self._used.add(name)
        value = self._values.get(name)
        if value is None:
            return str(Unknown(f"{self._unseen}:{name}")) if self._unseen else None
        return str(value)

    def by_default(self, text: str) -> _Names:
        """The same where what a text gives a default for is not what git does not show."""
        values = {**dict.fromkeys(defaulted(text), ""), **self._values}
        return _Names(values, False, self._unseen, self._used)


def _by_text(tree: Node, names: _Names) -> Node:
    """As Flux does it: the whole object's text, parsed again by YAML 1.1.

    Text that cannot be read for a value that git does not show proves nothing: its default is taken.
    """
    written = dump(tree)
    try:
        changed = names.expand(written)
        return yaml_1_1(changed)
    except EnvsubstError as error:
        raise SubstitutionError(f"variable substitution failed: {error.message}") from error
    except YamlError as error:
        if not symbols(changed):
            raise SubstitutionError(f"YAMLToJSON: {error.message}") from error
    try:
        return yaml_1_1(names.by_default(written).expand(written))
    except BuildError:
        return tree


def _by_scalar(node: Node, names: _Names) -> Node:
    """The same without the detour, for scalars that prove what they become."""
    if isinstance(node, str):
        if "$" not in node:
            return node
        lines = (names.expand(line) if "$" in line else line for line in node.split("\n"))
        return reread(node, "\n".join(lines))
    if isinstance(node, dict):
        return _mapping(node, names)
    if isinstance(node, list):
        new = [_by_scalar(item, names) if _may_change(item) else item for item in node]
        return node if all(map(is_, node, new)) else new
    return node


def _may_change(node: Node) -> bool:
    return "$" in node if isinstance(node, str) else isinstance(node, (dict, list))


def _mapping(node: dict[str, Node], names: _Names) -> dict[str, Node]:
    changed: dict[str, Node] = {}
    for key, value in node.items():
        if "$" in key:
            raise Unproven
        if isinstance(value, str):
            new = _by_scalar(value, names) if "$" in value else value
        elif isinstance(value, dict):
            new = _mapping(value, names)
        elif isinstance(value, list):
            new = _by_scalar(value, names)
        else:
            continue
        if new is not value:
            changed[key] = new
    return {**node, **changed} if changed else node


def symbols_in(tree: Node) -> frozenset[Unknown]:
    """Every unknown value that a tree still stands for, keys included."""
    if isinstance(tree, str):
        return symbols(tree)
    if isinstance(tree, dict):
        return frozenset().union(*(symbols_in(key) | symbols_in(value) for key, value in tree.items()))
    if isinstance(tree, list):
        return frozenset().union(*map(symbols_in, tree))
    return frozenset()
