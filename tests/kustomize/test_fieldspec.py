"""What an edit leaves as it was is the resource itself: nobody is said to have shaped it."""

from __future__ import annotations

import pytest

from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.fieldspec import edit_field
from bisectops.kustomize.resource import Gvk, Node

ANY = Gvk("", "", "")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("metadata/namespace", {"metadata": {"name": "a", "namespace": "media-apps"}}),
        ("subjects[]/namespace", {"subjects": [{"namespace": "media-apps"}, {"namespace": "media-apps"}]}),
    ],
)
def test_another_string_that_is_equal_changes_nothing(path: str, content: dict[str, Node]) -> None:
    spec = FieldSpec(ANY, path)
    same = "-".join(["media", "apps"])  # equal, and not the same object
    assert edit_field(content, spec, lambda node: same) is content
    assert edit_field(content, spec, lambda node: "elsewhere") is not content
