"""YAML text without the secrets in it: what a report may quote.

A text is masked by its structure, not by its looks, and where it has none (it is no YAML) by the line;
in doubt something harmless is masked. Keys and line structure stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bisectops.yaml.outline import Part, outline

MASK = "***"

_CIPHERTEXT = re.compile(
    r"ENC\[[^\]]*(?:\]|\Z)"
    r"|AGE-SECRET-KEY-[0-9A-Z]+"
    r"|-----BEGIN [A-Z0-9 ]{0,20}(?:PRIVATE KEY|PGP MESSAGE|AGE ENCRYPTED FILE)[A-Z0-9 ]{0,20}-----"
    r"[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|\Z)"
)
_DOCUMENT_START = re.compile(r"^---", re.MULTILINE)
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)*")
_HEADER = re.compile(r"(?:[&!]\S*[ \t]+)*[|>][-+0-9]*")
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#(?! yaml-language-server:).*", re.MULTILINE)
_SUSPECT = re.compile(r"Secret|secret|stringData|\bsops\b|/data\b|\\")
_QUOTED_SECRET = re.compile(r"kind\W{1,6}Secret\b|stringData\W*:|path\W{1,6}/(?:data|stringData)\b")
_ENTRY = re.compile(r"(\s*(?:- +)*(?:\"[^\"]*\"\s*|'[^']*'\s*|[^\s#:\"'-][^:\"']*):)(?:\s.*)?")
_HARMLESS = re.compile(r"(?:apiVersion|kind):[\w \t./]*|---[ \t]*")
_SECRET_FIELDS = ("data", "stringData")
_SOPS_FIELDS = frozenset(("mac", "lastmodified", "encrypted_regex", "age", "pgp", "kms", "version"))
_NESTED = 3
_MERGED = 1000
"""Mappings that one may merge in: longer chains are attacks, and answered in bounded time."""


def masked(text: str) -> str:
    """The same text with every secret value as ***: ciphertext, data of Secrets, bodies of `sops`.

    >>> print(masked("kind: Secret\\nstringData:\\n  password: hunter2\\n"), end="")
    kind: Secret
    stringData:
      password: ***
    """
    return _masked(text, _NESTED)


def _masked(text: str, nested: int) -> str:
    starts = [0, *(match.start() for match in _DOCUMENT_START.finditer(text) if match.start())]
    ends = [*starts[1:], len(text)]
    text = "".join(_document(text[start:end], nested) for start, end in zip(starts, ends, strict=True))
    return _CIPHERTEXT.sub(lambda match: MASK + "\n" * match[0].count("\n"), text)


def _document(text: str, nested: int) -> str:
    if not _SUSPECT.search(text):
        return text
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    found = outline(text)
    if not found.is_whole:
        return mark + _by_line(text)
    keys: list[Part] = []
    values: list[Part] = []
    secrets: dict[int, Part] = {}
    edits: list[tuple[int, int, str]] = []
    for document in found.documents:
        _sort_out(document, keys, values)
        secrets |= {id(part): part for part in _secrets(document)}
        edits += [_literal(part, text) for part in _literals(document)]
    edits += [_hidden(part, text) for part in secrets.values()]
    edits += [edit for part in values if id(part) not in secrets and (edit := _within(part, text, nested))]
    return mark + _edited(text, edits, [*keys, *values], comments=bool(secrets))


def _edited(text: str, edits: list[tuple[int, int, str]], scalars: list[Part], *, comments: bool) -> str:
    """The text with its edits made; the comments around a secret's scalars may quote it, so they go too."""
    pieces: list[str] = []
    position = 0
    spans = {(part.start, part.end): text[part.start : part.end] for part in scalars}
    spans |= {(start, end): new for start, end, new in edits}
    for (start, end), new in sorted(spans.items()):
        if start < position:
            continue
        between = text[position:start]
        pieces += [_COMMENT.sub("# " + MASK, between) if comments else between, new]
        position = end
    rest = text[position:]
    return "".join((*pieces, _COMMENT.sub("# " + MASK, rest) if comments else rest))


def _hidden(part: Part, text: str) -> tuple[int, int, str]:
    source = text[part.start : part.end]
    if part.style in ("|", ">"):
        header = _HEADER.match(source)
        first, *lines = source.split("\n")
        lines = [re.sub(r"\S.*", MASK, line) for line in lines]
        return part.start, part.end, "\n".join((header[0] if header else first[:1], *lines))
    properties = _PROPERTIES.match(source)
    kept = properties[0] if properties else ""
    return part.start, part.end, kept + MASK + "\n" * source.count("\n")


