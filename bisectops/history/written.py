"""What a commit wrote: the fields of YAML objects, and the words, on the lines that it changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from bisectops.git.objects import RepoPath
from bisectops.rules.finding import Finding
from bisectops.yaml.outline import Part, outline

_YAML = (".yaml", ".yml", ".json")
_DEEPEST = 3
"""Texts within texts that are read, as a patch that a kustomization holds is one."""


class Field(NamedTuple):
    """A scalar with its place."""

    path: tuple[str, ...]
    """The keys that lead to it from its object; of a JSON 6902 operation, what its pointer says."""
    value: str
    owner: str
    """metadata.name of the object; empty where it has none."""
    beside: str
    """The `name` next to it; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on lines that were taken away or brought."""

    fields: frozenset[Field]
    texts: frozenset[str]
    """The scalars, and the lines of files that are no YAML."""

    def speaks_of(self, name: str) -> bool:
        """Does a text hold a whole name?"""
        whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        return bool(name) and any(map(whole.search, self.texts))

    def places(self, finding: Finding) -> bool:
        """Is it written here what a failing object is called, or in which namespace it looks?"""
        return any(_places(each, finding) for each in self.fields)


def _places(field: Field, finding: Finding) -> bool:
    subject, missed = finding.subject.name, finding.reference
    match field.path[-2:]:
        case ("metadata", "name"):
            return field.value == subject
        case ("metadata", "namespace"):
            mine = field.owner == subject
            return mine or (field.owner in ("", missed.name) and field.value == missed.namespace)
        case ("namespace",) | ("spec", "targetNamespace"):
            return field.value == missed.namespace
        case (_, "namespace"):
            return field.value == missed.namespace and field.beside in (subject, missed.name)
    return False


def written(path: RepoPath, old: bytes, new: bytes) -> Written:
    """What differs between two versions of a file."""
    fields: set[Field] = set()
    texts: set[str] = set()
    before, after = (side.decode("utf-8", "replace") for side in (old, new))
    gone, come = _changed(before.split("\n"), after.split("\n"))
    for text, changed in ((before, gone), (after, come)):
        if not path.endswith(_YAML):
            lines = text.split("\n")
            texts.update(lines[number] for number in changed)
            continue
        for field, line in _fields(text):
            if line in changed:
                fields.add(field)
                texts.update((field.value, *field.path[-1:]))
    return Written(frozenset(fields), frozenset(texts))


def _changed(old: list[str], new: list[str]) -> tuple[set[int], set[int]]:
    """The zero-based numbers of the lines that went, and of those that came."""
    gone, come = set[int](), set[int]()
    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            gone.update(range(a, b))
            come.update(range(c, d))
    return gone, come


def _fields(text: str, depth: int = 0) -> Iterator[tuple[Field, int]]:
    """Every scalar with its line, as far as a text is YAML."""
    for document in outline(text).documents:
        yield from _within(document, (), "", "", depth)


def _within(
    part: Part, path: tuple[str, ...], owner: str, beside: str, depth: int
) -> Iterator[tuple[Field, int]]:
    if part.value is not None:
        if part.style == "|" and depth < _DEEPEST:
            inner = list(_fields(part.value, depth + 1))
            yield from ((field, part.line + 1 + line) for field, line in inner)
            for number, line in enumerate(part.value.split("\n")):
                yield Field(path, line, owner, beside), part.line + 1 + number
        else:
            yield Field(path, part.value, owner, beside), part.line
    for item in part.items or ():
        yield from _within(item, path, owner, beside, depth)
    if part.entries is None:
        return
    name = _scalar(_entry(part, "metadata"), "name")
    if name:
        path, owner = (), name
    beside = _scalar(part, "name")
    pointer = _scalar(part, "path")
    for key, value in part.entries:
        here = (*path, key.value or "")
        if key.value == "value" and pointer.startswith("/"):
            here, owner = tuple(pointer.split("/")[1:]), ""
        yield from _within(value, here, owner, beside, depth)


def _entry(part: Part | None, key: str) -> Part | None:
    return next((value for each, value in (part.entries or ()) if each.value == key), None) if part else None


def _scalar(part: Part | None, key: str) -> str:
    found = _entry(part, key)
    return (found.value or "") if found else ""
