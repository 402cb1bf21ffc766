"""Moves and renames that take every reference along: decoys that touch many files at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from alterations import KUSTOMIZATION, NAME, Alteration, Decoy, Files, beneath, read

from bisectops.git.objects import ROOT, EntryKind, Oid, PathEscapes, RepoPath, parent, repo_path
from bisectops.git.snapshot import Snapshot

MOVED = "-moved"
_RENAMED = b"-renamed"


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
        return RepoPath(f"{self.folder}{MOVED}{path.removeprefix(self.folder)}")


def moved_folder(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
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
        referred = any(_tail(folder) + MOVED.encode() in data for data in changed.values() if data)
        if referred and not any(map(by_variable.search, told)):
            return moved
    return None


def _tail(folder: RepoPath) -> bytes:
    """The last two names of a path."""
    return "/".join(folder.split("/")[-2:]).encode()


def _can_move(snapshot: Snapshot, folder: RepoPath) -> bool:
    if snapshot.entry(RepoPath(f"{folder}{MOVED}")) is not None:
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
            return found[0] + MOVED.encode() if _means(written, parent(path), folder) else found[0]

        data = anywhere.sub(told, data)
        if parent(path) == group and KUSTOMIZATION.search(path):
            data = nearby.sub(rb"\1" + MOVED.encode(), data)
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


def renamed_source(kind: bytes) -> Decoy:
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
    return _substituted(pattern, rb"\1" + _RENAMED)


def _substituted(pattern: re.Pattern[bytes], becomes: bytes) -> Callable[[RepoPath, bytes], bytes]:
    return lambda _, data: pattern.sub(becomes, data)


def renamed_variables(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """What ks substitute from under another name, wherever that stands."""
    texts = [data for path in files if (data := read(snapshot, path))]
    names = sorted({name for data in texts for name in _SUBSTITUTED.findall(data)})
    made = [name for name in names if any(_makes(name).search(data) for data in texts)]
    told = [
        data for path in beneath(snapshot, ROOT) if _BY_HAND.search(path) if (data := read(snapshot, path))
    ]
    made = [name for name in made if not any(name in data for data in told)]
    if not made:
        return None
    pattern = re.compile(rb"(\bname: +[\"']?" + random.choice(made) + rb")(?![\w.-])")
    return _Replaced(_substituted(pattern, rb"\1" + _RENAMED), files)


_BY_HAND = re.compile(r"(?i)task|bootstrap|script|justfile|makefile|readme|\.sh$")
"""Where somebody is told to apply files by hand: what these make has no reference to rename."""
_SUBSTITUTED = re.compile(rb"substituteFrom:\n +- (?:kind: \w+\n +)name: +(" + NAME + rb")\n")


def _makes(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"kind: (?:Secret|ConfigMap)\nmetadata:\n(?: +\w+: \S+\n)*? +name: " + name + rb"\n")


def renamed_ks(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """A Kustomization under another name, with every dependsOn that names it."""
    texts = [data for path in files if (data := read(snapshot, path))]
    names = sorted({name for data in texts for name in _DEPENDED_ON.findall(data)})
    random.shuffle(names)
    for name in names:
        word = re.compile(rb"(?<![\w.-])" + re.escape(name) + rb"(?![\w.-])")
        written = re.compile(
            rb"(kustomize\.toolkit\.fluxcd\.io/\w+\nkind: Kustomization\nmetadata:\n  name: "
            rb"|\n    - name: )" + re.escape(name) + rb"(?=\n)"
        )
        if sum(len(word.findall(data)) for data in texts) == sum(
            len(written.findall(data)) for data in texts
        ):
            return _Replaced(_substituted(written, rb"\g<1>" + name + _RENAMED), files)
    return None


_DEPENDED_ON = re.compile(
    rb"kustomize\.toolkit\.fluxcd\.io/\w+\nkind: Kustomization\n(?:(?!\n---)[\s\S])*?"
    rb"\n  dependsOn:\n    - name: (" + NAME + rb")\n"
)
