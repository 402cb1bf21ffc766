"""A text that is another one but for a few values: its trees are the other's but for these.

Half of all commits to a Flux repository put another version into one line of a file. A line tells the
value and not where in the tree it goes; but what is written once in a text, and stands once in its trees,
is the same there and here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bisectops.yaml.composer import Node, finite
from bisectops.yaml.scalars import HINTS, Scalar, resolve
from bisectops.yaml.spelling import Quoted, spelt

_LINE = re.compile(rb"([ -]*([A-Za-z][\w./-]*): +([\"']?))([A-Za-z0-9][\w./@:+-]{0,198}\w)\3(?: +#[ -~]*)?")
"""A key with a value that means the same wherever YAML lets a scalar stand."""
_HEAD = re.compile(rb"(?: *(?:#[ -~]*)?\n)*(?:--- *(?:#[ -~]*)?\n(?: *(?:#[ -~]*)?\n)*)?")
"""What comes before a text says anything: comments, and where its first document begins."""
_HIDING = (*(b"\\" + each for each in (b"x", b"u", b"U", b"/", b"\r", b"\n")), b"!!", b"!<", b"\n%")
"""By these a text may have values that are not written in it as they are."""
_REVISED = 8
"""Lines that may differ."""


class _Edit(NamedTuple):
    """A value that was put in another's place, as a text has them and as its trees do."""

    key: str
    text: bytes
    old: Scalar
    new: Scalar


def revised(trees: Sequence[Node], old: bytes, new: bytes) -> tuple[Node, ...] | None:
    """The documents of a text, told from those of an older version; None where only parsing can tell."""
    old, new = _body(old), _body(new)
    if old == new:
        return tuple(trees)
    if old.startswith(b"%") or any(hiding in old for hiding in _HIDING):
        return None
    was, now = old.split(b"\n"), new.split(b"\n")
    if len(was) != len(now):
        return None
    lines = [(before, after) for before, after in zip(was, now, strict=True) if before != after]
    if not 0 < len(lines) <= _REVISED:
        return None
    made = list(trees)
    for before, after in lines:
        edit = _edit(before, after)
        if edit is None or old.count(edit.text) != 1:
            return None
        hits: list[Scalar] = []
        made = _with(made, edit, hits)
        if len(hits) != 1:
            return None
    return tuple(made)


def _body(text: bytes) -> bytes:
    """A text but for what comes before it says anything."""
    head = _HEAD.match(text)
    body = text[head.end() :] if head else text
    return text if body.startswith(b"%") else body


def _edit(before: bytes, after: bytes) -> _Edit | None:
    was, now = _LINE.fullmatch(before), _LINE.fullmatch(after)
    if was is None or now is None or was[1] != now[1]:
        return None
    old, new = _read(was[4].decode(), quoted=bool(was[3])), _read(now[4].decode(), quoted=bool(now[3]))
    if any(value is None or isinstance(value, bool) for value in (old, new)):
        return None  # the key before it would tell that too
    return _Edit(was[2].decode(), was[4], old, new)


def _read(text: str, *, quoted: bool) -> Scalar:
    """What the composer makes of it."""
    if quoted:
        return Quoted(text)
    return spelt(text, finite(resolve(text))) if text[0] in HINTS else text


def _with(node: Node, edit: _Edit, hits: list[Scalar]) -> Node:
    """A tree with an edit made, all else shared with the old one; `hits` tells how often."""
    if type(node) is list:
        items = [_with(item, edit, hits) if type(item) in (dict, list) else item for item in node]
        return items if any(map(_differs, items, node)) else node
    changed: dict[str, Node] = {}
    for key, child in node.items():
        if type(child) in (dict, list):
            made = _with(child, edit, hits)
            if made is not child:
                changed[key] = made
        elif key == edit.key and _is(child, edit.old):
            hits.append(child)
            changed[key] = edit.new
    return {**node, **changed} if changed else node


def _differs(one: Node, other: Node) -> bool:
    return one is not other


def _is(node: Scalar, wanted: Scalar) -> bool:
    """Equal, and written alike."""
    spelling = getattr(wanted, "spelling", None)
    return type(node) is type(wanted) and node == wanted and getattr(node, "spelling", None) == spelling
