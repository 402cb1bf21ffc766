"""Roots whose path is missing, told by where they themselves are written.

What `flux bootstrap` writes lies in the folder that it is to build, and so does a root that somebody wrote
by hand beside its source. Where the path is no folder, but for its last name is the folder that the file
lies in, that name was mistyped, or the folder was renamed and the path forgotten. Where it differs higher
up, the folder was rather put aside, or copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bisectops.flux.clues import BOOTSTRAPPED
from bisectops.flux.root import Root
from bisectops.flux.self_contained import of_written
from bisectops.flux.strays import alike
from bisectops.flux.survey import Survey, Written, folder_of
from bisectops.git.objects import ROOT, RepoPath, parent

_DEEPEST = 2
"""How far beneath the folder that it names a root's file lies, at most."""


def misled(survey: Survey) -> Iterator[Root]:
    """The Kustomizations that are written with their source in a folder which their path should name."""
    for ks in survey.kustomizations:
        folder = folder_of(ks, ROOT)
        if folder is None or survey.is_folder(folder) or survey.is_foreign(ks):
            continue
        beside = any(
            (source.file, "GitRepository", source.name) == (ks.file, *(ks.source or ()))
            for source in survey.sources
        )
        holder = _bootstrapped(ks, folder) or _meant(survey, ks.file, folder)
        if beside and holder is not None:
            found = f"Kustomization {ks.name} in {ks.file}, which {holder} holds, builds {folder}"
            yield replace(of_written(survey, holder, ROOT, ks), path=folder, found=found, holder=holder)


def _bootstrapped(ks: Written, folder: RepoPath) -> RepoPath | None:
    """The folder for which bootstrap wrote a Kustomization, which it calls as the source."""
    if not ks.file.endswith(f"/{BOOTSTRAPPED}") or ks.source is None or ks.name != ks.source[1]:
        return None
    holder = parent(parent(ks.file))
    return holder if holder.rpartition("/")[2] != folder.rpartition("/")[2] else None


def _meant(survey: Survey, file: RepoPath, folder: RepoPath) -> RepoPath | None:
    """The folder around a root's file that a path means which is no folder; None where it is not near."""
    above = parent(folder)
    beside = RepoPath("/".join(file.split("/")[: folder.count("/") + 1]))
    for holder in (beside, above) if above else ():
        near = above in (holder, parent(holder)) and file.count("/") - holder.count("/") <= _DEEPEST
        if near and file.startswith(f"{holder}/") and file in survey.reaches(holder):
            return holder
    return None


def stranded(
    survey: Survey, roots: Sequence[Root], missing: Iterable[Root], misled: Iterable[Root]
) -> Iterator[Root]:
    """Those that no other root leads to; beside other roots they pull what these do.

    `missing` are the instances of a path that is no folder.
    """
    candidates = [*_of_instances(survey, missing), *misled]
    if not candidates:
        return
    led_to = {file for root in roots for file in survey.closure(root.path, root.base)}
    led_to |= {root.origin for root in roots}
    for root in candidates:
        if root.origin not in led_to and (not roots or any(alike(root, other) for other in roots)):
            led_to.add(root.origin)
            yield root


def _of_instances(survey: Survey, missing: Iterable[Root]) -> Iterator[Root]:
    for root in missing:
        if root.base == ROOT and (holder := _meant(survey, root.origin, root.path)) is not None:
            yield replace(root, holder=holder)
