"""The kustomization that Flux really builds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.flux.kinds import flux_kustomization
from bisectops.flux.overlay import (
    PathNotFound,
    UndecodableManifest,
    build_spec,
    root_kustomization,
    secure_path,
)
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize.reading import Blobs

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
EMPTY_LIST = "apiVersion: v1\nkind: List\nitems: []\n"


def laid(files: dict[str, str], spec: dict[str, Any] | None = None, folder: str = "apps") -> Any:
    return root_kustomization(MemorySnapshot(files), Blobs(), RepoPath(folder), spec or {})


def test_a_path_cannot_leave_the_artifact() -> None:
    assert secure_path("/./a/../../../b/") == "b"
    assert secure_path("") == ""


def test_a_missing_path_is_told_as_the_controller_tells_it() -> None:
    with pytest.raises(PathNotFound, match="kustomization path not found: stat apps: no such file"):
        laid({"other/a.yaml": MAP})


def test_a_path_that_is_a_file_is_no_folder() -> None:
    with pytest.raises(PathNotFound):
        laid({"apps": MAP})


def test_a_folder_without_kustomization_lists_manifests_and_folders_with_one() -> None:
    files = {
        "apps/b.yaml": MAP,
        "apps/a.yml": MAP,
        "apps/c.json": "{}",
        "apps/deep/er/d.yaml": MAP,
        "apps/built/kustomization.yaml": "",
        "apps/built/not-a-manifest.yaml": "x: 1\n",
    }
    assert laid(files)["resources"] == ["./a.yml", "./b.yaml", "./built", "./deep/er/d.yaml"]


def test_nothing_to_list_is_a_build_of_nothing() -> None:
    assert laid({"apps/readme.md": "x"})["namespace"] == "_placeholder"


def test_a_stray_values_file_breaks_a_generated_kustomization() -> None:
    with pytest.raises(UndecodableManifest, match=r"from apps/values.yaml: missing Resource metadata"):
        laid({"apps/values.yaml": "replicas: 1\n"})


def test_lists_and_comments_are_no_stray_files() -> None:
    assert laid({"apps/list.yaml": EMPTY_LIST, "apps/note.yaml": "# nothing\n"})["resources"] == [
        "./list.yaml",
        "./note.yaml",
    ]


def test_the_first_of_three_names_is_used() -> None:
    for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
        assert laid({f"apps/{name}": "namespace: here\n"})["namespace"] == "here"


def test_two_kustomization_files_are_left_to_fail_by_themselves() -> None:
    assert laid({"apps/kustomization.yaml": "", "apps/Kustomization": ""}) is None


def test_a_kustomization_without_resources_builds_nothing_instead_of_failing() -> None:
    assert laid({"apps/kustomization.yaml": "kind: Kustomization\n"})["buildMetadata"] == [
        "originAnnotations"
    ]


def test_a_kustomization_file_of_nothing_is_no_error_at_the_root() -> None:
    for text in ("", "# nothing yet\n"):
        assert laid({"apps/kustomization.yaml": text})["buildMetadata"] == ["originAnnotations"]


def test_target_namespace_prefix_and_suffix_overwrite() -> None:
    files = {"apps/kustomization.yaml": "namespace: own\nnamePrefix: own-\nresources: [a.yaml]\n"}
    spec = {"targetNamespace": "flux", "namePrefix": "flux-", "nameSuffix": "-x"}
    merged = laid(files, spec)
    assert (merged["namespace"], merged["namePrefix"], merged["nameSuffix"]) == ("flux", "flux-", "-x")


def test_patches_and_components_are_appended() -> None:
    files = {"apps/kustomization.yaml": "patches: [{path: a}]\ncomponents: [../c]\nresources: [a.yaml]\n"}
    merged = laid(files, {"patches": [{"patch": "b"}], "components": ["../d"]})
    assert merged["patches"] == [{"path": "a"}, {"patch": "b"}]
    assert merged["components"] == ["../c", "../d"]


def test_components_must_be_local_and_may_be_missing_only_when_told() -> None:
    files = {"apps/kustomization.yaml": "resources: [a.yaml]\n"}
    with pytest.raises(BuildError, match="component path 'https://x' must be local and relative"):
        laid(files, {"components": ["https://x"]})
    assert "components" not in laid(files, {"components": ["../gone"], "ignoreMissingComponents": True})
    assert laid(files, {"components": ["../gone"]})["components"] == ["../gone"]


def test_images_merge_by_name() -> None:
    files = {"apps/kustomization.yaml": "images: [{name: a, newTag: '1'}, {name: b}]\nresources: [a.yaml]\n"}
    merged = laid(files, {"images": [{"name": "a", "newName": "z"}, {"name": "c"}]})
    assert merged["images"] == [{"name": "a", "newTag": "1", "newName": "z"}, {"name": "b"}, {"name": "c"}]


def test_a_new_tag_takes_the_place_of_a_digest_and_the_other_way_round() -> None:
    files = {
        "apps/kustomization.yaml": "images: [{name: a, digest: d, newName: z}, {name: b, newTag: '1'}]\n"
        "resources: [a.yaml]\n"
    }
    merged = laid(files, {"images": [{"name": "a", "newTag": "2"}, {"name": "b", "digest": "e"}]})
    assert merged["images"] == [{"name": "a", "newName": "z", "newTag": "2"}, {"name": "b", "digest": "e"}]


def test_files_that_begin_with_a_dot_are_manifests_like_others() -> None:
    assert laid({"apps/.hidden.yaml": MAP})["resources"] == ["./.hidden.yaml"]


def test_build_metadata_overwrites() -> None:
    files = {"apps/kustomization.yaml": "buildMetadata: [managedByLabel]\nresources: [a.yaml]\n"}
    assert laid(files, {"buildMetadata": ["originAnnotations"]})["buildMetadata"] == ["originAnnotations"]


def test_legacy_patches_count_only_under_the_versions_that_had_them() -> None:
    def spec(version: str) -> dict[str, Any]:
        tree = {
            "apiVersion": f"kustomize.toolkit.fluxcd.io/{version}",
            "spec": {"patchesStrategicMerge": ["x"], "patchesJson6902": [], "path": "./a"},
        }
        return build_spec(flux_kustomization(tree))

    assert spec("v1") == {}
    assert spec("v1beta2") == {"patchesStrategicMerge": ["x"], "patchesJson6902": []}


@pytest.mark.parametrize(("controller", "counted"), [((0, 35), 1), ((1, 0), 0), (None, 1)])
def test_a_controller_of_typed_v1_reads_no_legacy_patches_of_any_version(
    controller: tuple[int, ...] | None, counted: int
) -> None:
    tree = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2", "spec": {"patchesStrategicMerge": [{}]}}
    assert len(build_spec(flux_kustomization(tree), controller)) == counted


def test_legacy_patches_are_objects_that_kustomize_is_given_as_text() -> None:
    files = {"apps/kustomization.yaml": "resources: [a.yaml]\n"}
    target, operations = {"kind": "ConfigMap"}, [{"op": "remove", "path": "/data"}]
    spec = {
        "patchesStrategicMerge": [{"kind": "ConfigMap"}],
        "patchesJson6902": [{"target": target, "patch": operations}],
    }
    merged = laid(files, spec)
    assert merged["patchesStrategicMerge"] == ['{"kind": "ConfigMap"}']
    assert merged["patchesJson6902"] == [{"target": target, "patch": json.dumps(operations)}]
