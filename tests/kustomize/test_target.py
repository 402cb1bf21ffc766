"""Builds beyond what the binary can be asked: overrides, opaque inputs, broken builds, provenance."""

from __future__ import annotations

import pytest

from bisectops.errors import Unsupported
from bisectops.git.objects import Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, Built, build
from bisectops.kustomize.failure import Remote
from bisectops.kustomize.resource import Opaque, Shaping

ROOT = RepoPath("")
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def built(files: dict[str, str], folder: str = "", **options: object) -> Built:
    result = build(MemorySnapshot(files), RepoPath(folder), **options)  # type: ignore[arg-type]
    assert isinstance(result, Built), result.error.message
    return result


def broken(files: dict[str, str], folder: str = "", **options: object) -> Broken:
    result = build(MemorySnapshot(files), RepoPath(folder), **options)  # type: ignore[arg-type]
    assert isinstance(result, Broken)
    return result


def names(result: Built | Broken) -> list[str]:
    return [resource.id.name for resource in result.resources]


def test_override_stands_for_the_file_of_its_folder() -> None:
    files = {"kustomization.yaml": "namePrefix: file-\nresources: [c.yaml]\n", "c.yaml": CONFIG_MAP}
    asked = {"resources": ["c.yaml"], "namePrefix": "override-"}
    assert names(built(files, kustomization=asked)) == ["override-c"]


def test_override_needs_no_file_and_drops_unknown_fields() -> None:
    assert names(built({"c.yaml": CONFIG_MAP}, kustomization={"resources": ["c.yaml"], "odd": 1})) == ["c"]


def test_nested_files_are_read_strictly_below_an_override() -> None:
    files = {"base/kustomization.yaml": "odd: 1\n"}
    assert 'unknown field "odd"' in broken(files, kustomization={"resources": ["base"]}).error.message


@pytest.mark.parametrize(
    "field",
    [
        "resources: ['https://example.com/c.yaml']",
        "resources: ['github.com/org/repo//path?ref=v1']",
        "components: ['https://github.com/org/repo']",
        "configMapGenerator: [{name: g, files: ['https://example.com/f']}]",
        "patches: [{path: 'https://example.com/p.yaml'}]",
    ],
)
def test_remote_inputs_break_a_build_that_says_why(field: str) -> None:
    error = broken({"kustomization.yaml": f"{field}\n"}).error
    assert "is remote, and bisectops fetches nothing from the network" in error.message


def test_remote_resource_raises_what_callers_can_tell_apart() -> None:
    error = broken({"kustomization.yaml": "resources: ['https://example.com/c.yaml']\n"}).error
    assert isinstance(error, Unsupported)
    assert isinstance(error, Remote)
    assert error.url == "https://example.com/c.yaml"


def test_opaque_inputs_are_left_out_and_named() -> None:
    files = {
        "kustomization.yaml": (
            "resources: [c.yaml, 'https://example.com/r.yaml', base]\n"
            "components: ['https://github.com/org/repo']\n"
        ),
        "base/kustomization.yaml": "resources: ['github.com/org/base/path']\n",
        "c.yaml": CONFIG_MAP,
    }
    result = built(files, remote_is_opaque=True)
    assert names(result) == ["c"]
    assert set(result.opaque) == {
        Opaque("https://example.com/r.yaml", RepoPath("kustomization.yaml")),
        Opaque("github.com/org/base/path", RepoPath("base/kustomization.yaml")),
        Opaque("https://github.com/org/repo", RepoPath("kustomization.yaml")),
    }


def test_edits_of_what_may_be_opaque_are_passed_over() -> None:
    files = {
        "kustomization.yaml": (
            "resources: ['https://example.com/r.yaml', c.yaml]\n"
            "patches: [{patch: '{apiVersion: v1, kind: Secret, metadata: {name: far}}'}]\n"
            "replacements:\n"
            "- source: {kind: Secret, name: far}\n"
            "  targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]\n"
        ),
        "c.yaml": CONFIG_MAP,
    }
    assert names(built(files, remote_is_opaque=True)) == ["c"]


def test_generator_with_a_remote_file_still_makes_its_object() -> None:
    files = {"kustomization.yaml": "configMapGenerator: [{name: g, files: ['https://example.com/f']}]\n"}
    result = built(files, remote_is_opaque=True)
    assert result.resources[0].content["data"] == {"f": ""}
    assert result.opaque == (Opaque("https://example.com/f", RepoPath("kustomization.yaml")),)


def test_charts_break_a_build() -> None:
    error = broken({"kustomization.yaml": "helmCharts: [{name: chart}]\n"}).error
    assert isinstance(error, Unsupported)


def test_broken_build_keeps_what_was_gathered() -> None:
    files = {
        "kustomization.yaml": "resources: [c.yaml, base]\n",
        "base/kustomization.yaml": "resources: [s.yaml, absent.yaml]\n",
        "base/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
        "c.yaml": CONFIG_MAP,
    }
    assert names(broken(files)) == ["c", "s"]


