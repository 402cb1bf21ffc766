"""Changes to put into a history: faults that break one reference, and decoys that break nothing.

An alteration stays in every later commit: it is asked of each snapshot anew, and leaves alone what it
no longer finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from bisectops.git.objects import ROOT, EntryKind, Oid, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot

Files = Mapping[RepoPath, bytes | None]
_NAME = rb"[a-z0-9][a-z0-9-]*"
_WRONG = b"planted-"
_MOVED = "-moved"
_RENAMED = b"-renamed"


class Alteration(Protocol):
    """A change that is made to every commit from one on."""

    def files(self, snapshot: Snapshot) -> Files:
        """The files that it makes otherwise, and those that it takes away."""
        ...


@dataclass(frozen=True)
class Plant:
    """One kind of edit: where it may go, and what it does to a file."""

    name: str
    where: re.Pattern[str]
    pattern: re.Pattern[bytes]
    becomes: bytes

    def edit(self, data: bytes) -> bytes:
        return self.pattern.sub(self.becomes, data, count=1)

    def at(self, path: RepoPath) -> Alteration:
        """The edit of one file."""
        return _Edit(self, path)


@dataclass(frozen=True)
class _Edit:
    plant: Plant
    path: RepoPath

    def files(self, snapshot: Snapshot) -> Files:
        data = _data(snapshot, self.path)
        edited = self.plant.edit(data) if data is not None else None
        return {self.path: edited} if edited != data else {}


_KUSTOMIZATION = re.compile(r"(^|/)kustomization\.ya?ml$")
_ANY = re.compile(r"\.ya?ml$")
_FLUX_KS = rb"(?s)(kustomize\.toolkit\.fluxcd\.io/(?:(?!\n---).)*?"
_DECRYPTION = rb"decryption:\n +provider: sops\n"
_SECRET_REF = rb"(?: +secretRef:\n +name: [^\n]*\n)?"
PLANTS = (
    Plant(
        "chartRef name",
        _ANY,
        re.compile(rb"(chartRef:\n(?: +\w+: \S+\n)*? +name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "sourceRef name",
        _ANY,
        re.compile(
            rb"(sourceRef:\n(?: +\w+: \S+\n)*? +kind: HelmRepository\n +name: +[\"']?)(?=" + _NAME + rb")"
        ),
        rb"\1" + _WRONG,
    ),
    Plant(
        "OCIRepository renamed",
        _ANY,
        re.compile(
            rb"(kind: OCIRepository\nmetadata:\n(?: +\w+: \S+\n)*? +name: +[\"']?)(?=" + _NAME + rb")"
        ),
        rb"\1" + _WRONG,
    ),
    Plant(
        "OCIRepository dropped",
        _KUSTOMIZATION,
        re.compile(rb"(?m)^ *- +(?:\./)?ocirepository\.ya?ml *\n"),
        b"",
    ),
    Plant(
        "dependsOn",
        _ANY,
        re.compile(_FLUX_KS + rb"\n  dependsOn:\n +- name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant("spec.path", _ANY, re.compile(_FLUX_KS + rb"\n  path: [^\n]*/)(?=[\w-])"), rb"\1" + _WRONG),
    Plant(
        "substituteFrom",
        _ANY,
        re.compile(rb"(substituteFrom:\n +- (?:kind: ConfigMap\n +)name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "decryption secretRef",
        _ANY,
        re.compile(rb"(" + _DECRYPTION + rb" +secretRef:\n +name: +[\"']?)(?=" + _NAME + rb")"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "decryption patch",
        _ANY,
        re.compile(rb"(?m)(^ +(?:- )?patch: \|-?\n(?: [^\n]*\n)*?) +" + _DECRYPTION + _SECRET_REF),
        rb"\1",
    ),
    Plant("decryption", _ANY, re.compile(_FLUX_KS + rb"\n)  " + _DECRYPTION + _SECRET_REF), rb"\1"),
    Plant(
        "component path",
        _ANY,
        re.compile(rb"(?m)(^ *components:\n +- [^\n]*/)(?=[\w-]+\n)"),
        rb"\1" + _WRONG,
    ),
    Plant(
        "resource path",
        _KUSTOMIZATION,
        re.compile(rb"(?m)(^resources:\n(?: *#[^\n]*\n)* *- +(?:\./)?)(?=[\w-])"),
        rb"\1" + _WRONG,
    ),
)
EDITS = (
    Plant("comment", _ANY, re.compile(rb"\A(---\n)?"), rb"\1# a remark that changes nothing\n"),
    Plant("interval", _ANY, re.compile(rb"(\n  interval: )\d+[mh]"), rb"\g<1>47m"),
    Plant("tag", _ANY, re.compile(rb"(\n +tag: +)v?\d+\.\d+\.\d+\b"), rb"\g<1>9.9.9"),
)


def place(snapshot: Snapshot, plant: Plant, files: Iterable[RepoPath], random: Random) -> RepoPath | None:
    """A file of those named in which there is something to edit."""
    fitting = [path for path in sorted(files) if plant.where.search(path) and _fits(snapshot, plant, path)]
    return random.choice(fitting) if fitting else None


def _fits(snapshot: Snapshot, plant: Plant, path: RepoPath) -> bool:
    return bool(plant.at(path).files(snapshot))


Decoy = Callable[[Snapshot, frozenset[RepoPath], Random], Alteration | None]


def _edited(plant: Plant) -> Decoy:
    def decoy(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
        path = place(snapshot, plant, files, random)
        return plant.at(path) if path else None

    return decoy


@dataclass(frozen=True)
class _Replaced:
    """Text that is replaced wherever it stands, with the folder that goes along."""

    replace: Callable[[RepoPath, bytes], bytes]
    among: frozenset[RepoPath]
    folder: RepoPath | None = None
    _known: dict[tuple[RepoPath, Oid], bytes] = field(default_factory=dict)

    def files(self, snapshot: Snapshot) -> Files:
        beneath = set(_beneath(snapshot, self.folder)) if self.folder else set()
        found: dict[RepoPath, bytes | None] = {}
        for path in self.among | beneath:
            entry = snapshot.entry(path)
            if entry is None or entry.kind is not EntryKind.BLOB:
                continue
            key = (path, entry.oid)
            if key not in self._known:
                self._known[key] = self.replace(path, snapshot.read(path))
            if path in beneath:
                found[path] = None
                found[self._elsewhere(path)] = self._known[key]
            elif self._known[key] != snapshot.read(path):
                found[path] = self._known[key]
        return found

    def _elsewhere(self, path: RepoPath) -> RepoPath:
        assert self.folder
        return RepoPath(f"{self.folder}{_MOVED}{path.removeprefix(self.folder)}")


def _moved(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """A folder that a ks builds from, under another name, with every reference to it."""
    folders = sorted(
        {parent(path) for path in files if path.endswith(("/ks.yaml", "/app.yaml", "/flux-sync.yaml"))}
    )
    random.shuffle(folders)
    for folder in folders:
        group, _, name = folder.rpartition("/")
        if not group or not _can_move(snapshot, folder):
            continue
        moved = _Replaced(_mover(folder), files, folder)
        changed = moved.files(snapshot)
        told = [data for path in files if (data := changed.get(path, _data(snapshot, path)))]
        by_variable = re.compile(rb"\}[\w./-]*/" + re.escape(name).encode() + rb"(?![\w.-])")
        referred = any(_tail(folder) + _MOVED.encode() in data for data in changed.values() if data)
        if referred and not any(map(by_variable.search, told)):
            return moved
    return None


def _tail(folder: RepoPath) -> bytes:
    """The last two names of a path."""
    return "/".join(folder.split("/")[-2:]).encode()


def _can_move(snapshot: Snapshot, folder: RepoPath) -> bool:
    if snapshot.entry(RepoPath(f"{folder}{_MOVED}")) is not None:
        return False
    entries = [snapshot.entry(path) for path in _beneath(snapshot, folder)]
    return all(entry is not None and entry.kind is EntryKind.BLOB for entry in entries)


def _mover(folder: RepoPath) -> Callable[[RepoPath, bytes], bytes]:
    group, _, name = folder.rpartition("/")
    anywhere = re.compile(rb"(?<![\w./@-])(?:@\w+/)?[\w./-]*" + re.escape(_tail(folder)) + rb"(?![\w.-])")
    nearby = re.compile(rb"(?m)^( *- +[\"']?(?:\./)?" + re.escape(name).encode() + rb")(?=[/\"'\s])")

    def replace(path: RepoPath, data: bytes) -> bytes:
        def told(found: re.Match[bytes]) -> bytes:
            written = found[0].decode()
            written = written.partition("/")[2] if written.startswith("@") else written
            return found[0] + _MOVED.encode() if _means(written, parent(path), folder) else found[0]

        data = anywhere.sub(told, data)
        if parent(path) == group and _KUSTOMIZATION.search(path):
            data = nearby.sub(rb"\1" + _MOVED.encode(), data)
        return data

    return replace


def _means(written: str, here: RepoPath, folder: RepoPath) -> bool:
    """May a path mean a folder: from the root, as Flux reads it, from an artifact's, or from its own file?"""
    for base in (ROOT, here):
        try:
            meant = repo_path(written, base=base)
        except PathEscapes:
            continue
        if meant == folder or (meant.count("/") > 1 and folder.endswith(f"/{meant}")):
            return True
    return False


