"""Files that helmfile fills in before it reads them: what they say where nobody fills anything in."""

from __future__ import annotations

import re

from bisectops.errors import YamlError
from bisectops.kustomize.resource import Node
from bisectops.yaml.reader import documents

_ALONE = re.compile(rb"(?m)^[ \t]*\{\{[^\n]*\}\}[ \t\r]*(?:\n|\Z)")
"""A line of nothing but Go template: a condition, a loop, or text that is put in."""
_EXPRESSION = re.compile(rb"\{\{[^\n]*?\}\}")
_SOMETHING = b"${TEMPLATE}"
"""What stands for an expression's value: a variable, as Flux writes them."""


def documents_of_template(data: bytes) -> tuple[Node, ...]:
    """The documents of a file, with a variable for each expression of a Go template that is no YAML.

    None of what is no YAML even so.
    """
    for read in (data, _EXPRESSION.sub(_SOMETHING, _ALONE.sub(b"", data))):
        try:
            return documents(read)
        except YamlError:
            continue
    return ()
