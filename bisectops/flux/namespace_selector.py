"""Which namespaces an operator's label selectors choose, as far as git shows their labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from bisectops.kustomize.label_selector import Requirement, holds
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mappings, text, text_map, texts

NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has, with its own name."""
_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}

Selector: TypeAlias = tuple[Requirement, ...]
"""Conditions all of which must hold; none hold for every namespace."""


def selector(tree: Mapping[str, Node]) -> Selector:
    """A metav1.LabelSelector."""
    labels = text_map(tree, "matchLabels")
    found = [Requirement(key, "=", frozenset((value,))) for key, value in labels.items()]
    found += map(_expression, mappings(tree, "matchExpressions"))
    return tuple(sorted(found, key=lambda each: (each.key, each.operator, sorted(each.values))))


def _expression(tree: Mapping[str, Node]) -> Requirement:
    operator = _OPERATORS.get(text(tree, "operator") or "", "in")
    return Requirement(text(tree, "key") or "", operator, frozenset(texts(tree, "values")))


def selected(selectors: Iterable[Selector], namespace: str, labels: Mapping[str, str] | None) -> bool | None:
    """Does one of them choose a namespace? None where it hangs on labels that git does not show."""
    answers = [_all_hold(each, namespace, labels) for each in selectors]
    return True if True in answers else None if None in answers else False


def _all_hold(selector: Selector, namespace: str, labels: Mapping[str, str] | None) -> bool | None:
    shown = {**(labels or {}), NAME: namespace}
    told = [each for each in selector if labels is not None or each.key == NAME]
    if not all(holds(each, shown) for each in told):
        return False
    return True if len(told) == len(selector) else None
