"""The order in which a build's resources are written.

Facts: kustomize api/internal/builtins/SortOrderTransformer.go and kyaml/resid/gvk.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cmp_to_key, lru_cache, partial
from typing import TypeAlias

from bisectops.errors import BuildError
from bisectops.kustomize.resource import Gvk, Node, ResId, Resource, describe_gvk
from bisectops.memo import Identified

FIRST = (
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
)
LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def _ranks(first: Sequence[str], last: Sequence[str]) -> dict[str, int]:
    ranks = {kind: place - len(first) for place, kind in enumerate(first)}
    return ranks | {kind: place + 1 for place, kind in enumerate(last)}


_LEGACY = _ranks(FIRST, LAST)


def kind_order(gvk: Gvk) -> tuple[int, str]:
    """The sort key of field specs: kinds that others depend on come first."""
    return _LEGACY.get(gvk.kind, 0), _gvk_text(gvk)


def in_order(resources: Iterable[Resource], options: Mapping[str, Node] | None) -> list[Resource]:
    """The resources as `sortOptions` wants them: the legacy order unless it says fifo."""
    if options is None:
        return _by_kind(resources, _LEGACY)
    order, legacy = options.get("order", ""), options.get("legacySortOptions")
    if order not in ("fifo", "legacy"):
        raise BuildError("the field 'sortOptions.order' must be one of [fifo, legacy]")
    if order == "legacy":
        ranks = (
            _LEGACY
            if legacy is None
            else _ranks(legacy.get("orderFirst") or (), legacy.get("orderLast") or ())
        )
        return _by_kind(resources, ranks)
    if legacy is not None:
        raise BuildError(
            "the field 'sortOptions.legacySortOptions' is set"
            " but the selected sort order is 'fifo', not 'legacy'"
        )
    return list(resources)


_Key: TypeAlias = tuple[int, bytes, bytes]
_keys: Identified[_Key] = Identified(4_000)
"""What a resource is sorted by in the legacy order."""


def _by_kind(resources: Iterable[Resource], ranks: Mapping[str, int]) -> list[Resource]:
    listed = list(resources)
    if ranks is _LEGACY:
        keys = [_keys.get((resource,), None, partial(_key, resource, ranks)) for resource in listed]
    else:
        keys = [_key(resource, ranks) for resource in listed]
    if len({resource.id.gvk for resource in listed if resource.id.gvk.kind == "Namespace"}) > 1:
        keyed = list(zip(keys, listed, strict=True))
        return [resource for _, resource in sorted(keyed, key=cmp_to_key(_compare))]
    order = sorted(range(len(listed)), key=keys.__getitem__)
    return [listed[place] for place in order]


def _key(resource: Resource, ranks: Mapping[str, int]) -> _Key:
    id = resource.id
    return ranks.get(id.gvk.kind, 0), _gvk_text(id.gvk).encode(), _id_text(id).encode()


def _compare(one: tuple[_Key, Resource], other: tuple[_Key, Resource]) -> int:
    """Namespaces of the core group come before those of any other: kustomize turns the order around."""
    (left, resource), (right, against) = one, other
    gvk, its = resource.id.gvk, against.id.gvk
    if gvk.kind == its.kind == "Namespace" and gvk != its and not (gvk.group and its.group):
        left, right = right, left
    return (left > right) - (left < right)


@lru_cache(maxsize=4096)
def _gvk_text(gvk: Gvk) -> str:
    return f"{gvk.group or '~G'}_{gvk.version or '~V'}_{gvk.kind or '~K'}"


def _id_text(id: ResId) -> str:
    return f"{describe_gvk(id.gvk)}|{id.namespace or '~X'}|{id.name or '~N'}"
