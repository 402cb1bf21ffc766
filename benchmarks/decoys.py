"""Decoys to put into a history: changes that look as if they could break something, and break nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from alterations import (
    ANY,
    KUSTOMIZATION,
    NAME,
    Alteration,
    Decoy,
    Edit,
    Files,
    Plant,
    beneath,
    entries,
    place,
    read,
    replaced,
)
from moves import MOVED, moved_folder, renamed_ks, renamed_source, renamed_variables

from bisectops.errors import YamlError
from bisectops.git.objects import ROOT, RepoPath, parent
from bisectops.git.snapshot import Snapshot
from bisectops.yaml.reader import documents
from bisectops.yaml.writer import dump_all


def _edited(plant: Plant) -> Decoy:
    def decoy(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
        path = place(snapshot, plant, files, random)
        return plant.at(path) if path else None

    return decoy


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
    """A ks of its own name, which builds what another builds; nothing where an object would keep its name."""

    kustomization: RepoPath
    like: RepoPath

    def files(self, snapshot: Snapshot) -> Files:
        listed, ks = read(snapshot, self.kustomization), read(snapshot, self.like)
        new = RepoPath(self.like.removesuffix(".yaml") + "-added.yaml")
        for line, named in entries(self.kustomization, listed or b""):
            if named == self.like and ks is not None and listed is not None:
                entry = line[0].replace(b"ks.yaml", b"ks-added.yaml")
                renamed, names = _KS_NAME.subn(rb"\1-added", ks)
                if names < len(_KINDS.findall(ks)):
                    break
                return {
                    self.kustomization: listed[: line.end()] + entry + listed[line.end() :],
                    new: renamed,
                }
        return {}


_KS_NAME = re.compile(rb"(\nmetadata:\n(?:  namespace: [^\n]*\n)?  name: +(?:&\w+ +)?" + NAME + rb")(?=\n)")
_KINDS = re.compile(rb"(?m)^kind: ")


def _added(snapshot: Snapshot, files: frozenset[RepoPath], random: Random) -> Alteration | None:
    """An app more."""
    found = [
        added
        for path in sorted(files)
        if KUSTOMIZATION.search(path)
        for _, named in entries(path, read(snapshot, path) or b"")
        if named.endswith("/ks.yaml")
        and named in files
        and b"healthChecks" not in (read(snapshot, named) or b"healthChecks")
        and (added := _Added(path, named)).files(snapshot)
    ]
    return random.choice(found) if found else None


_OF_DECOYS = re.compile(rf"-added\.yaml$|{MOVED}/")


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


def reformatted(_: Snapshot, __: RepoPath, data: bytes) -> bytes:
    """A whole file written anew: other indentation, another order of keys, no comments."""
    try:
        trees = documents(data)
    except YamlError:
        return data
    if not all(isinstance(tree, dict) and {"apiVersion", "kind"} <= tree.keys() for tree in trees):
        return data
    return (
        data if any("sops" in tree for tree in trees) else dump_all(trees).encode("utf-8", "surrogateescape")
    )


def _resources_reordered(_: Snapshot, path: RepoPath, data: bytes) -> bytes:
    """The last entry of a kustomization's resources comes first."""
    found = _RESOURCES.search(data)
    lines = found[2].splitlines(keepends=True) if found else []
    if found is None or len(lines) < 2:
        return data
    return data[: found.start(2)] + b"".join([lines[-1], *lines[:-1]]) + data[found.end(2) :]


_RESOURCES = re.compile(rb"(?m)^(resources:\n)((?: *- +[\w./-]+\n)+)")


REFORMATTED = Plant("reformatted", ANY, reformatted)
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
    REFORMATTED,
    Plant("resources reordered", KUSTOMIZATION, _resources_reordered),
)
DECOYS: Mapping[str, Decoy] = {
    **{plant.name: _edited(plant) for plant in EDITS},
    "folder moved": moved_folder,
    "OCIRepository and its references renamed": renamed_source(b"OCIRepository"),
    "HelmRepository and its references renamed": renamed_source(b"HelmRepository"),
    "variables and their references renamed": renamed_variables,
    "ks and what depends on it renamed": renamed_ks,
    "app removed": _removed,
    "app added": _added,
    "unused file": _unused,
}
COPYING = frozenset(("app added",))
"""Those that copy a file: a copy of the fault would be a fault."""
AFTERWARDS = tuple(plant for plant in EDITS if plant.name in ("comment", "quotes", "interval", "reformatted"))
"""What may be done to the broken file later, by somebody who is not to blame."""