def test_resources_know_where_they_come_from_and_what_shaped_them() -> None:
    files = {
        "app/kustomization.yaml": "resources: [../base]\nnamespace: ns\npatches:\n- {path: p.yaml}\n",
        "app/p.yaml": CONFIG_MAP + "data: {a: b}\n",
        "base/kustomization.yaml": "resources: [all.yaml]\n",
        "base/all.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\n---\n{CONFIG_MAP}",
    }
    patched = built(files, "app").resources[0]
    assert (patched.origin.path, patched.origin.document, patched.origin.generated) == (
        "base/all.yaml",
        1,
        False,
    )
    place = RepoPath("app/kustomization.yaml")
    assert patched.shaped_by == (Shaping("patches", place, 0), Shaping("namespace", place, 0))


def test_generated_resources_name_their_kustomization() -> None:
    files = {"kustomization.yaml": "secretGenerator: [{name: a}, {name: b}]\n"}
    second = built(files).resources[1]
    assert (second.origin.path, second.origin.document, second.origin.generated) == (
        "kustomization.yaml",
        1,
        True,
    )


def test_patches_count_what_they_select() -> None:
    files = {
        "kustomization.yaml": (
            "resources: [c.yaml]\n"
            "patches:\n"
            '- {target: {kind: Nothing}, patch: \'[{"op": "remove", "path": "/a"}]\'}\n'
            "- {patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}'}\n"
        ),
        "c.yaml": CONFIG_MAP,
    }
    uses = built(files).patches
    assert [(use.patch.position, use.selected, use.target) for use in uses] == [
        (0, 0, {"kind": "Nothing"}),
        (1, 1, None),
    ]


def test_patches_of_bases_are_counted_too() -> None:
    files = {
        "kustomization.yaml": "resources: [base]\n",
        "base/kustomization.yaml": (
            "resources: [c.yaml]\npatches:\n"
            '- {target: {name: none}, patch: \'[{"op": "remove", "path": "/a"}]\'}\n'
        ),
        "base/c.yaml": CONFIG_MAP,
    }
    assert [use.patch.path for use in built(files).patches] == ["base/kustomization.yaml"]


def test_missing_folder_is_broken() -> None:
    assert "must build at directory" in broken({"a": ""}, "absent").error.message


def test_file_in_the_place_of_a_folder_is_broken() -> None:
    assert "file is not directory" in broken({"a": ""}, "a").error.message


class WithSubmodule(MemorySnapshot):
    """A snapshot in which the folder `sub` is a submodule: an empty folder in a plain checkout."""

    def entry(self, path: RepoPath) -> Entry | None:
        if path == "sub":
            return Entry(path, EntryKind.SUBMODULE, Oid("0" * 40))
        return super().entry(path)


def test_submodule_is_an_empty_folder() -> None:
    result = build(WithSubmodule({"kustomization.yaml": "resources: [sub]\n"}), ROOT)
    assert isinstance(result, Broken)
    assert "unable to find one of 'kustomization.yaml'" in result.error.message


def test_link_out_of_the_tree_is_an_error() -> None:
    files = {"a/kustomization.yaml": "resources: [l.yaml]\n", "a/l.yaml@": "../../outside.yaml"}
    assert "no such file or directory" in broken(files, "a").error.message


def test_links_without_end_are_an_error() -> None:
    files = {"kustomization.yaml": "resources: [l]\n", "l@": "m", "m@": "l"}
    assert "too many levels of symbolic links" in broken(files).error.message


def test_nesting_ends() -> None:
    files = {f"n{i}/kustomization.yaml": f"resources: [../n{i + 1}]\n" for i in range(200)}
    assert "nested more than" in broken(files, "n0").error.message


def test_doubling_components_end() -> None:
    files = {
        f"c{i}/kustomization.yaml": f"{COMPONENT}components: [../c{i + 1}, ../c{i + 1}]\n" for i in range(20)
    }
    files["c20/kustomization.yaml"] = f"{COMPONENT}namePrefix: a\n"
    files["top/kustomization.yaml"] = "components: [../c0]\n"
    assert "folders: not built" in broken(files, "top").error.message


def test_copies_that_double_end() -> None:
    copies = "".join(
        f"- {{op: copy, from: /data, path: /{key}}}\n- {{op: move, from: /{key}, path: /data/{key}}}\n"
        for key in map(str, range(40))
    )
    files = {
        "kustomization.yaml": "resources: [c.yaml]\npatches: [{target: {name: c}, path: p.yaml}]\n",
        "p.yaml": copies,
        "c.yaml": f"{CONFIG_MAP}data: {{a: b}}\n",
    }
    assert "fields in one resource: not built" in broken(files).error.message


def test_building_changes_no_tree_that_is_shared() -> None:
    files = {
        "a/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\ncommonLabels: {l: a}\n",
        "b/kustomization.yaml": "resources: [../base]\nnamespace: b\nimages: [{name: x, newTag: z}]\n",
        "base/kustomization.yaml": "resources: [p.yaml]\n",
        "base/p.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: x}]}\n",
        "kustomization.yaml": "resources: [a, b, base]\n",
    }
    together = {resource.id: resource.content for resource in built(files).resources}
    for folder in ("a", "b", "base"):
        (alone,) = built(files, folder).resources
        assert together[alone.id] == alone.content
