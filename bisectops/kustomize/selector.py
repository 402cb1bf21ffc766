"""What a patch, replacement or Flux target selects: anchored regular expressions and label selectors.

Facts: kustomize api/types/selector.go and api/resmap/reswrangler.go (Select).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import re2

from bisectops.errors import BuildError
from bisectops.kustomize.label_selector import matches
from bisectops.kustomize.resource import Node, ResId
from bisectops.kustomize.schema import BUILTIN, Schema

_FIELDS = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")

_GO_WORDS = {
    "missing )": "missing closing )",
    "missing ]": "missing closing ]",
    "no argument for repetition operator": "missing argument to repetition operator",
    "bad repetition operator": "invalid nested repetition operator",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
    "invalid named capture group": "invalid named capture",
    "trailing \\": "trailing backslash at end of expression",
}


class Pattern(Protocol):
    """The one question asked of a compiled expression."""

    def search(self, text: str) -> object: ...


def anchored(pattern: str) -> Pattern:
    """Compile an RE2 expression that must match the whole text, or fail in Go's words."""
    return compiled(f"^(?:{pattern})$")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Pattern:
    """Compile an RE2 expression, or fail in Go's words."""
    options = re2.Options()
    options.log_errors = False
    options.never_nl = False
    try:
        expression: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        raise BuildError(_in_go_words(error)) from None
    return expression


def _in_go_words(error: Exception) -> str:
    said = error.args[0]
    what, _, where = (said.decode() if isinstance(said, bytes) else str(said)).partition(": ")
    return f"error parsing regexp: {_GO_WORDS.get(what, what)}: `{where}`"


_LITERAL = re.compile(r"[A-Za-z0-9_/-]*")


def matches_whole(pattern: str, text: str) -> bool:
    """Whether an anchored expression matches; plain names are compared without compiling."""
    if _LITERAL.fullmatch(pattern):
        return pattern == text
    return anchored(pattern).search(text) is not None


def check(selector: Mapping[str, Node]) -> None:
    """Raise BuildError for an expression that Go would not compile, before anything is selected."""
    for field in _FIELDS[:5]:
        pattern = selector.get(field) or ""
        if not _LITERAL.fullmatch(pattern):
            anchored(pattern)


def selects(
    selector: Mapping[str, Node],
    ids: Sequence[ResId],
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    schema: Schema = BUILTIN,
) -> bool:
    """Whether a resource is selected: by its first (original) or last (current) name and namespace,
    its current group, version and kind, its labels and its annotations."""
    original, current = ids[0], ids[-1]
    gvk = current.gvk
    return (
        _either(
            selector.get("namespace"),
            schema.effective_namespace(original),
            schema.effective_namespace(current),
        )
        and _either(selector.get("name"), original.name, current.name)
        and _either(selector.get("group"), gvk.group, gvk.group)
        and _either(selector.get("version"), gvk.version, gvk.version)
        and _either(selector.get("kind"), gvk.kind, gvk.kind)
        and matches(selector.get("labelSelector") or "", labels)
        and matches(selector.get("annotationSelector") or "", annotations)
    )


def _either(pattern: str | None, one: str, other: str) -> bool:
    return not pattern or matches_whole(pattern, one) or (one != other and matches_whole(pattern, other))
