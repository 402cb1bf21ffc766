"""Clusters whose root is written in a file that cannot be read, or is missing where it is listed.

`flux bootstrap` writes `{path}/{namespace}/gotk-sync.yaml`, so the file's place tells what it had said: the
cluster goes on with what it was told before, and fails to build the folder. The values of a flux-instance,
and a Kustomization in its own path, tell that as text, whatever else is wrong with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bisectops.errors import YamlError
from bisectops.flux.clues import BOOTSTRAPPED, Clue
from bisectops.flux.survey import Survey, flux_objects
from bisectops.git.objects import ROOT, EntryKind, RepoPath, parent, path_within, repo_path
from bisectops.yaml.reader import documents

_COMPONENTS = "gotk-components.yaml"
_PATH_BUILT = re.compile(rb"(?m)^  path:\s*[\"']?\.?/*([\w./-]+)")
_SYNC = re.compile(rb"( +)sync: *\r?")
_PATH = re.compile(rb" +path: *[\"']?([\w./-]+)")


def lost_sync(survey: Survey) -> Iterator[tuple[RepoPath, RepoPath]]:
    """Each such file, with the folder that its Kustomization builds."""
    for clue in survey.clues:
        if "/" not in clue.path:
            continue
        broken = _says_nothing(survey, clue) and survey.parsed.remembered(survey.snapshot, clue, _is_broken)
        if broken and clue.ks and clue.bootstrapped:
            yield clue.path, parent(parent(clue.path))
        elif broken and clue.ks:
            paths = survey.parsed.remembered(survey.snapshot, clue, _paths_built)
            yield from ((clue.path, path) for path in paths if clue.path.startswith(f"{path}/"))
        elif broken and (path := survey.parsed.remembered(survey.snapshot, clue, _path_synced)):
            yield clue.path, path
        elif clue.path.endswith(f"/{_COMPONENTS}"):
            file = repo_path(BOOTSTRAPPED, base=parent(clue.path))
            if survey.snapshot.entry(file) is None and _lists(survey, file):
                yield file, parent(parent(file))


def _says_nothing(survey: Survey, clue: Clue) -> bool:
    """Is nothing read from a file that speaks of a Kustomization or an instance? Most were read before."""
    if clue.ks:
        return not survey.parsed.remembered(survey.snapshot, clue, flux_objects)
    return clue.instance and not survey.parsed.documents(survey.snapshot, clue)


def _is_broken(data: bytes) -> bool:
    """Is it neither YAML nor a template that something makes YAML of?"""
    try:
        documents(data)
    except YamlError:
        return b"{{" not in data
    return False


def _paths_built(data: bytes) -> frozenset[RepoPath]:
    found = (path_within(path.decode(), ROOT) for path in _PATH_BUILT.findall(data))
    return frozenset(path for path in found if path)


def _path_synced(data: bytes) -> RepoPath | None:
    """The path beneath the first `sync` that has one; line by line, whatever the file is."""
    beneath = None
    for line in data.split(b"\n"):
        if beneath is not None and line.startswith(beneath):
            if found := _PATH.match(line):
                return path_within(found[1].decode(), ROOT)
        elif line.strip():
            opened = _SYNC.fullmatch(line)
            beneath = opened[1] + b" " if opened else None
    return None


def _lists(survey: Survey, file: RepoPath) -> bool:
    """Does the kustomization beside a file speak of it?"""
    path = repo_path("kustomization.yaml", base=parent(file))
    entry = survey.snapshot.entry(path)
    there = entry is not None and entry.kind is EntryKind.BLOB
    return there and BOOTSTRAPPED.encode() in survey.snapshot.read(path)
