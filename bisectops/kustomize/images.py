"""`images`: names, tags and digests of container images.

Facts: kustomize api/filters/imagetag/{updater,legacy,imagetag}.go and api/internal/image/image.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from bisectops.kustomize.builtin_fields import FieldSpec
from bisectops.kustomize.fieldspec import edit_fields
from bisectops.kustomize.nodes import wrong_kind
from bisectops.kustomize.resource import Node, gvk_of
from bisectops.kustomize.scalars import text, untagged
from bisectops.kustomize.selector import Pattern, compiled

_HOLDERS = ("containers", "initContainers")
_REST = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"


class Reference(NamedTuple):
    """An image reference in its parts; absent ones are empty."""

    name: str
    tag: str
    digest: str


def set_images(
    content: Mapping[str, Node], image: Mapping[str, Node], specs: Iterable[FieldSpec]
) -> Mapping[str, Node]:
    """The content with one `images` entry applied, everywhere under containers and at the specs' fields.

    Custom resource definitions are left alone, whatever the configuration says.
    """
    if content.get("kind") == "CustomResourceDefinition":
        return content
    changed: Mapping[str, Node] = _walked(content, image)
    return edit_fields(changed, gvk_of(changed), specs, lambda node: renamed(node, image))


def renamed(node: Node, image: Mapping[str, Node]) -> Node:
    """An image reference, changed if it is one of the image that the entry names."""
    if isinstance(node, dict | list):
        raise wrong_kind("ScalarNode", node)
    reference = text(node)
    if not _is_image(str(image.get("name") or "")).search(reference):
        return node
    name, tag, digest = _updated(split(reference), image)
    changed = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return untagged(node, changed)


def split(reference: str) -> Reference:
    """The name, tag and digest of a reference; a colon before the first slash belongs to the name.

    >>> split("registry:5000/app:1@sha256:12")
    Reference(name='registry:5000/app', tag='1', digest='sha256:12')
    """
    start = max(reference.find("/"), 0)
    at, colon = reference.find("@", start), reference.find(":", start)
    if at >= 0 and (at < colon or colon < 0):
        return Reference(reference[:at], "", reference[at + 1 :])
    if colon < 0:
        return Reference(reference, "", "")
    if at >= 0:
        return Reference(reference[:colon], reference[colon + 1 : at], reference[at + 1 :])
    return Reference(reference[:colon], reference[colon + 1 :], "")


def _updated(old: Reference, image: Mapping[str, Node]) -> Reference:
    """A new tag or digest replaces both old ones."""
    name = image.get("newName") or old.name
    tag, digest = image.get("newTag") or "", image.get("digest") or ""
    if tag or digest:
        return Reference(name, tag, digest)
    if suffix := image.get("tagSuffix"):
        return Reference(name, old.tag + suffix, "")
    return Reference(name, old.tag, old.digest)


@lru_cache(maxsize=1024)
def _is_image(name: str) -> Pattern:
    """Kustomize puts the name into the expression as it is: a dot matches anything."""
    return compiled(f"^{name}{_REST}$")


def _walked(node: Node, image: Mapping[str, Node]) -> Node:
    if isinstance(node, dict):
        changed = {key: _field(key, value, image) for key, value in node.items()}
        return changed if any(changed[key] is not node[key] for key in node) else node
    if isinstance(node, list):
        items = [_walked(item, image) for item in node]
        return items if any(new is not old for new, old in zip(items, node, strict=True)) else node
    return node


def _field(key: str, value: Node, image: Mapping[str, Node]) -> Node:
    if not isinstance(value, dict | list):
        return value
    walked = _walked(value, image)
    if key not in _HOLDERS or not isinstance(walked, list):
        return walked
    items = [_container(item, image) for item in walked]
    return items if any(new is not old for new, old in zip(items, walked, strict=True)) else walked


def _container(item: Node, image: Mapping[str, Node]) -> Node:
    if item is None:
        return item
    if not isinstance(item, dict):
        raise wrong_kind("MappingNode", item)
    if "image" not in item:
        return item
    changed = renamed(item["image"], image)
    return item if changed is item["image"] else {**item, "image": changed}
