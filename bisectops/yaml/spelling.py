"""What a value's spelling leaves behind, where kustomize acts on it and the value alone does not tell.

Both are strings in all respects and equal to plain ones.
"""

from __future__ import annotations


class Blank(str):
    """A key with nothing behind it, as in `emptyDir:`.

    A strategic merge drops such a field and keeps one that says `null` (kyaml/yaml/merge2, VisitMap).
    In a flow mapping kustomize's own second read turns the nothing into the empty string.
    """

    __slots__ = ()


class Quoted(str):
    """A scalar in quotes or in a block: the quotes stay when a patch puts a number in its place.

    So the number becomes a string (FieldSetter in kyaml/yaml/fns.go keeps the style of what it replaces).
    """

    __slots__ = ()
