"""Decoys to put into a history: changes that look as if they could break something, and break nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from alterations import (
    ANY,
    KUSTOMIZATION,
    NAME,
    Alteration,
    Edit,
    Files,
    Plant,
    beneath,
    entries,
    place,
    read,
    replaced,
)

from bisectops.git.objects import ROOT, EntryKind, Oid, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot

_MOVED = "-moved"
_RENAMED = b"-renamed"

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
        moved = set(beneath(snapshot, self.folder)) if self.folder else set()
        found: dict[RepoPath, bytes | None] = {}
        for path in self.among | moved:
            entry = snapshot.entry(path)
            if entry is None or entry.kind is not EntryKind.BLOB:
                continue
            key = (path, entry.oid)
            if key not in self._known:
                self._known[key] = self.replace(path, snapshot.read(path))
            if path in moved:
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
        told = [data for path in files if (data := changed.get(path, read(snapshot, path)))]
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
    entries = [snapshot.entry(path) for path in beneath(snapshot, folder)]
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
        if parent(path) == group and KUSTOMIZATION.search(path):
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


def _renamed(kind: bytes) -> Decoy:
    """A source of charts under another name, with every reference to it."""
    referred = re.compile(rb"(?:chartRef|sourceRef):\n +kind: " + kind + rb"\n +name: (" + NAME + rb")\n")
    by_variable = re.compile(rb"kind: " + kind + rb"\n(?:metadata:\n)? +name: [^\n]*\$")

    def decoy(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
        texts = [data for path in files if (data := read(snapshot, path))]
        names = sorted({name for data in texts for name in referred.findall(data)})
        if any(map(by_variable.search, texts)):
            return None  # nobody can tell by the text whom such a name means
        random.shuffle(names)
        for name in names:
            renamed = _Replaced(_renamer(kind, name), files)
            changed = renamed.files(snapshot)
            told = [data for path in files if (data := changed.get(path, read(snapshot, path)))]
            both = any(b"metadata:\n  name: " + name + _RENAMED in data for data in told)
            rest = re.compile(
                rb"kind: " + kind + rb"\n(?:metadata:\n)?(?: [^\n]*\n){0,3}? +name: " + name + rb"(?![\w-])"
            )
            if both and not any(map(rest.search, told)):
                return renamed
        return None

    return decoy


def _renamer(kind: bytes, name: bytes) -> Callable[[RepoPath, bytes], bytes]:
    pattern = re.compile(rb"(kind: " + kind + rb"\n(?:metadata:\n)? +name: " + name + rb")(?![\w.-])")
    return lambda _, data: pattern.sub(rb"\1" + _RENAMED, data)


def _variables_renamed(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """What ks substitute from under another name, wherever that stands."""
    texts = [data for path in files if (data := read(snapshot, path))]
    names = sorted({name for data in texts for name in _SUBSTITUTED.findall(data)})
    made = [name for name in names if any(_makes(name).search(data) for data in texts)]
    if not made:
        return None
    pattern = re.compile(rb"(\bname: +[\"']?" + random.choice(made) + rb")(?![\w.-])")
    return _Replaced(lambda _, data: pattern.sub(rb"\1" + _RENAMED, data), files)


_SUBSTITUTED = re.compile(rb"substituteFrom:\n +- (?:kind: \w+\n +)name: +(" + NAME + rb")\n")


def _makes(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"kind: (?:Secret|ConfigMap)\nmetadata:\n(?: +\w+: \S+\n)*? +name: " + name + rb"\n")


def _removed(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """An app that nobody else names is taken out of its kustomization."""
    found = [
        (path, named)
        for path in sorted(files)
        if KUSTOMIZATION.search(path)
        for _, named in entries(path, read(snapshot, path) or b"")
        if named.endswith("/ks.yaml") and snapshot.entry(named) is not None
    ]
    random.shuffle(found)
    for path, named in found:
        folder = parent(named)
        within = [data for each in beneath(snapshot, folder) if (data := read(snapshot, each))]
        names = {name for data in within for name in _DECLARED.findall(data)}
        outside = [
            data for each in files if not each.startswith(f"{folder}/") and (data := read(snapshot, each))
        ]
        wanted = re.compile(rb"(?<![\w-])(?:" + b"|".join(map(re.escape, sorted(names))) + rb")(?![\w-])")
        if names and len(list(filter(wanted.search, outside))) <= (read(snapshot, path) in outside):
            return Plant("app removed", KUSTOMIZATION, _left_out(named)).at(path)
    return None


_DECLARED = re.compile(rb"\n +name: +(?:&\w+ +)?[\"']?(" + NAME + rb")")


def _left_out(wanted: RepoPath) -> Edit:
    def edit(_: Snapshot, path: RepoPath, data: bytes) -> bytes:
        for line, named in entries(path, data):
            if named == wanted:
                return data[: line.start()] + data[line.end() :]
        return data

    return edit


@dataclass(frozen=True)
class _Added:
    """A ks of its own name, which builds what another builds."""

    kustomization: RepoPath
    like: RepoPath

    def files(self, snapshot: Snapshot) -> Files:
        listed, ks = read(snapshot, self.kustomization), read(snapshot, self.like)
        new = RepoPath(self.like.removesuffix(".yaml") + "-added.yaml")
        for line, named in entries(self.kustomization, listed or b""):
            if named == self.like and ks is not None and listed is not None:
                entry = line[0].replace(b"ks.yaml", b"ks-added.yaml")
                return {
                    self.kustomization: listed[: line.end()] + entry + listed[line.end() :],
                    new: _KS_NAME.sub(rb"\1-added", ks),
                }
        return {}


_KS_NAME = re.compile(rb"(\nmetadata:\n  name: +(?:&\w+ +)?" + NAME + rb")(?=\n)")


def _added(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """An app more."""
    found = [
        _Added(path, named)
        for path in sorted(files)
        if KUSTOMIZATION.search(path)
        for _, named in entries(path, read(snapshot, path) or b"")
        if named.endswith("/ks.yaml") and b"healthChecks" not in (read(snapshot, named) or b"healthChecks")
    ]
    return random.choice(found) if found else None


_OF_DECOYS = re.compile(rf"-added\.yaml$|{_MOVED}/")


def _unused(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """A source's name is broken where nothing is applied from."""
    wrong = Plant(
        "unused", ANY, replaced(rb"((?:chartRef|sourceRef):\n(?: +kind: \w+\n)? +name: +)", rb"\1wrong-")
    )
    unused = set(beneath(snapshot, ROOT)) - files
    path = place(snapshot, wrong, {each for each in unused if not _OF_DECOYS.search(each)}, random)
    return wrong.at(path) if path else None


