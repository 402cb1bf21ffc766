"""Who wrote a field of an object: its own file, a patch of a kustomization, or a ks's spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bisectops.errors import YamlError
from bisectops.flux.applied import Applied
from bisectops.flux.kinds import ObjectId
from bisectops.flux.overlay import KUSTOMIZATION_FILES
from bisectops.git.objects import EntryKind, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize.resource import Node, Shaping
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import mapping, mappings, sequence, text, value
from bisectops.yaml.reader import documents

_OF_SPEC = {
    "namespace": "targetNamespace",
    "prefix": "namePrefix",
    "suffix": "nameSuffix",
    "images": "images",
}


class Writer(NamedTuple):
    """A place that wrote something of an object."""

    what: str
    """The field that did it: `patches[0]`, `namespace`; empty for the object's own text."""
    path: RepoPath
    document: int
    pointer: tuple[str | int, ...]
    by: ObjectId | None
    """The ks in whose spec the field stands; None for a kustomization file's."""
    wrote: tuple[Node, ...]
    """The content of the patch, or of the object itself."""


class Attribution:
    """Answers for the objects of one cluster at one commit."""

    def __init__(self, scene: Scene, snapshot: Snapshot) -> None:
        self._scene = scene
        self._snapshot = snapshot

    def writers(self, applied: Applied) -> Iterator[Writer]:
        """The object's own text, then all that shaped it, in order."""
        own = self._documents(applied.origin.path)
        here = own[applied.origin.document : applied.origin.document + 1]
        yield Writer("", applied.origin.path, applied.origin.document, (), None, tuple(here))
        for shaping in applied.shaped_by:
            yield self._writer(applied, shaping)

    def decides(self, applied: Applied, *field: str) -> Writer | None:
        """The last that wrote a field; None where nothing that git shows did."""
        found = [writer for writer in self.writers(applied) if any(_mentions(w, field) for w in writer.wrote)]
        return found[-1] if found else None

    def _writer(self, applied: Applied, shaping: Shaping) -> Writer:
        shaping = shaping._replace(path=self._written(shaping.path))
        kustomization = next(iter(self._documents(shaping.path)), None)
        own = sequence(kustomization, shaping.what) if isinstance(kustomization, dict) else ()
        ks = self._scene.cluster.objects.get(applied.applied_by)
        if ks is not None and parent(shaping.path) == self._scene.cluster.folder_of(ks.id):
            spec = mapping(ks.content, "spec")
            added = sequence(spec, shaping.what)
            position = shaping.position - len(own)
            if 0 <= position < len(added):
                content = self._contents(added[position], RepoPath(""))
                return self._of_ks(ks, shaping.what, position, content)
            field = _OF_SPEC.get(shaping.what)
            if field is not None and field in spec:
                return self._of_ks(ks, field, None, ())
        named = shaping.what in mapping(kustomization)
        pointer = (shaping.what, shaping.position) if own else (shaping.what,) if named else ()
        entry = own[shaping.position] if shaping.position < len(own) else None
        content = self._contents(entry, parent(shaping.path))
        what = f"{shaping.what}[{shaping.position}]" if own else shaping.what
        return Writer(what, shaping.path, 0, pointer, None, content)

    def _of_ks(self, ks: Applied, field: str, position: int | None, content: tuple[Node, ...]) -> Writer:
        """A field of a ks's spec; a patch of its own may have written that in turn."""
        pointer: tuple[str | int, ...] = ("spec", field) if position is None else ("spec", field, position)
        what = f"spec.{field}" if position is None else f"spec.{field}[{position}]"
        return Writer(what, ks.origin.path, ks.origin.document, pointer, ks.id, content)

    def _written(self, path: RepoPath) -> RepoPath:
        """A kustomization file by the name that it really has: Flux always writes the first."""
        names = (repo_path(name, base=parent(path)) for name in KUSTOMIZATION_FILES)
        return next((name for name in names if self._snapshot.entry(name) is not None), path)

    def _contents(self, entry: Node, folder: RepoPath) -> tuple[Node, ...]:
        """What a patch says: an entry of `patches`, with its text or its file."""
        if isinstance(entry, str):
            return self._read(entry, folder)
        if inline := text(entry, "patch"):
            return _parsed(inline.encode("utf-8", "surrogateescape"))
        if path := text(entry, "path"):
            return self._read(path, folder)
        return (entry,) if isinstance(entry, Mapping) else ()

    def _read(self, path: str, folder: RepoPath) -> tuple[Node, ...]:
        if "\n" in path:
            return _parsed(path.encode("utf-8", "surrogateescape"))
        try:
            return self._documents(repo_path(path, base=folder))
        except PathEscapes:
            return ()

    def _documents(self, path: RepoPath) -> tuple[Node, ...]:
        entry = self._snapshot.entry(path) if path else None
        return _parsed(self._snapshot.read(path)) if entry and entry.kind is EntryKind.BLOB else ()


def _parsed(data: bytes) -> tuple[Node, ...]:
    """The documents of a text; none where it cannot be read: the build that uses it says so."""
    try:
        return tuple(documents(data))
    except YamlError:
        return ()


def _mentions(tree: Node, field: tuple[str, ...]) -> bool:
    """Does a patch, or an object, write a field or something in it?"""
    if isinstance(tree, list):
        pointer = "/" + "/".join(field)
        paths = [text(operation, "path") or "" for operation in mappings(tree)]
        return any(f"{path}/".startswith(f"{pointer}/") or pointer.startswith(f"{path}/") for path in paths)
    return value(tree, *field) is not None
