"""Roots whose path is missing, told by where they themselves are written.

What `flux bootstrap` writes lies in the folder that it is to build, and so does a root that somebody wrote
by hand beside its source. Where the path is no folder, but for its last name is the folder that the file
lies in, that name was mistyped, or the folder was renamed and the path forgotten. A whole cluster that was
moved away keeps its last name, and is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bisectops.flux.clues import BOOTSTRAPPED
from bisectops.flux.root import Root
from bisectops.flux.self_contained import of_written, pathless
from bisectops.flux.strays import alike
from bisectops.flux.survey import Survey, Written, folder_of
from bisectops.git.objects import ROOT, RepoPath, parent


def stranded(survey: Survey, roots: Sequence[Root], missing: Iterable[Root]) -> Iterator[Root]:
    """Such roots that no other one leads to; `missing` are the instances of a path that is no folder."""
    candidates = [*_of_instances(missing), *_of_files(survey)]
    if not candidates:
        return
    led_to = {file for root in roots for file in survey.closure(root.path, root.base)}
    led_to |= {root.origin for root in roots}
    for root in candidates:
        if root.origin not in led_to and (not roots or any(alike(root, other) for other in roots)):
            led_to.add(root.origin)
            yield root


def _of_instances(missing: Iterable[Root]) -> Iterator[Root]:
    for root in missing:
        if root.base == ROOT and (holder := _meant(root.origin, root.path)) is not None:
            yield replace(root, holder=holder)


def _of_files(survey: Survey) -> Iterator[Root]:
    for ks in pathless(survey):
        folder = folder_of(ks, ROOT)
        holder = folder and (_bootstrapped(ks, folder) or _meant(ks.file, folder))
        if folder and holder:
            root = of_written(survey, holder, ROOT, ks)
            found = f"Kustomization {ks.name} in {ks.file}, beside its source, builds {folder}"
            yield replace(root, path=folder, found=found, holder=holder)


def _bootstrapped(ks: Written, path: RepoPath) -> RepoPath | None:
    """The folder that bootstrap wrote a Kustomization for, which it calls as its source."""
    if not ks.file.endswith(f"/{BOOTSTRAPPED}") or ks.source is None or ks.name != ks.source[1]:
        return None
    folder = parent(parent(ks.file))
    return folder if _last(folder) != _last(path) else None


def _meant(file: RepoPath, path: RepoPath) -> RepoPath | None:
    """The folder above a file that a path was to name: it goes on beneath it, or lies beside it."""
    folder = parent(file)
    while folder:
        beside = path != folder and parent(path) == parent(folder)
        if parent(path) == folder or (beside and (parent(path) or _last(folder) in path)):
            return folder
        folder = parent(folder)
    return None


def _last(path: RepoPath) -> str:
    return path.rpartition("/")[2]
