"""Text becomes trees as kustomize v5.5.0 reads it.

Resources go through kyaml (kio/byteio_reader.go) and sigs.k8s.io/yaml's goyaml.v3; kustomization files
and JSON 6902 patches through its goyaml.v2. Both are ports of libyaml, so the events come from libyaml
itself and only the composition is ours.

The choice was measured on 1,500 YAML blobs of real Flux histories (median 1.1 KB), in milliseconds for
the median blob: libyaml's bare events 0.06, this reader 0.11, PyYAML's CSafeLoader 0.19, ruamel.yaml's
C loader 3. The loaders also read otherwise (yes, 0755, `<<`, an anchor given twice), and a faster
parser for a subset of YAML could save no more than those events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bisectops.errors import YamlError
from bisectops.memo import Bounded
from bisectops.yaml.bundles import Bundles
from bisectops.yaml.composer import MAX_NODES, Composer, Malformed, Node, Refused
from bisectops.yaml.composer_1_1 import OldComposer
from bisectops.yaml.reparsing import reparsed
from bisectops.yaml.revision import revised

MAX_BYTES = 16 << 20
_SMALL, _KEPT = 16 << 10, 1024
"""Bytes of the files that are remembered, and how many are."""
_MAX_DOCUMENTS = 50_000
_MAX_NODES = 4 * MAX_NODES
"""Of one file, aliases expanded in all of its documents."""

_SEPARATOR = re.compile(rb"\n---.*\n")


def documents(data: bytes, *, where: str = "") -> tuple[Node, ...]:
    """The documents of a resource file; empty ones are dropped, Lists are left to the caller.

    Raises YamlError in kustomize's words, with the path given as `where` where kustomize adds it. What
    was read last is remembered: the same few files are asked about by one after the other.
    """
    known = _read.get(data)
    if known is None:
        known = _documents(data, where)
        if len(data) <= _SMALL:
            _read[data] = known
    return known


_read: Bounded[bytes, tuple[Node, ...]] = Bounded(_KEPT)
_bundles = Bundles()


def revise(old: bytes, new: bytes) -> None:
    """Remember what a text says, if it is another one with a few other values that was read lately."""
    known = _read.get(old)
    if known is not None and new not in _read and len(new) <= _SMALL:
        told = revised(known, old, new) or _reparsed(known, old, new)
        if told is not None:
            _read[new] = told


def _reparsed(known: tuple[Node, ...], old: bytes, new: bytes) -> tuple[Node, ...] | None:
    try:
        texts = [[text for _, text in chunks(data)] for data in (old, new)]
    except YamlError:
        return None
    return reparsed(known, *texts)


def _documents(data: bytes, where: str) -> tuple[Node, ...]:
    trees: list[Node] = []
    refused: Refused | None = None
    left = _MAX_NODES
    texts = [text for _, text in chunks(data, where=where)]
    known = _bundles.told(texts) if len(data) > _SMALL else []
    said: list[Node] = []
    for place, text in enumerate(texts):
        if known and known[place] is not None:
            trees.append(known[place])
            said.append(known[place])
            continue
        composer = Composer(text, min(left, MAX_NODES))
        left -= composer.left
        try:
            tree = composer.document()
        except Malformed as error:
            raise YamlError(
                f"MalformedYAMLError: yaml: {error}{f' in File: {where}' if where else ''}"
            ) from None
        except Refused as error:
            refused = refused or error
        else:
            if tree or tree in (0, False, ""):
                trees.append(tree)
            said.append(tree)
        left += composer.left
    if refused is not None:
        raise YamlError(str(refused))
    if len(data) > _SMALL:
        _bundles.keep(texts, said)
    return tuple(trees)


def chunks(data: bytes, *, where: str = "") -> Iterator[tuple[int, bytes]]:
    """Cut a file at its `---` lines as kyaml's splitDocuments does, before any YAML is parsed.

    Each text comes with the zero-based line of the file on which it starts.
    """
    if len(data) > MAX_BYTES:
        raise YamlError(_too_large(where))
    data = data.replace(b"\r\n", b"\n")
    start = line = 0
    for number, separator in enumerate(_SEPARATOR.finditer(data)):
        if number == _MAX_DOCUMENTS:
            raise YamlError(f"{where or 'the file'} has more than {_MAX_DOCUMENTS} documents and is not read")
        comment = separator[0][4:].strip()
        if comment and not comment.startswith(b"#"):
            raise YamlError(f"invalid document separator: {separator[0].decode(errors='replace').strip()}")
        yield line, data[start : separator.start() + 1]
        line += data.count(b"\n", start, separator.end())
        start = separator.end()
    yield line, data[start:]


def one(data: bytes, *, where: str = "") -> Node:
    """A kustomization file or JSON 6902 patch: its first document by YAML 1.1 rules, as JSON.

    sigs.k8s.io/yaml's YAMLToJSON: yes and no are booleans, keys that are numbers or booleans become
    strings, a duplicate key's last value wins, `<<` overrides the keys before it.
    """
    if len(data) > MAX_BYTES:
        raise YamlError(_too_large(where))
    try:
        return OldComposer(data).document()
    except Malformed as error:
        raise YamlError(f"yaml: {error}") from None
    except Refused as error:
        raise YamlError(str(error)) from None


def yaml_1_1(text: str) -> Node:
    """The second read of a resource after Flux's substitution (fluxcd/pkg kustomize_varsub.go)."""
    return one(text.encode("utf-8", "surrogateescape"))


def _too_large(where: str) -> str:
    return f"{where or 'the file'} is larger than {MAX_BYTES >> 20} MiB and is not read"
