"""Builtin transformers and generators configured by objects of their own, in files or inline.

Facts: kustomize api/internal/plugins and api/internal/builtins. Other plugins run programs: kustomize
refuses them unless told otherwise, and so do we.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from posixpath import basename

from bisectops.errors import BuildError, Unsupported
from bisectops.kustomize.accumulator import Accumulator, Step
from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.configuration import field_spec
from bisectops.kustomize.decoding import (
    BOOL,
    PLUGIN,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    MapOf,
    Shape,
    Struct,
    decode,
)
from bisectops.kustomize.failure import within
from bisectops.kustomize.finishing import add_hashes
from bisectops.kustomize.generating import Made, maker
from bisectops.kustomize.generators import config_map, secret
from bisectops.kustomize.kustomization import Fields
from bisectops.kustomize.kustomization_fields import (
    CONFIG_MAP,
    FIELD_SPECS,
    IMAGE,
    METADATA,
    REPLACEMENT_FIELD,
    REPLICA,
    SECRET,
    SELECTOR,
)
from bisectops.kustomize.reading import value_of
from bisectops.kustomize.resource import Node, Origin, Resource, describe, describe_gvk, id_of
from bisectops.kustomize.transformers import configure
from bisectops.kustomize.transformers.added_value import VALUE_TARGET, ValueTransformer
from bisectops.kustomize.transformers.configure import Place
from bisectops.kustomize.transformers.edits import ImageTransformer, ReplicaTransformer
from bisectops.kustomize.transformers.labels import EntriesTransformer
from bisectops.kustomize.transformers.namespace import SUBJECT_MODES, NamespaceTransformer
from bisectops.kustomize.transformers.prefix import NameTransformer

Maker = Callable[[Fields, Place], Step]


def transformer(config: Resource, place: Place) -> Step:
    """The transformer that an object configures. Raises Unsupported for what is not built in."""
    kind = _builtin_kind(config)
    if kind not in _TRANSFORMERS:
        raise BuildError(_not_a("transformer", config, kind in _GENERATORS))
    shape, make = _TRANSFORMERS[kind]
    try:
        return make(_decoded(config, kind, shape), place)
    except BuildError as error:
        raise within(error, f"plugin {describe(config.original)} fails configuration") from None


def generator(config: Resource, place: Place) -> Made:
    """The generator that an object configures."""
    kind = _builtin_kind(config)
    if kind == "HelmChartInflationGenerator":
        raise Unsupported(
            f"plugin {describe(config.original)} fails configuration: must specify --enable-helm"
        )
    if kind not in _GENERATORS:
        raise BuildError(_not_a("generator", config, kind in _TRANSFORMERS))
    shape, make = _GENERATORS[kind]
    try:
        return make(_decoded(config, kind, shape), place)
    except BuildError as error:
        raise within(error, f"plugin {describe(config.original)} fails configuration") from None


def _builtin_kind(config: Resource) -> str:
    gvk = config.id.gvk
    if (gvk.group, gvk.version) != ("", "builtin"):
        raise Unsupported(
            f"external plugins disabled; unable to load external plugin '{config.original.gvk.kind}'"
        )
    return gvk.kind


def _not_a(wanted: str, config: Resource, other: bool) -> str:
    if other:
        return f"plugin {describe(config.original)} not a {wanted}"
    return f"unable to load builtin {describe_gvk(config.id.gvk)}"


def _decoded(config: Resource, kind: str, fields: Mapping[str, Shape]) -> Fields:
    return decode(config.content, Struct(f"{kind}Plugin", fields, package="builtins"), PLUGIN)


def _specs(fields: Fields) -> tuple[FieldSpec, ...]:
    return tuple(map(field_spec, fields.get("fieldSpecs") or ()))


def _namespace(fields: Fields, place: Place) -> Step:
    return NamespaceTransformer(
        namespace=(fields.get("metadata") or {}).get("namespace", ""),
        specs=_specs(fields),
        by=place.by("transformers"),
        unset_only=fields.get("unsetOnly", False),
        subjects=fields.get("setRoleBindingSubjects") or SUBJECT_MODES[0],
    )


def _required_specs(fields: Fields) -> tuple[FieldSpec, ...]:
    if fields.get("fieldSpecs") is None:
        raise BuildError("fieldSpecs is not expected to be nil")
    return _specs(fields)


def _prefix(fields: Fields, place: Place) -> Step:
    specs, by = _required_specs(fields), place.by("transformers")
    return NameTransformer(specs=specs, by=by, prefix=fields.get("prefix", ""))


def _suffix(fields: Fields, place: Place) -> Step:
    specs, by = _required_specs(fields), place.by("transformers")
    return NameTransformer(specs=specs, by=by, suffix=fields.get("suffix", ""))


def _prefix_and_suffix(fields: Fields, place: Place) -> Step:
    prefix, suffix = _prefix(fields, place), _suffix(fields, place)

    def both(accumulator: Accumulator) -> None:
        prefix(accumulator)
        suffix(accumulator)

    return both


def _entries(field: str) -> Maker:
    def make(fields: Fields, place: Place) -> Step:
        by = place.by("transformers")
        return EntriesTransformer(entries=fields.get(field) or {}, specs=_specs(fields), by=by)

    return make


def _hash(fields: Fields, place: Place) -> Step:
    return add_hashes


def _images(fields: Fields, place: Place) -> Step:
    return ImageTransformer(fields.get("imageTag") or {}, _specs(fields), place.by("transformers"))


def _replicas(fields: Fields, place: Place) -> Step:
    return ReplicaTransformer(fields.get("replica") or {}, _specs(fields), place.by("transformers"))


def _patch(fields: Fields, place: Place) -> Step:
    return configure.patch(fields, place, place.by("transformers"))


def _json_patch(fields: Fields, place: Place) -> Step:
    text, path = fields.get("jsonOp", ""), fields.get("path", "")
    return configure.json_patch(text, path, fields.get("target"), place, place.by("transformers"))


def _strategic_patches(fields: Fields, place: Place) -> Step:
    paths, inline = fields.get("paths") or (), fields.get("patches", "")
    if not paths and not inline:
        raise BuildError("empty file path and empty patch content")
    return configure.strategic_patches(paths, inline, place)


def _replacements(fields: Fields, place: Place) -> Step:
    return configure.replacements(fields.get("replacements") or (), place)


def _value(fields: Fields, place: Place) -> Step:
    return configure.remoteless(lambda: _value_step(fields, place), place)


def _value_step(fields: Fields, place: Place) -> Step:
    targets = list(fields.get("targets") or ())
    if path := fields.get("targetFilePath"):
        more = Struct("Targets", {"targets": ListOf(VALUE_TARGET)})
        read = decode(place.loader.parsed(path, "value", value_of), more, PLUGIN)
        targets += read.get("targets") or ()
    value = fields.get("value", "").strip() or basename(place.loader.root)
    return ValueTransformer(value, targets, place.by("transformers"))


_TRANSFORMERS: dict[str, tuple[Mapping[str, Shape], Maker]] = {
    "AnnotationsTransformer": (
        {"annotations": STRING_MAP, "fieldSpecs": FIELD_SPECS},
        _entries("annotations"),
    ),
    "HashTransformer": ({}, _hash),
    "ImageTagTransformer": ({"imageTag": IMAGE, "fieldSpecs": FIELD_SPECS}, _images),
    "LabelTransformer": ({"labels": STRING_MAP, "fieldSpecs": FIELD_SPECS}, _entries("labels")),
    "NamespaceTransformer": (
        {
            "metadata": METADATA,
            "fieldSpecs": FIELD_SPECS,
            "unsetOnly": BOOL,
            "setRoleBindingSubjects": STRING,
        },
        _namespace,
    ),
    "PatchJson6902Transformer": ({"target": SELECTOR, "path": STRING, "jsonOp": STRING}, _json_patch),
    "PatchStrategicMergeTransformer": ({"paths": STRINGS, "patches": STRING}, _strategic_patches),
    "PatchTransformer": (
        {"path": STRING, "patch": STRING, "target": SELECTOR, "options": MapOf(BOOL)},
        _patch,
    ),
    "PrefixSuffixTransformer": (
        {"prefix": STRING, "suffix": STRING, "fieldSpecs": FIELD_SPECS},
        _prefix_and_suffix,
    ),
    "PrefixTransformer": ({"prefix": STRING, "fieldSpecs": FIELD_SPECS}, _prefix),
    "SuffixTransformer": ({"suffix": STRING, "fieldSpecs": FIELD_SPECS}, _suffix),
    "ReplacementTransformer": ({"replacements": ListOf(REPLACEMENT_FIELD)}, _replacements),
    "ReplicaCountTransformer": ({"replica": REPLICA, "fieldSpecs": FIELD_SPECS}, _replicas),
    "ValueAddTransformer": (
        {"value": STRING, "targets": ListOf(VALUE_TARGET), "targetFilePath": STRING},
        _value,
    ),
}


def _config_map(fields: Fields, place: Place) -> Made:
    return maker(config_map, _named(fields), None, place, 0)


def _secret(fields: Fields, place: Place) -> Made:
    return maker(secret, _named(fields), None, place, 0)


def _named(fields: Fields) -> Fields:
    """A generator's arguments, its name and namespace taken from the metadata where it has none."""
    metadata = fields.get("metadata") or {}
    missing = {
        field: metadata[field]
        for field in ("name", "namespace")
        if metadata.get(field) and not fields.get(field)
    }
    return {**fields, **missing}


