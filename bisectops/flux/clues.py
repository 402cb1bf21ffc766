"""Where a repository speaks of Flux's own installation: found by bytes, remembered by Oid."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

from bisectops.flux.reach import KUSTOMIZATION_FILES
from bisectops.git.objects import ROOT, Change, Entry, EntryKind, Oid, RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.memo import Bounded, Identified

_SPOKEN_OF = {
    "ks": re.compile(rb"\n[\"']?apiVersion[\"']?:\s*[\"']?kustomize\.(?:toolkit\.)?fluxcd\.io/"),
    "source": re.compile(rb"\n[\"']?kind[\"']?:\s*[\"']?(?:GitRepository|Bucket)\b"),
    "instance": re.compile(rb"\bFluxInstance\b|\bflux-instance\b|\n\s*instance:"),
    "controller": re.compile(rb"--sops-age-secret=|flux-manifests|fluxcd/flux2/|\n# Flux [Vv]ersion:"),
}
_WORDS = {
    "ks": (b"kustomize.toolkit.fluxcd.io/", b"kustomize.fluxcd.io/"),
    "source": (b"GitRepository", b"Bucket"),
    "instance": (b"FluxInstance", b"flux-instance", b"instance:"),
    "controller": (b"--sops-age-secret=", b"flux-manifests", b"fluxcd/flux2/", b"# Flux "),
}
"""What must be in a file for the expression to match: most files are told by that alone."""
_SUFFIXES = (".yaml", ".yml", ".gotmpl")
BOOTSTRAPPED = "gotk-sync.yaml"
"""The file that `flux bootstrap` writes, and that stands empty in git where it is still to come."""
_LARGEST = 1 << 20
_DEEPEST = 100
_REMEMBERED = 6_000

_ASIDE = {
    "archived": ("archive", "archived", ".archive", "_archive", "archives", "deprecated", "attic", "unused"),
    "a template": ("template", "templates", ".template", "tmpl"),
    "documentation": ("docs", "doc", "examples", "example"),
    "a test": ("tests", "testdata", "e2e"),
}
_REASONS = {name: reason for reason, names in _ASIDE.items() for name in names}


@lru_cache(maxsize=8192)
def set_aside(path: RepoPath) -> str | None:
    """Why what lies here is no cluster's: "archived", "a template", …; None where it may be."""
    for part in path.lower().split("/"):
        if reason := _REASONS.get(part):
            return reason
        if part.startswith((".", "_archive")):
            return "archived" if "archive" in part else "a tool's folder"
    return "a template" if path.endswith((".j2", ".tmpl", ".tpl")) else None


class Clue(NamedTuple):
    """A file that may say something about roots; its path is known once it is listed."""

    path: RepoPath
    oid: Oid
    ks: bool = False
    source: bool = False
    instance: bool = False
    controller: bool = False
    kustomization: bool = False
    bootstrapped: bool = False


@dataclass(frozen=True, slots=True)
class Clues:
    """The clues beneath a folder; equal fingerprints mean equal clues at equal paths."""

    fingerprint: str
    files: tuple[tuple[str, Clue], ...] = ()
    folders: tuple[tuple[str, Clues], ...] = ()

    def found(self, prefix: str = "") -> tuple[Clue, ...]:
        """Every clue that says something itself, with its path from the folder on, in lexical order."""
        return _found.get((self,), prefix, partial(self._found, prefix))

    def _found(self, prefix: str) -> tuple[Clue, ...]:
        own = (
            clue._replace(path=RepoPath(prefix + name)) for name, clue in self.files if not clue.kustomization
        )
        beneath = (clue for name, below in self.folders for clue in below.found(f"{prefix}{name}/"))
        return (*own, *beneath)


_found: Identified[tuple[Clue, ...]] = Identified(2_000)
"""The clues beneath a folder, by what leads there."""


class ClueFinder:
    """Looks through snapshots; an unchanged folder or file is never looked at again."""

    def __init__(self) -> None:
        self._files: Bounded[Oid, Clue | None] = Bounded(_REMEMBERED)
        self._folders: Bounded[Oid, Clues] = Bounded(_REMEMBERED)

    def find(self, snapshot: Snapshot) -> Clues:
        """Every clue of a commit; equal fingerprints mean equal clues."""
        entry = snapshot.entry(ROOT)
        return self._folder(snapshot, entry, 0) if entry is not None else Clues("")

    def matters(self, snapshot: Snapshot, change: Change) -> bool:
        """Is a path that differs in a snapshot a clue there, or was it one before?"""
        name = change.path.rpartition("/")[2]
        if change.old is None and change.new is None:
            return True
        if change.new and self.of(snapshot, change.new):
            return True
        if change.old is None or change.old.kind is not EntryKind.BLOB:
            return False
        if name in KUSTOMIZATION_FILES or name == BOOTSTRAPPED:
            return True
        forgotten = change.old.oid not in self._files
        return name.endswith(_SUFFIXES) and (forgotten or self._files[change.old.oid] is not None)

    def of(self, snapshot: Snapshot, file: Entry) -> Clue | None:
        """The clue that an entry of a snapshot is, its path given; None for any other."""
        if file.kind is not EntryKind.BLOB:
            return None
        clue = self._file(snapshot, file, file.path.rpartition("/")[2])
        return clue and clue._replace(path=file.path)

    def _folder(self, snapshot: Snapshot, folder: Entry, depth: int) -> Clues:
        known = self._folders.get(folder.oid)
        if known is None:
            known = self._folders[folder.oid] = self._look(snapshot, folder.path, depth)
        return known

    def _look(self, snapshot: Snapshot, folder: RepoPath, depth: int) -> Clues:
        files: list[tuple[str, Clue]] = []
        folders: list[tuple[str, Clues]] = []
        for child in snapshot.children(folder) if depth < _DEEPEST else ():
            name = child.path.rpartition("/")[2]
            if child.kind is EntryKind.TREE:
                if (beneath := self._folder(snapshot, child, depth + 1)).fingerprint:
                    folders.append((name, beneath))
            elif child.kind is EntryKind.BLOB and (clue := self._file(snapshot, child, name)):
                files.append((name, clue))
        told = [f"{name}:{clue.oid}" for name, clue in files]
        told += [f"{name}/{beneath.fingerprint}" for name, beneath in folders]
        return Clues(_digest(told) if told else "", tuple(files), tuple(folders))

    def _file(self, snapshot: Snapshot, file: Entry, name: str) -> Clue | None:
        if name in KUSTOMIZATION_FILES:
            return Clue(ROOT, file.oid, kustomization=True)
        if not name.endswith(_SUFFIXES):
            return None
        if file.oid not in self._files:
            self._files[file.oid] = _clue(snapshot.read(file.path), file.oid)
        clue = self._files[file.oid]
        if name == BOOTSTRAPPED:
            return (clue or Clue(ROOT, file.oid))._replace(bootstrapped=True)
        return clue


def _digest(told: list[str]) -> str:
    text = "\n".join(told).encode("utf-8", "surrogateescape")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def _clue(data: bytes, oid: Oid) -> Clue | None:
    if len(data) > _LARGEST:
        return None
    data = b"\n" + data  # what begins a line is found faster after a line break
    flags = {
        what: any(word in data for word in _WORDS[what]) and pattern.search(data) is not None
        for what, pattern in _SPOKEN_OF.items()
    }
    return Clue(ROOT, oid, **flags) if any(flags.values()) else None
