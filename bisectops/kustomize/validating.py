"""`validators`: transformers that may not change anything but the label of their seal.

Facts: kustomize api/internal/target/kusttarget.go (runValidators).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bisectops.errors import BuildError
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.plugins import transformer
from bisectops.kustomize.resource import Node, Resource
from bisectops.kustomize.transformers.configure import Place


def validate(gathered: Accumulator, configs: Iterable[Resource], place: Place) -> None:
    """Run the validators that objects configure. Raises BuildError for one that changes what it looks at."""
    for config in configs:
        before = list(gathered.resources)
        transformer(config, place)(gathered)
        after = [_unsealed(resource.content) for resource in gathered.resources]
        if [resource.content for resource in before] != after:
            raise BuildError("validator shouldn't modify the resource map")


def _unsealed(content: Mapping[str, Node]) -> Mapping[str, Node]:
    metadata = content.get("metadata") or {}
    labels = metadata.get("labels")
    if not isinstance(labels, dict) or "validated-by" not in labels:
        return content
    kept = {key: value for key, value in labels.items() if key != "validated-by"}
    rest = {key: value for key, value in metadata.items() if key != "labels"}
    return {**content, "metadata": {**rest, "labels": kept} if kept else rest}