def _iam_policy(fields: Fields, place: Place) -> Made:
    if fields.get("cloud") != "gke":
        raise BuildError(f"cloud provider {fields.get('cloud', '')} not supported yet")
    service, account = fields.get("kubernetesService") or {}, fields.get("serviceAccount") or {}
    email = f"{account.get('name', '')}@{account.get('projectId', '')}.iam.gserviceaccount.com"
    metadata: dict[str, Node] = {
        "annotations": {"iam.gke.io/gcp-service-account": email},
        "name": service.get("name", ""),
    }
    if service.get("namespace"):
        metadata["namespace"] = service["namespace"]
    content = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    made = Resource(content=content, id=id_of(content), origin=Origin(place.path, 0, generated=True))
    return lambda gathered: made


_GENERATORS: dict[str, tuple[Mapping[str, Shape], Callable[[Fields, Place], Made]]] = {
    "ConfigMapGenerator": ({"metadata": METADATA, **CONFIG_MAP.fields}, _config_map),
    "SecretGenerator": ({"metadata": METADATA, **SECRET.fields}, _secret),
    "IAMPolicyGenerator": (
        {
            "cloud": STRING,
            "kubernetesService": Struct("KubernetesService", {"name": STRING, "namespace": STRING}),
            "serviceAccount": Struct("ServiceAccount", {"name": STRING, "projectId": STRING}),
        },
        _iam_policy,
    ),
}
