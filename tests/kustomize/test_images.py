"""`images`, each expectation as `kubectl kustomize` v5.5.0 printed it."""

from __future__ import annotations

from typing import Any

import pytest

from bisectops.errors import BuildError
from bisectops.kustomize.builtin_fields import IMAGES, FieldSpec
from bisectops.kustomize.images import Reference, renamed, set_images, split
from bisectops.kustomize.resource import Gvk


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("nginx", ("nginx", "", "")),
        ("nginx:1", ("nginx", "1", "")),
        ("nginx@sha256:12", ("nginx", "", "sha256:12")),
        ("nginx:1@sha256:12", ("nginx", "1", "sha256:12")),
        ("reg:5000/nginx", ("reg:5000/nginx", "", "")),
        ("reg:5000/a/nginx:1@sha256:12", ("reg:5000/a/nginx", "1", "sha256:12")),
    ],
)
def test_reference_is_split(reference: str, parts: tuple[str, str, str]) -> None:
    assert split(reference) == Reference(*parts)


@pytest.mark.parametrize(
    ("image", "before", "after"),
    [
        ({"name": "nginx", "newTag": "2"}, "nginx:1@sha256:12", "nginx:2"),
        ({"name": "nginx", "digest": "sha256:9"}, "nginx:1", "nginx@sha256:9"),
        ({"name": "nginx", "newTag": "2", "digest": "sha256:9"}, "nginx", "nginx:2@sha256:9"),
        ({"name": "nginx", "newName": "x/y"}, "nginx:1@sha256:12", "x/y:1@sha256:12"),
        ({"name": "nginx", "tagSuffix": "-a"}, "nginx:1@sha256:12", "nginx:1-a"),
        ({"name": "nginx", "newTag": "2"}, "foo/nginx:1", "foo/nginx:1"),
        ({"name": "nginx", "newTag": "2"}, "nginx2", "nginx2"),
        ({"name": ".*nginx", "newTag": "2"}, "foo/nginx:1", "foo/nginx:2"),
        ({"name": "foo.nginx", "newTag": "2"}, "foo/nginx", "foo/nginx:2"),
        ({"name": "nginx", "newName": "123"}, "nginx", 123),
    ],
)
def test_reference_is_changed_if_it_is_the_image_s(image: dict[str, str], before: str, after: Any) -> None:
    assert renamed(before, image) == after


def test_images_are_found_under_containers_at_any_depth_and_at_the_specs() -> None:
    content = {
        "kind": "Foo",
        "spec": {"deep": [{"initContainers": [{"image": "nginx"}, {"name": "x"}, None]}], "image": "nginx"},
    }
    changed = set_images(content, {"name": "nginx", "newTag": "2"}, IMAGES)
    assert changed["spec"] == {
        "deep": [{"initContainers": [{"image": "nginx:2"}, {"name": "x"}, None]}],
        "image": "nginx",
    }
    spec = FieldSpec(Gvk("", "", "Foo"), "spec/image")
    assert set_images(content, {"name": "nginx", "newTag": "2"}, [spec])["spec"]["image"] == "nginx:2"


def test_custom_resource_definitions_are_left_alone() -> None:
    content = {"kind": "CustomResourceDefinition", "spec": {"containers": [{"image": "nginx"}]}}
    assert set_images(content, {"name": "nginx", "newTag": "2"}, IMAGES) is content


def test_content_without_the_image_is_shared() -> None:
    content = {"kind": "Foo", "spec": {"containers": [{"image": "nginx"}]}}
    assert set_images(content, {"name": "other", "newTag": "2"}, IMAGES) is content


@pytest.mark.parametrize(
    ("containers", "message"),
    [
        ([{"image": {"a": "b"}}], "wrong node kind: expected ScalarNode but got MappingNode"),
        (["x"], "wrong node kind: expected MappingNode but got ScalarNode"),
    ],
)
def test_container_of_another_kind_fails_in_kyaml_s_words(containers: list[Any], message: str) -> None:
    with pytest.raises(BuildError) as failure:
        set_images({"kind": "Foo", "containers": containers}, {"name": "nginx", "newTag": "2"}, IMAGES)
    assert failure.value.message == message
