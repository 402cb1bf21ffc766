"""Roots whose path is no folder, told by where their files lie, or by other clusters' roots.

What would build such a root is not there, so nothing proves by itself that it is one: an instance of
former days and another repository's bootstrap look the same. But `flux bootstrap` writes
`{path}/{namespace}/gotk-sync.yaml`, a path with a wrong name is near the folder that holds the file, and
where a cluster's files stand as those of another cluster do, but for its name, its root is written where
the other's is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bisectops.flux.clues import BOOTSTRAPPED
from bisectops.flux.root import Root
from bisectops.flux.self_contained import of_written
from bisectops.flux.survey import Survey, address, folder_of
from bisectops.git.objects import ROOT, RepoPath, parent
from bisectops.yaml.fields import mapping, text

_DEEPEST = 2
"""How far beneath the folder that it names a root's file lies, at most."""


def misled(survey: Survey) -> Iterator[Root]:
    """The roots that are written with their source in a folder which their path, by mistake, does not name.

    The path ends in a wrong name, or has one too many. Where it differs higher up, the folder was rather put
    aside, or copied.
    """
    for ks in survey.kustomizations:
        folder = folder_of(ks, ROOT)
        if folder is None or survey.is_folder(folder) or survey.is_foreign(ks):
            continue
        beside = any(
            (source.file, "GitRepository", source.name) == (ks.file, *(ks.source or ()))
            for source in survey.sources
        )
        if beside and (holder := _meant(survey, ks.file, folder)) is not None:
            found = f"Kustomization {ks.name} in {ks.file}, which {holder} holds, builds {folder}"
            yield replace(of_written(survey, holder, ROOT, ks), path=folder, found=found, holder=holder)


def _meant(survey: Survey, file: RepoPath, folder: RepoPath) -> RepoPath | None:
    """The folder around a root's file that a path means which is no folder; None where it is not near."""
    above = parent(folder)
    if file.endswith(f"/{BOOTSTRAPPED}"):
        around = [parent(parent(file))]
    else:
        beside = RepoPath("/".join(file.split("/")[: folder.count("/") + 1]))
        around = [each for each in (beside, above) if above and file in survey.reaches(each)]
    near = (each for each in around if each and above in (each, parent(each)) and file.startswith(f"{each}/"))
    return next((each for each in near if file.count("/") - each.count("/") <= _DEEPEST), None)


def strays(
    survey: Survey, roots: Sequence[Root], missing: Iterable[Root], misled: Iterable[Root]
) -> Iterator[Root]:
    """The roots of clusters whose path is missing; `missing` are the instances of such a path.

    Of those that are `misled`, the ones count to which no other root leads; beside other roots they pull
    what these do.
    """
    alike = [root for root in misled if not roots or any(_alike(root, other) for other in roots)]
    candidates = [*_candidates(survey, roots, missing), *alike]
    led_to = (
        {file for root in roots for file in survey.closure(root.path, root.base)} if candidates else set()
    )
    taken = {(root.base, root.path) for root in roots}
    for root in candidates:
        here = (root.base, root.holder)
        if root.holder is not None and here not in taken and root.origin not in led_to:
            taken.add((root.base, root.holder))
            yield root


def _candidates(survey: Survey, roots: Sequence[Root], missing: Iterable[Root]) -> Iterator[Root]:
    for root in missing:
        for other in roots:
            holder = _holder(survey, root.origin, other)
            if holder is not None and other.pinned and root.base == other.base and _alike(root, other):
                yield replace(root, holder=holder)
    for other in roots:
        for ks in () if other.pinned or other.made_up else survey.kustomizations:
            if ks.name != other.id.name or ks.namespace not in ("", other.id.namespace):
                continue
            folder = folder_of(ks, other.base)
            if folder is None or survey.is_folder(folder):
                continue
            holder = _holder(survey, ks.file, other)
            if holder is None:
                continue
            root = of_written(survey, holder, other.base, ks)
            if _alike(root, other):
                found = f"Kustomization {ks.name} in {ks.file}, as {other.origin} has it, builds {folder}"
                yield replace(root, path=folder, found=found, holder=holder)


def _holder(survey: Survey, file: RepoPath, other: Root) -> RepoPath | None:
    """The folder that is to a file what another root's is to its own, and leads to it; if there is one."""
    names = _told_apart(file, other.origin)
    if names is None:
        return None
    mine, its = names
    folder = RepoPath("/".join(mine if part == its else part for part in other.path.split("/")))
    if folder == other.path or not survey.is_folder(folder):
        return None
    leads = file.startswith(f"{folder}/") or file in survey.closure(folder, other.base)
    return folder if leads else None


def _told_apart(file: RepoPath, other: RepoPath) -> tuple[str, str] | None:
    """The one name by which two paths differ, in each; None where they do in more, or in none."""
    pairs = list(zip(file.split("/"), other.split("/"), strict=False))
    differing = [pair for pair in pairs if pair[0] != pair[1]]
    if file.count("/") != other.count("/") or len(differing) != 1:
        return None
    mine, its = (name.removesuffix(".yaml").removesuffix(".yml") for name in differing[0])
    return mine, its


def _alike(root: Root, other: Root) -> bool:
    """Do two roots pull the same revision of one repository?"""
    its, others = (mapping(each.source, "spec") for each in (root, other))
    same = address(text(its, "url") or "") == address(text(others, "url") or "")
    return same and mapping(its, "ref") == mapping(others, "ref")
