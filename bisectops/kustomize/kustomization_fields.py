"""The shapes of a kustomization file and of what it names, as data.

Facts: kustomize api/types.
"""

from __future__ import annotations

from bisectops.kustomize.decoding import (
    ANY,
    BOOL,
    INT,
    INT64,
    STRING,
    STRING_MAP,
    STRINGS,
    ListOf,
    MapOf,
    Shape,
    Struct,
)

_GVK: dict[str, Shape] = {"group": STRING, "version": STRING, "kind": STRING}
_RES_ID: dict[str, Shape] = {**_GVK, "name": STRING, "namespace": STRING}

METADATA = Struct(
    "ObjectMeta",
    {"name": STRING, "namespace": STRING, "labels": STRING_MAP, "annotations": STRING_MAP},
)
FIELD_SPEC = Struct("FieldSpec", {**_GVK, "path": STRING, "create": BOOL})
FIELD_SPECS = ListOf(FIELD_SPEC)
SELECTOR = Struct("Selector", {**_RES_ID, "annotationSelector": STRING, "labelSelector": STRING})
PATCH = Struct("Patch", {"path": STRING, "patch": STRING, "target": SELECTOR, "options": MapOf(BOOL)})
LABEL = Struct(
    "Label",
    {"pairs": STRING_MAP, "includeSelectors": BOOL, "includeTemplates": BOOL, "fields": FIELD_SPECS},
)
IMAGE = Struct(
    "Image",
    {"name": STRING, "newName": STRING, "tagSuffix": STRING, "newTag": STRING, "digest": STRING},
)
REPLICA = Struct("Replica", {"name": STRING, "count": INT64})

_OPTIONS = Struct("FieldOptions", {"delimiter": STRING, "index": INT, "encoding": STRING, "create": BOOL})
_REPLACEMENT: dict[str, Shape] = {
    "source": Struct("SourceSelector", {**_RES_ID, "fieldPath": STRING, "options": _OPTIONS}),
    "targets": ListOf(
        Struct(
            "TargetSelector",
            {"select": SELECTOR, "reject": ListOf(SELECTOR), "fieldPaths": STRINGS, "options": _OPTIONS},
        )
    ),
}
REPLACEMENT = Struct("Replacement", _REPLACEMENT)
REPLACEMENT_FIELD = Struct("ReplacementField", {**_REPLACEMENT, "path": STRING})

GENERATOR_OPTIONS = Struct(
    "GeneratorOptions",
    {
        "labels": STRING_MAP,
        "annotations": STRING_MAP,
        "disableNameSuffixHash": BOOL,
        "immutable": BOOL,
    },
)
_GENERATOR: dict[str, Shape] = {
    "namespace": STRING,
    "name": STRING,
    "behavior": STRING,
    "literals": STRINGS,
    "files": STRINGS,
    "envs": STRINGS,
    "env": STRING,
    "options": GENERATOR_OPTIONS,
}
CONFIG_MAP = Struct("ConfigMapArgs", _GENERATOR)
SECRET = Struct("SecretArgs", {**_GENERATOR, "type": STRING})

VARIABLE = Struct(
    "Var",
    {
        "name": STRING,
        "objref": Struct("Target", {"apiVersion": STRING, **_RES_ID}),
        "fieldref": Struct("FieldSelector", {"fieldPath": STRING}),
    },
)
SORT_OPTIONS = Struct(
    "SortOptions",
    {
        "order": STRING,
        "legacySortOptions": Struct("LegacySortOptions", {"orderFirst": STRINGS, "orderLast": STRINGS}),
    },
)
_HELM_GLOBALS = Struct("HelmGlobals", {"chartHome": STRING, "configHome": STRING})
_HELM_CHART = Struct(
    "HelmChart",
    {
        **dict.fromkeys(
            (
                "name",
                "version",
                "repo",
                "releaseName",
                "namespace",
                "valuesFile",
                "valuesMerge",
                "kubeVersion",
                "nameTemplate",
            ),
            STRING,
        ),
        **dict.fromkeys(("includeCRDs", "skipHooks", "skipTests", "debug"), BOOL),
        "additionalValuesFiles": STRINGS,
        "apiVersions": STRINGS,
        "valuesInline": MapOf(ANY),
    },
)
_HELM_ARGS = Struct(
    "HelmChartArgs",
    {
        **dict.fromkeys(
            (
                "chartName",
                "chartVersion",
                "chartRepoUrl",
                "chartHome",
                "chartRepoName",
                "helmBin",
                "helmHome",
                "values",
                "valuesMerge",
                "releaseName",
                "releaseNamespace",
            ),
            STRING,
        ),
        "valuesLocal": MapOf(ANY),
        "extraArgs": STRINGS,
    },
)

KUSTOMIZATION = Struct(
    "Kustomization",
    {
        "kind": STRING,
        "apiVersion": STRING,
        "metadata": METADATA,
        "openapi": STRING_MAP,
        "namePrefix": STRING,
        "nameSuffix": STRING,
        "namespace": STRING,
        "commonLabels": STRING_MAP,
        "labels": ListOf(LABEL),
        "commonAnnotations": STRING_MAP,
        "patchesStrategicMerge": STRINGS,
        "patchesJson6902": ListOf(PATCH),
        "patches": ListOf(PATCH),
        "images": ListOf(IMAGE),
        "imageTags": ListOf(IMAGE),
        "replacements": ListOf(REPLACEMENT_FIELD),
        "replicas": ListOf(REPLICA),
        "vars": ListOf(VARIABLE),
        "sortOptions": SORT_OPTIONS,
        "resources": STRINGS,
        "components": STRINGS,
        "crds": STRINGS,
        "bases": STRINGS,
        "configMapGenerator": ListOf(CONFIG_MAP),
        "secretGenerator": ListOf(SECRET),
        "helmGlobals": _HELM_GLOBALS,
        "helmCharts": ListOf(_HELM_CHART),
        "helmChartInflationGenerator": ListOf(_HELM_ARGS),
        "generatorOptions": GENERATOR_OPTIONS,
        "configurations": STRINGS,
        "generators": STRINGS,
        "transformers": STRINGS,
        "validators": STRINGS,
        "buildMetadata": STRINGS,
    },
)
