"""Wherever a URL may stand: the build breaks and says so, or does without where a caller allows that."""

from __future__ import annotations

import pytest

from bisectops.git.objects import ROOT
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, Built, build
from bisectops.kustomize.failure import Remote

URL = "https://example.com/org/repo/it.yaml"
OWN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n"
TARGET = "target: {kind: ConfigMap, name: own}"
PLUGIN = "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: v}\nvalue: x\n"
FIELDS = [
    f"resources: [own.yaml, {URL}]",
    f"bases: [{URL}]",
    f"components: [{URL}]",
    f"patches: [{{path: {URL}}}]",
    f"patches: [{{path: {URL}, {TARGET}}}]",
    f"patchesStrategicMerge: [{URL}]",
    f"patchesJson6902: [{{path: {URL}, target: {{version: v1, kind: ConfigMap, name: own}}}}]",
    f"configMapGenerator: [{{name: g, files: [it={URL}]}}]",
    f"configMapGenerator: [{{name: g, envs: [{URL}]}}]",
    f"secretGenerator: [{{name: g, env: {URL}}}]",
    f"crds: [{URL}]",
    f"configurations: [{URL}]",
    f"openapi: {{path: {URL}}}",
    f"replacements: [{{path: {URL}}}]",
    f"transformers: [{URL}]",
    f"generators: [{URL}]",
    f"validators: [{URL}]",
    "transformers: [value.yaml]",
]


def outcome(field: str, *, remote_is_opaque: bool, more: dict[str, str] | None = None) -> Built | Broken:
    files = {
        "kustomization.yaml": f"{field}\n" + ("" if "resources" in field else "resources: [own.yaml]\n"),
        "own.yaml": OWN,
        "value.yaml": f"{PLUGIN}targetFilePath: {URL}\n",
    }
    return build(MemorySnapshot(files | (more or {})), ROOT, remote_is_opaque=remote_is_opaque)


@pytest.mark.parametrize("field", FIELDS)
def test_a_url_breaks_a_build_that_may_not_do_without(field: str) -> None:
    result = outcome(field, remote_is_opaque=False)
    assert isinstance(result, Broken)
    assert isinstance(result.error, Remote)
    assert f"'{URL}' is remote" in result.error.message


@pytest.mark.parametrize("field", FIELDS)
def test_a_url_is_named_by_a_build_that_may_do_without(field: str) -> None:
    result = outcome(field, remote_is_opaque=True)
    assert isinstance(result, Built), result.error.message
    assert [(it.url, it.path) for it in result.opaque] == [(URL, "kustomization.yaml")]
    assert "own" in [it.id.name for it in result.resources]


UNMATCHED = [
    "patches: [{patch: '{apiVersion: v1, kind: Secret, metadata: {name: gone}}'}]",
    "patchesStrategicMerge: ['{apiVersion: v1, kind: Secret, metadata: {name: gone}}']",
    "configMapGenerator: [{name: gone, behavior: merge, literals: [a=b]}]",
    "replicas: [{name: gone, count: 2}]",
    "replacements: [{source: {kind: Secret, name: gone}, targets: "
    "[{select: {name: own}, fieldPaths: [metadata.name]}]}]",
]


@pytest.mark.parametrize("field", UNMATCHED)
def test_what_finds_nothing_is_passed_over_only_where_something_was_left_out(field: str) -> None:
    assert isinstance(outcome(field, remote_is_opaque=True), Broken)
    with_remote = f"{field}\nresources: [own.yaml, {URL}]"
    assert isinstance(outcome(with_remote, remote_is_opaque=True), Built)
    assert isinstance(outcome(with_remote, remote_is_opaque=False), Broken)


def test_what_a_base_left_out_counts_for_what_is_built_on_it() -> None:
    more = {"base/kustomization.yaml": f"resources: [{URL}]\n"}
    assert isinstance(outcome(f"{UNMATCHED[0]}\nresources: [base]", remote_is_opaque=True, more=more), Built)


def test_a_password_in_a_url_is_not_repeated() -> None:
    for url in ("https://me:hunter2@example.com/org/repo", "https://hunter2@example.com/org/repo"):
        result = outcome(f"resources: [{url}]", remote_is_opaque=False)
        assert isinstance(result, Broken)
        assert "example.com/org/repo' is remote" in result.error.message
        assert "hunter2" not in repr(result) + result.error.message
