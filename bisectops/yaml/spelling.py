"""What a value's spelling leaves behind, where kustomize acts on it and the value alone does not tell.

All are equal to plain strings and numbers, and serve as such; nulls and booleans can have no such equals,
so the keys before them tell.
"""

from __future__ import annotations

from typing import TypeVar

_Value = TypeVar("_Value")


class Blank(str):
    """A key with nothing behind it, as in `emptyDir:`.

    A strategic merge drops such a field and keeps one that says `null` (kyaml/yaml/merge2, VisitMap).
    In a flow mapping kustomize's own second read turns the nothing into the empty string.
    """

    __slots__ = ()


class KeyOfOdd(str):
    """A key with a null or a boolean behind it in an unusual spelling: `~`, `True`.

    An annotation becomes the text that was written (RNode.GetAnnotations in kyaml/yaml/rnode.go).
    """

    spelling: str


def key_of(key: str, text: str) -> str:
    """A key that remembers how the null or the boolean behind it is written, if that is unusual."""
    if not text:
        return Blank(key)
    if text[0] not in "~NTF":
        return key
    marked = KeyOfOdd(key)
    marked.spelling = text
    return marked


class Quoted(str):
    """A scalar in quotes or in a block: the quotes stay when a patch puts a number in its place.

    So the number becomes a string (FieldSetter in kyaml/yaml/fns.go keeps the style of what it replaces).
    """

    __slots__ = ()


class SpeltInt(int):
    """An integer written otherwise than Python would: `0755`, `1_000`."""

    spelling: str


class SpeltFloat(float):
    """A float written otherwise than Python would: `1.10`. Put into a string, it keeps its zero."""

    spelling: str


class SpeltTime(str):
    """A plain timestamp: to all else it is the text that JSON has for the time."""

    spelling: str


def spelt(text: str, value: _Value) -> _Value | SpeltInt | SpeltFloat | SpeltTime:
    """A plain scalar's value that remembers how it was written, if that is unusual for a number or a time."""
    marked: SpeltInt | SpeltFloat | SpeltTime
    if value is None or isinstance(value, bool) or str(value) == text:
        return value
    if isinstance(value, int):
        marked = SpeltInt(value)
    elif isinstance(value, float):
        marked = SpeltFloat(value)
    elif isinstance(value, str):
        marked = SpeltTime(value)
    else:
        return value
    marked.spelling = text
    return marked
