"""Lines and excerpts: where in a file a field was written, and the text that wrote it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import lru_cache

import ruamel.yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bisectops.errors import YamlError
from bisectops.yaml.composer import Composer, Node, Refused
from bisectops.yaml.masking import masked
from bisectops.yaml.outline import Part, outline
from bisectops.yaml.reader import chunks

__all__ = ["excerpt", "locate", "masked"]

_RUAMEL_LIMIT = 128 << 10
"""Longer documents are located by event marks: ruamel.yaml takes seconds where those take milliseconds."""


def locate(data: bytes, document: int, pointer: Sequence[str | int]) -> int:
    """The one-based line of a field, or of its nearest ancestor that is written in the file.

    Documents count as `documents()` counts them. A field that an alias or `<<` brings in is on the
    line where the anchor has it. 1 where the file cannot be read at all.
    """
    found = _document(data, document)
    if found is None:
        return 1
    offset, text = found
    line = _by_ruamel(text, pointer)
    if line is None:
        line = _by_marks(text, pointer)
    return offset + line + 1


def excerpt(data: bytes, document: int, pointer: Sequence[str | int], *, limit: int = 0) -> str:
    """The source text of a field, secrets masked: its comments and inner indentation kept, dedented.

    Comments directly above belong to it. With a limit, only so many lines and a `# …` after them.
    """
    found = _document(data, document)
    if found is None:
        return ""
    offset, text = found
    lines = _masked_lines(data)[offset:]
    whole = outline(text)
    if not whole.documents:
        return ""
    first, last = _span(_path(whole.documents[0], pointer), lines)
    block = lines[first : last + 1]
    if limit and len(block) > limit:
        block = [*block[:limit], block[limit - 1][: _indent(block[limit - 1])] + "# …"]
    return _dedented(block)


def _document(data: bytes, document: int) -> tuple[int, str] | None:
    """A document's text and the zero-based line of the file on which it starts."""
    try:
        texts = list(chunks(data))
    except YamlError:
        return None
    count = -1
    for line, text in texts:
        count += not _is_empty(text)
        if count == document:
            return line, text.decode("utf-8", "replace").removeprefix("\ufeff")
    return None


def _is_empty(text: bytes) -> bool:
    try:
        tree: Node = Composer(text).document()
    except Refused:
        return False
    return not tree and tree not in (0, False, "")


def _masked_lines(data: bytes) -> list[str]:
    return masked(data.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")).split("\n")


def _by_ruamel(text: str, pointer: Sequence[str | int]) -> int | None:
    """The zero-based line as ruamel.yaml has it; None where it refuses the text."""
    tree = _loaded(text)
    return None if tree is _REFUSED else _walk(tree, pointer)


_REFUSED = object()


@lru_cache(maxsize=64)
def _loaded(text: str) -> Node:
    """The first document with its lines, or _REFUSED: the same few files are asked about again and again."""
    if len(text) > _RUAMEL_LIMIT or not _is_bounded(text):
        return _REFUSED
    loader = ruamel.yaml.YAML(typ="rt")
    loader.allow_duplicate_keys = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return next(iter(loader.load_all(text)))
    except (ruamel.yaml.error.YAMLError, StopIteration, ValueError, TypeError, AttributeError):
        return _REFUSED


def _is_bounded(text: str) -> bool:
    try:
        Composer(text.encode("utf-8", "replace")).document()
    except Refused:
        return False
    return True


def _walk(tree: Node, pointer: Sequence[str | int]) -> int:
    line = tree.lc.line if isinstance(tree, CommentedMap | CommentedSeq) else 0
    for step in pointer:
        if isinstance(tree, CommentedMap):
            key = next((key for key in tree if str(key) == str(step)), None)
            if key is None:
                break
            if key in (tree.lc.data or {}):
                line = tree.lc.key(key)[0]
        elif isinstance(tree, CommentedSeq) and isinstance(step, int) and 0 <= step < len(tree):
            key = step
            line = tree.lc.item(step)[0]
        else:
            break
        tree = tree[key]
    return int(line)


def _by_marks(text: str, pointer: Sequence[str | int]) -> int:
    whole = outline(text)
    if not whole.documents:
        return 0
    return _path(whole.documents[0], pointer)[0].line


def _path(root: Part, pointer: Sequence[str | int]) -> tuple[Part, Part]:
    """The key (or the item) and the value at a pointer, or at its nearest ancestor."""
    head = part = root
    for step in pointer:
        found = _child(part.resolved(), step)
        if found is None:
            break
        head, part = found
    return head, part


def _child(part: Part, step: str | int) -> tuple[Part, Part] | None:
    if part.items is not None:
        inside = isinstance(step, int) and 0 <= step < len(part.items)
        return (part.items[int(step)],) * 2 if inside else None
    for key, value in part.entries or ():
        if key.value == str(step):
            return key, value
    merges = (value.resolved() for key, value in part.entries or () if key.value == "<<")
    for merged_in in merges:
        for source in merged_in.items or (merged_in,):
            if source.resolved() is not part and (found := _child(source.resolved(), step)):
                return found
    return None


def _span(found: tuple[Part, Part], lines: list[str]) -> tuple[int, int]:
    """The lines of a field, the comments directly above it included, blank lines at its end not."""
    head, part = found
    first, last = head.line, max(head.last, part.last)
    indent = _indent(lines[first])
    while first and lines[first - 1].lstrip().startswith("#") and _indent(lines[first - 1]) == indent:
        first -= 1
    while last > head.line and not lines[last].strip():
        last -= 1
    return first, last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(lines: list[str]) -> str:
    margin = min((_indent(line) for line in lines if line.strip()), default=0)
    return "".join(f"{line[margin:].rstrip()}\n" for line in lines)