def _literal(part: Part, text: str) -> tuple[int, int, str]:
    """`name=value` of a secretGenerator, without the value."""
    source = text[part.start : part.end]
    name, equals, _ = source.partition("=")
    if not equals or "\n" in source:
        return _hidden(part, text)
    quote = source[0] if source[0] in "'\"" else ""
    return part.start, part.end, f"{name}={MASK}{quote}"


def _within(part: Part, text: str, nested: int) -> tuple[int, int, str] | None:
    """An edit of a scalar that is no secret itself but may quote one: a patch, a manifest as JSON."""
    if not _SUSPECT.search(part.value or ""):
        return None
    if part.style not in ("|", ">") or not nested:
        return _hidden(part, text) if _QUOTED_SECRET.search(part.value or "") else None
    header, newline, body = text[part.start : part.end].partition("\n")
    lines = body.split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    inner = _masked("\n".join(line[margin:] for line in lines), nested - 1)
    lines = [" " * margin + line if line else line for line in inner.split("\n")]
    return part.start, part.end, header + newline + "\n".join(lines)


def _sort_out(root: Part, keys: list[Part], values: list[Part]) -> None:
    """Every scalar of a document: those that are keys, those that are not."""
    stack = [(root, values)]
    while stack:
        part, kin = stack.pop()
        if part.value is not None:
            kin.append(part)
        stack += ((item, values) for item in part.items or ())
        for key, value in part.entries or ():
            stack += ((key, keys), (value, values))


def _secrets(root: Part) -> Iterator[Part]:
    """The scalars of a document that are secret: keys stay, values go, wherever an alias leads."""
    stack = [root]
    seen: set[int] = set()
    while stack:
        part = stack.pop()
        stack += part.items or ()
        stack += (side for entry in part.entries or () for side in entry)
        for value in _secret_values(part):
            yield from _leaves(value, seen)


def _leaves(part: Part, seen: set[int]) -> Iterator[Part]:
    stack = [part]
    while stack:
        part = stack.pop().resolved()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if part.value:
            yield part
        stack += part.items or ()
        stack += (value for _, value in part.entries or ())


def _secret_values(part: Part) -> Iterator[Part]:
    if not part.entries:
        return
    fields = list(_fields(part))
    if any(key == "kind" and (value.value or "").startswith("Secret") for key, value in fields):
        yield from (value for key, value in fields if key in _SECRET_FIELDS)
    if any(key == "path" and _is_data_path(value.value) for key, value in fields):
        yield from (value for key, value in fields if key == "value")
    for key, value in fields:
        if key == "stringData" or (key == "sops" and any(name in _SOPS_FIELDS for name, _ in _fields(value))):
            yield value


def _is_data_path(path: str | None) -> bool:
    return path is not None and re.match(r"/(?:data|stringData)(?:/|\Z)", path) is not None


def _literals(kustomization: Part) -> Iterator[Part]:
    for field, generators in _fields(kustomization):
        if field == "secretGenerator":
            for generator in generators.items or ():
                for key, literals in _fields(generator):
                    yield from _leaves(literals, set()) if key == "literals" else ()


def _fields(part: Part) -> Iterator[tuple[str, Part]]:
    """A mapping's fields with their values, aliases followed, those of `<<` included."""
    seen: set[int] = set()
    stack = [part.resolved()]
    while stack and len(seen) < _MERGED:
        part = stack.pop().resolved()
        if id(part) in seen:
            continue
        seen.add(id(part))
        stack += part.items or () if part.items and len(seen) > 1 else ()
        for key, value in part.entries or ():
            name = key.resolved().value
            if name == "<<":
                stack.append(value)
            elif name is not None:
                yield name, value.resolved()


def _by_line(text: str) -> str:
    """A text that is no YAML: of each line only a key stays, but for what names an object."""
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    if not line.strip() or _HARMLESS.fullmatch(line):
        return line
    entry = _ENTRY.fullmatch(line)
    if entry is None:
        return re.sub(r"\S.*", MASK, line)
    return line if entry[1] == line.rstrip() else f"{entry[1]} {MASK}"