def _renamed(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """An OCIRepository under another name, with every chartRef to it."""
    names = sorted({name for path in files for name in _chart_sources(_data(snapshot, path) or b"")})
    random.shuffle(names)
    for name in names:
        renamed = _Replaced(_renamer(name), files)
        changed = renamed.files(snapshot)
        told = [data for path in files if (data := changed.get(path, _data(snapshot, path)))]
        both = any(b"metadata:\n  name: " + name + _RENAMED in data for data in told)
        rest = re.compile(
            rb"kind: OCIRepository\n(?:metadata:\n)?(?: [^\n]*\n){0,3}? +name: " + name + rb"(?![\w-])"
        )
        if both and not any(map(rest.search, told)) and not any(_by_variable(data) for data in told):
            return renamed
    return None


def _chart_sources(data: bytes) -> list[bytes]:
    pattern = rb"chartRef:\n +kind: OCIRepository\n +name: (" + _NAME + rb")\n"
    return re.findall(pattern, data)


def _by_variable(data: bytes) -> bool:
    """Does a chart's name hang on a variable, so that nobody can tell by its text whom it means?"""
    return re.search(rb"kind: OCIRepository\n(?:metadata:\n)? +name: [^\n]*\$", data) is not None


def _renamer(name: bytes) -> Callable[[RepoPath, bytes], bytes]:
    pattern = re.compile(rb"(kind: OCIRepository\n(?:metadata:\n)? +name: " + name + rb")(?![\w.-])")

    def replace(path: RepoPath, data: bytes) -> bytes:
        return pattern.sub(rb"\1" + _RENAMED, data)

    return replace


DECOYS: Mapping[str, Decoy] = {
    **{plant.name: _edited(plant) for plant in EDITS},
    "folder moved": _moved,
    "consistent rename": _renamed,
}


def _data(snapshot: Snapshot, path: RepoPath) -> bytes | None:
    entry = snapshot.entry(path)
    return snapshot.read(path) if entry is not None and entry.kind is EntryKind.BLOB else None


def _beneath(snapshot: Snapshot, folder: RepoPath) -> Iterator[RepoPath]:
    for entry in snapshot.children(folder):
        if entry.kind is EntryKind.TREE:
            yield from _beneath(snapshot, entry.path)
        else:
            yield entry.path
