"""A kustomization file, read as kustomize reads it and brought up to date with its deprecated fields.

Facts: kustomize api/types/kustomization.go (Unmarshal, FixKustomization, CheckEmpty, EnforceFields).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.kustomize.decoding import FILE, TOLERANT, decode
from bisectops.kustomize.failure import within
from bisectops.kustomize.kustomization_fields import KUSTOMIZATION
from bisectops.kustomize.resource import Node

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
COMPONENT = "Component"
_VERSIONS = {
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
    COMPONENT: "kustomize.config.k8s.io/v1alpha1",
}

Fields = Mapping[str, Node]
"""The fields a struct sets, under their canonical names and with values of their declared shapes."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Kustomization:
    """What a folder's kustomization file asks for; deprecated fields are folded into today's."""

    kind: str
    resources: tuple[str, ...]
    components: tuple[str, ...]
    configurations: tuple[str, ...]
    crds: tuple[str, ...]
    openapi: Mapping[str, str]
    config_maps: tuple[Fields, ...]
    secrets: tuple[Fields, ...]
    generator_options: Fields | None
    helm_charts: tuple[Fields, ...]
    generators: tuple[str, ...]
    transformers: tuple[str, ...]
    validators: tuple[str, ...]
    strategic_patches: tuple[str, ...]
    patches: tuple[Fields, ...]
    json_patches: tuple[Fields, ...]
    namespace: str
    prefix: str
    suffix: str
    labels: tuple[Fields, ...]
    common_labels: Mapping[str, str]
    annotations: Mapping[str, str]
    replicas: tuple[Fields, ...]
    images: tuple[Fields, ...]
    replacements: tuple[Fields, ...]
    variables: tuple[Fields, ...]
    sort_options: Fields | None
    metadata: tuple[str, ...]
    """The `buildMetadata` options."""


def kustomization(
    value: Node, *, folder: str, strict: bool = True, may_be_empty: bool = False
) -> Kustomization:
    """A kustomization from its file's parsed text; `strict` refuses unknown fields, as files are read.

    `may_be_empty`: take one that says nothing, as kustomize did before its api 0.14.
    """
    try:
        fields = decode(value, KUSTOMIZATION, FILE if strict else TOLERANT)
    except BuildError as error:
        raise within(error, "invalid Kustomization") from None
    if not may_be_empty:
        _refuse_empty(fields)
    kind = fields.get("kind") or "Kustomization"
    _refuse_other_kinds(kind, fields.get("apiVersion", ""), folder)
    return Kustomization(
        kind=kind,
        resources=(*fields.get("resources", ()), *fields.get("bases", ())),
        components=tuple(fields.get("components", ())),
        configurations=tuple(fields.get("configurations", ())),
        crds=tuple(fields.get("crds", ())),
        openapi=fields.get("openapi", {}),
        config_maps=tuple(map(_with_env, fields.get("configMapGenerator", ()))),
        secrets=tuple(map(_with_env, fields.get("secretGenerator", ()))),
        generator_options=fields.get("generatorOptions"),
        helm_charts=(*fields.get("helmCharts", ()), *fields.get("helmChartInflationGenerator", ())),
        generators=tuple(fields.get("generators", ())),
        transformers=tuple(fields.get("transformers", ())),
        validators=tuple(fields.get("validators", ())),
        strategic_patches=tuple(fields.get("patchesStrategicMerge", ())),
        patches=tuple(fields.get("patches", ())),
        json_patches=tuple(fields.get("patchesJson6902", ())),
        namespace=fields.get("namespace", ""),
        prefix=fields.get("namePrefix", ""),
        suffix=fields.get("nameSuffix", ""),
        labels=tuple(fields.get("labels", ())),
        common_labels=fields.get("commonLabels", {}),
        annotations=fields.get("commonAnnotations", {}),
        replicas=tuple(fields.get("replicas", ())),
        images=(*fields.get("images", ()), *fields.get("imageTags", ())),
        replacements=tuple(fields.get("replacements", ())),
        variables=tuple(fields.get("vars", ())),
        sort_options=fields.get("sortOptions"),
        metadata=tuple(fields.get("buildMetadata", ())),
    )


_MOVED = ("bases", "imageTags", "helmChartInflationGenerator")
"""Deprecated lists that are appended to others: an empty one leaves no trace."""


def _refuse_empty(fields: Fields) -> None:
    for name, value in fields.items():
        if name not in ("kind", "apiVersion") and value != "" and (value or name not in _MOVED):
            return
    raise BuildError("kustomization.yaml is empty")


def _refuse_other_kinds(kind: str, version: str, folder: str) -> None:
    complaints = []
    if kind not in _VERSIONS:
        complaints.append("kind should be Kustomization or Component")
    wanted = _VERSIONS.get(kind, _VERSIONS["Kustomization"])
    if version not in ("", wanted):
        complaints.append(f"apiVersion for {kind} should be {wanted}")
    if complaints:
        raise BuildError("\n".join((f"Failed to read kustomization file under {folder}:", *complaints)))


def _with_env(generator: Fields) -> Fields:
    """The deprecated single `env` goes to the end of `envs`."""
    env = generator.get("env")
    if not env:
        return generator
    return {
        **{name: value for name, value in generator.items() if name != "env"},
        "envs": [*generator.get("envs", ()), env],
    }