def _reordered(_: Snapshot, __: RepoPath, data: bytes) -> bytes:
    """Two documents of a file change places."""
    documents = re.split(rb"(?m)^---\n", data.removeprefix(b"---\n"))
    if len(documents) != 2 or any(b"apiVersion: " not in each for each in documents):
        return data
    return b"---\n".join(each if each.endswith(b"\n") else each + b"\n" for each in reversed(documents))


EDITS = (
    Plant("comment", ANY, replaced(rb"\A(---\n)?", rb"\1# a remark that changes nothing\n")),
    Plant("interval", ANY, replaced(rb"(\n  interval: )\d+[mh]", rb"\g<1>47m")),
    Plant("tag", ANY, replaced(rb"(\n +tag: +)v?\d+\.\d+\.\d+\b", rb"\g<1>9.9.9")),
    Plant("quotes", ANY, replaced(rb"(\nmetadata:\n  name: )(" + NAME + rb")\n", rb'\1"\2"\n')),
    Plant("keys reordered", ANY, replaced(rb"(\n  interval: [^\n]*)(\n  \w+: [\w./]+)(?=\n)", rb"\2\1")),
    Plant("documents reordered", ANY, _reordered),
    Plant(
        "suspended",
        ANY,
        replaced(rb"(?s)(kustomize\.toolkit\.fluxcd\.io/(?:(?!\n---).)*?\nspec:\n)", rb"\1  suspend: true\n"),
    ),
    Plant("data", ANY, replaced(rb"(?s)(kind: ConfigMap\n.*?\ndata:\n)", rb"\1  PLANTED: nothing\n")),
)
DECOYS: Mapping[str, Decoy] = {
    **{plant.name: _edited(plant) for plant in EDITS},
    "folder moved": _moved,
    "OCIRepository and its references renamed": _renamed(b"OCIRepository"),
    "HelmRepository and its references renamed": _renamed(b"HelmRepository"),
    "variables and their references renamed": _variables_renamed,
    "app removed": _removed,
    "app added": _added,
    "unused file": _unused,
}
AFTERWARDS = tuple(plant for plant in EDITS if plant.name in ("comment", "quotes", "interval"))
"""What may be done to the broken file later, by somebody who is not to blame."""
