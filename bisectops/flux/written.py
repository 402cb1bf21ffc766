"""What a string becomes when its text is substituted in place, where the string alone proves it.

Flux substitutes in an object's text. A scalar of ordinary characters is found in that text as it is, plain,
in single quotes or as a literal block, and reads back alike; whatever is rarer must be written and read.
"""

from __future__ import annotations

import re

from bisectops.kustomize.resource import Node
from bisectops.yaml.quoting import flat, is_block
from bisectops.yaml.reader import yaml_1_1

_ORDINARY = re.compile(r"[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufdcf]*")
_VALUE = re.compile(r"[A-Za-z0-9_.+:~-]+")
_FOLDED_FROM = 40


class Unproven(Exception):
    """One scalar alone does not tell what the whole text would become."""


def reread(before: str, after: str) -> Node:
    """The value that stands where `before` was substituted to `after`; raises Unproven."""
    if not (_ORDINARY.fullmatch(before) and _ORDINARY.fullmatch(after)):
        raise Unproven
    if is_block(before):
        return _block(before, after)
    if len(before) > _FOLDED_FROM and ("  " in before or "  " in after or after != after.strip()):
        raise Unproven  # the writer may have broken the line just there
    written = flat(before)
    if written == before:
        return _plain(after)
    if written == f"'{before}'" and not set("'\n") & set(after):
        return after
    raise Unproven


def _plain(after: str) -> Node:
    if flat(after) == after:
        return after
    if _VALUE.fullmatch(after) and not after.endswith(":") and after.strip("-."):
        return yaml_1_1(after)
    raise Unproven


def _block(before: str, after: str) -> str:
    """A literal block that begins, ends and is indented as before."""
    lines = after.removesuffix("\n").split("\n")
    same_end = before.endswith("\n") == after.endswith("\n") and not after.endswith("\n\n")
    blank = any(line.isspace() for line in lines) or not lines[-1]
    if blank or not same_end or before[0] in " \n" or after[0] in " \n":
        raise Unproven
    return after
