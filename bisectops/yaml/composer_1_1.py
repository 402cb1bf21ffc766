"""One document's events become a tree, by the rules of go-yaml version 2: YAML 1.1, as JSON.

Source: goyaml.v2/decode.go and yaml.go (convertToJSONableObject) in sigs.k8s.io/yaml v1.4.0.
"""

from __future__ import annotations

from typing import Any

from yaml.events import MappingEndEvent, ScalarEvent

from bisectops.yaml.composer import TAG, Composer, Node, Refused, cast, finite
from bisectops.yaml.scalars import HINTS, Scalar, resolve_1_1, timestamp


class OldComposer(Composer):
    """Builds one document by version 2's rules, with what JSON makes of it."""

    def scalar(self, event: Any) -> Scalar:
        text: str = event.value
        self.left -= 1 + (len(text) >> 8)
        value: Scalar
        if self.flow and event.implicit[0] and not event.style:
            self.refuse_question(text)
        if event.tag is not None:
            tag = event.tag.removeprefix(TAG)
            is_time = tag == "timestamp" and timestamp(text) is not None
            value = text if tag == "!" or is_time else finite(cast(tag, text, resolve_1_1(text)))
        elif not event.implicit[0] or (text and text[0] not in HINTS):
            value = text
        else:
            value = finite(resolve_1_1(text))
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1 + (len(text) >> 8))
        return value

    def mapping(self) -> dict[str, Node]:
        tree: dict[str, Node] = {}
        while type(key_event := self.event()) is not MappingEndEvent:
            if self.is_merge(key_event):
                tree.update(self.merge(self.event()))
                continue
            key = self.key(key_event)
            tree[key] = self.node(self.event())
        return tree

    def is_merge(self, event: Any) -> bool:
        if type(event) is not ScalarEvent or event.value != "<<":
            return False
        return bool(event.implicit[0] or event.tag == TAG + "merge")

    def key(self, event: Any) -> str:
        value = self.node(event)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return format(value, ".7g") if isinstance(value, float) else str(value)
        if value is None:
            raise Refused("unsupported map key of type: %!s(<nil>), key: <nil>")
        raise Refused("yaml: invalid map key")
