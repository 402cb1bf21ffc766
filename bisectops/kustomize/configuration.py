"""Which fields the transformers touch: the defaults, a kustomization's `configurations`, and their merge.

Facts: kustomize api/internal/plugins/builtinconfig and api/types/fieldspec.go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from bisectops.errors import BuildError
from bisectops.kustomize import builtin_fields as builtin
from bisectops.kustomize.builtin_fields import BackReference, FieldSpec
from bisectops.kustomize.decoding import STRICT_PLUGIN, STRING, ListOf, Struct, decode
from bisectops.kustomize.failure import within
from bisectops.kustomize.kustomization_fields import FIELD_SPEC, FIELD_SPECS
from bisectops.kustomize.ordering import kind_order
from bisectops.kustomize.resource import Gvk, Node, selected_by
from bisectops.kustomize.vars import VAR_REFERENCE

FieldSpecs = tuple[FieldSpec, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, weakref_slot=True)
class Configuration:
    """Every transformer's fields; two are equal only when they are one, so merges can be remembered."""

    prefix: FieldSpecs = ()
    suffix: FieldSpecs = ()
    namespace: FieldSpecs = ()
    common_labels: FieldSpecs = ()
    labels: FieldSpecs = ()
    template_labels: FieldSpecs = ()
    annotations: FieldSpecs = ()
    variables: FieldSpecs = ()
    images: FieldSpecs = ()
    replicas: FieldSpecs = ()
    name_references: tuple[BackReference, ...] = ()


_KEYS = {
    "namePrefix": "prefix",
    "nameSuffix": "suffix",
    "namespace": "namespace",
    "commonLabels": "common_labels",
    "labels": "labels",
    "templateLabels": "template_labels",
    "commonAnnotations": "annotations",
    "varReference": "variables",
    "images": "images",
    "replicas": "replicas",
}
_SPELT = {name: key[0].upper() + key[1:] for key, name in _KEYS.items()} | {"namespace": "NameSpace"}
_SHAPE = Struct(
    "TransformerConfig",
    {
        **dict.fromkeys(_KEYS, FIELD_SPECS),
        "nameReference": ListOf(
            Struct(
                "NameBackReferences",
                {"group": STRING, "version": STRING, "kind": STRING, "fieldSpecs": ListOf(FIELD_SPEC)},
            )
        ),
    },
)


def field_spec(values: Mapping[str, Node]) -> FieldSpec:
    """A field spec from its decoded fields."""
    return FieldSpec(_gvk(values), values.get("path", ""), values.get("create", False))


def _gvk(values: Mapping[str, Node]) -> Gvk:
    return Gvk(values.get("group", ""), values.get("version", ""), values.get("kind", ""))


def configuration(value: Node) -> Configuration:
    """A configuration from a file's parsed text; unknown fields are refused."""
    read = decode(value, _SHAPE, STRICT_PLUGIN)
    specs = {name: tuple(map(field_spec, read.get(key) or ())) for key, name in _KEYS.items()}
    references = tuple(
        BackReference(_gvk(entry), tuple(map(field_spec, entry.get("fieldSpecs") or ())))
        for entry in read.get("nameReference") or ()
    )
    return _sorted(Configuration(**specs, name_references=references))


def _sorted(config: Configuration) -> Configuration:
    return Configuration(
        **{
            field.name: tuple(sorted(getattr(config, field.name), key=lambda spec: kind_order(spec.gvk)))
            for field in fields(config)
        }
    )


NOTHING = Configuration()
DEFAULTS = _sorted(
    Configuration(
        prefix=builtin.NAME,
        suffix=builtin.NAME,
        namespace=builtin.NAMESPACE,
        common_labels=builtin.COMMON_LABELS,
        template_labels=builtin.TEMPLATE_LABELS,
        annotations=builtin.ANNOTATIONS,
        variables=VAR_REFERENCE,
        images=builtin.IMAGES,
        replicas=builtin.REPLICAS,
        name_references=builtin.NAME_REFERENCES,
    )
)


def merged(one: Configuration, other: Configuration) -> Configuration:
    """Both configurations' fields, each once. Raises BuildError where they differ on `create`.

    Merging into nothing is no copy: of two fields on one path, the kind that comes later in kustomize's
    order goes when it selects the earlier one.
    """
    if other is NOTHING or one is other is DEFAULTS:
        return one
    return other if one is NOTHING and other is DEFAULTS else _merged(one, other)


@lru_cache(maxsize=256)
def _merged(one: Configuration, other: Configuration) -> Configuration:
    values: dict[str, tuple[FieldSpec, ...]] = {}
    for name in _KEYS.values():
        try:
            values[name] = merge_specs(getattr(one, name), getattr(other, name))
        except BuildError as error:
            raise within(error, f"failed to merge {_SPELT[name]} fieldSpec") from None
    references = _merge_references(one.name_references, other.name_references)
    return _sorted(Configuration(**values, name_references=references))


def merge_specs(own: Iterable[FieldSpec], incoming: Iterable[FieldSpec]) -> FieldSpecs:
    """Field specs with others added that they do not hold yet."""
    result = list(own)
    by_path: defaultdict[str, list[FieldSpec]] = defaultdict(list)
    for spec in result:
        by_path[spec.path].append(spec)
    for spec in incoming:
        same = next((held for held in by_path[spec.path] if selected_by(held.gvk, spec.gvk)), None)
        if same is None:
            result.append(spec)
            by_path[spec.path].append(spec)
        elif same.create != spec.create:
            raise BuildError("conflicting fieldspecs")
    return tuple(result)


def _merge_references(
    own: tuple[BackReference, ...], incoming: tuple[BackReference, ...]
) -> tuple[BackReference, ...]:
    result = list(own)
    for reference in incoming:
        places = [place for place, held in enumerate(result) if held.gvk == reference.gvk]
        for place in places:
            held = result[place]
            result[place] = held._replace(referrers=merge_specs(held.referrers, reference.referrers))
        if not places:
            result.append(reference)
    return tuple(result)
