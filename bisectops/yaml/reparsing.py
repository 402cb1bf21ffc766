"""A text that is parsed only where it differs from an older one; all else is shared with that one's trees.

A block mapping is cut before each line that begins one of its entries. The cuts of the older text are
true where they tell the keys that its tree has: an entry of a block mapping begins its own line, all in
the same column. What stands between the first and the last of its pieces that the new text has as well
means what it means by itself, if another entry may follow it; so that alone is parsed, with an entry
behind it. Where it is one entry with a block mapping in it, the same is done within.
Anchors and merges reach beyond their piece: a text is parsed as a whole where one comes or goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bisectops.yaml.composer import Composer, Node, Refused

_HEAD = re.compile(rb"(?: *(?:#[ -~]*)?\n)*(?:--- *(?:#[ -~]*)?\n(?: *(?:#[ -~]*)?\n)*)?")
"""What comes before anything is said."""
_ASIDE = re.compile(rb"(?: *(?:#[ -~]*)?\n)*")
_ENTRY = re.compile(rb"([A-Za-z_][\w./-]*):(?: [^\n]*)?\n")
_OPEN = re.compile(rb"( *[A-Za-z_][\w./-]*):(?: +#[ -~]*)?\n")
"""An entry's line whose value begins on a later one."""
_ANCHOR = re.compile(rb"[\s\[{,:?-]&")
_BEHIND = "behind-all-others"


def reparsed(trees: Sequence[Node], old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Node, ...] | None:
    """The trees of documents' texts, told from those of older texts; None where only parsing can tell.

    Texts that hold nothing count as no document.
    """
    was, now = list(filter(_says, old)), list(filter(_says, new))
    if not len(was) == len(now) == len(trees):
        return None
    made: list[Node] = []
    for tree, before, after in zip(trees, was, now, strict=True):
        made.append(tree if before == after else _document(tree, before, after))
        if made[-1] is None:
            return None
    return tuple(made)


def _says(text: bytes) -> bool:
    head = _HEAD.match(text)
    return head is None or head.end() < len(text)


def _document(tree: Node, old: bytes, new: bytes) -> Node | None:
    head, its = _HEAD.match(old), _HEAD.match(new)
    if head is None or its is None or not new.endswith(b"\n"):
        return None
    return _mapping(tree, old[head.end() :], new[its.end() :], -1, 0)


def _mapping(tree: Node, old: bytes, new: bytes, above: int, depth: int) -> dict[str, Node] | None:
    """A block mapping's tree, from its older text and tree; `above` is the column of what holds it."""
    old, new = _without_aside(old), _without_aside(new)
    column = len(old) - len(old.lstrip(b" "))
    pieces = _cut(old, column) if column > above and type(tree) is dict else None
    if pieces is None or [key for key, _ in pieces] != list(tree):
        return None
    first, last, start, end = _unlike([piece for _, piece in pieces], new, column)
    entries = list(tree.items())
    was, now = b"".join(piece for _, piece in pieces[first:last]), new[start:end]
    changed = _within(entries[first], was, now, column, depth) if last - first == 1 else None
    if changed is None:
        changed = _parsed(was, now, column, depth)
    if changed is None:
        return None
    entries[first:last] = changed
    made = dict(entries)
    return made if len(made) == len(entries) > 0 else None


def _without_aside(text: bytes) -> bytes:
    """A text from where it says something."""
    aside = _ASIDE.match(text)
    return text[aside.end() :] if aside else text


def _cut(text: bytes, column: int) -> list[tuple[str, bytes]] | None:
    """A block mapping's text cut before its entries, with their keys; None for what is no such text."""
    starts = [0]
    for line in _lines(column).finditer(text):
        if line.end() - line.start() <= column:
            return None
        starts.append(line.start() + 1)
    pieces = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        entry = _ENTRY.match(text, start + column)
        if entry is None:
            return None
        pieces.append((entry[1].decode(), text[start:end]))
    return pieces


@lru_cache(maxsize=64)
def _lines(column: int) -> re.Pattern[bytes]:
    """Finds the lines that begin in a column or before it, but for comments and those that hold nothing."""
    return re.compile(rb"\n {0,%d}+(?=[^ #\n])" % column)


def _unlike(pieces: Sequence[bytes], new: bytes, column: int) -> tuple[int, int, int, int]:
    """Between which pieces a new text is another, and from where to where; it begins with an entry there."""
    first, last, start, end = 0, len(pieces), 0, len(new)
    while first < last and new.startswith(pieces[first], start):
        start += len(pieces[first])
        first += 1
    while last > first and new.endswith(pieces[last - 1], start, end):
        before = end - len(pieces[last - 1])
        if before > start and new[before - 1 : before] != b"\n":
            break
        last, end = last - 1, before
    if first and start < end and not _begins(new, start, column):
        first -= 1  # what follows belongs to it
        start -= len(pieces[first])
    return first, last, start, end


def _begins(text: bytes, start: int, column: int) -> bool:
    """Does an entry begin here, in this column?"""
    return text.startswith(b" " * column, start) and _ENTRY.match(text, start + column) is not None


def _within(
    entry: tuple[str, Node], old: bytes, new: bytes, column: int, depth: int
) -> list[tuple[str, Node]] | None:
    """An entry in whose block mapping something is another; None where that may not be all."""
    head, its = _OPEN.match(old), _OPEN.match(new)
    if head is None or its is None or head[1] != its[1]:
        return None
    made = _mapping(entry[1], old[head.end() :], new[its.end() :], column, depth + 1)
    return None if made is None else [(entry[0], made)]


def _parsed(old: bytes, new: bytes, column: int, depth: int) -> list[tuple[str, Node]] | None:
    """What entries of a block mapping say by themselves; None where another could not follow them."""
    if _ANCHOR.search(old) or _ANCHOR.search(new) or b"<<" in new:
        return None
    if not new:
        return []
    if not _begins(new, 0, column):
        return None
    composer = Composer(b"%s%s%s: 1\n" % (new, b" " * column, _BEHIND.encode()))
    composer.depth = depth
    try:
        tree = composer.document()
    except Refused:
        return None
    if type(tree) is not dict or tree.pop(_BEHIND, None) != 1:
        return None
    return list(tree.items())
