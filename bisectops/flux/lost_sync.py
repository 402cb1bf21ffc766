"""Clusters whose gotk-sync.yaml cannot be read, or is missing where the kustomization beside it lists it.

`flux bootstrap` writes `{path}/{namespace}/gotk-sync.yaml`, so the file's place tells what it had said: the
cluster goes on with what it was told before, and fails to build the folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.errors import YamlError
from bisectops.flux.clues import BOOTSTRAPPED
from bisectops.flux.survey import Survey
from bisectops.git.objects import EntryKind, RepoPath, parent, repo_path
from bisectops.yaml.reader import documents

_COMPONENTS = "gotk-components.yaml"


def lost_sync(survey: Survey) -> Iterator[tuple[RepoPath, RepoPath]]:
    """Each such file, with the folder that its Kustomization builds."""
    for clue in survey.clues:
        if "/" not in clue.path:
            continue
        if clue.bootstrapped and clue.ks and survey.parsed.remembered(survey.snapshot, clue, _is_broken):
            yield clue.path, parent(parent(clue.path))
        elif clue.path.endswith(f"/{_COMPONENTS}"):
            file = repo_path(BOOTSTRAPPED, base=parent(clue.path))
            if survey.snapshot.entry(file) is None and _lists(survey, file):
                yield file, parent(parent(file))


def _is_broken(data: bytes) -> bool:
    try:
        documents(data)
    except YamlError:
        return True
    return False


def _lists(survey: Survey, file: RepoPath) -> bool:
    """Does the kustomization beside a file speak of it?"""
    path = repo_path("kustomization.yaml", base=parent(file))
    entry = survey.snapshot.entry(path)
    there = entry is not None and entry.kind is EntryKind.BLOB
    return there and BOOTSTRAPPED.encode() in survey.snapshot.read(path)
