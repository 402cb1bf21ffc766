"""Roots whose path is no folder, told by their likeness to the roots of other clusters.

What would build such a root is not there, so nothing proves by itself that it is one: an instance of
former days and another repository's bootstrap look the same. But where a cluster's files stand as those of
another cluster do, but for its name, its root is written where the other's is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bisectops.flux.root import Root
from bisectops.flux.self_contained import of_written
from bisectops.flux.survey import Survey, address, folder_of
from bisectops.git.objects import RepoPath
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping, text


def strays(survey: Survey, roots: Sequence[Root], missing: Iterable[Root]) -> Iterator[Root]:
    """The roots of clusters whose path is missing; `missing` are the instances of such a path."""
    candidates = list(_candidates(survey, roots, missing))
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
            holder = _holder(survey, root.origin, root.path, other)
            if holder is not None and other.pinned and root.base == other.base and alike(root, other):
                yield replace(root, holder=holder)
    for other in roots:
        for ks in () if other.pinned or other.made_up else survey.kustomizations:
            if ks.name != other.id.name or ks.namespace not in ("", other.id.namespace):
                continue
            folder = folder_of(ks, other.base)
            if folder is None or survey.is_folder(folder):
                continue
            holder = _holder(survey, ks.file, folder, other)
            if holder is None:
                continue
            pieces = other.path if holder == folder else holder
            root = of_written(survey, pieces, other.base, ks)
            if alike(root, other):
                found = f"Kustomization {ks.name} in {ks.file}, as {other.origin} has it, builds {folder}"
                yield replace(root, path=folder, found=found, holder=holder)


def _holder(survey: Survey, file: RepoPath, path: RepoPath, other: Root) -> RepoPath | None:
    """The folder that is to a file what another root's is to its own, and leads to it; if there is one.

    That may be the missing path itself: the folder went, and the file stayed.
    """
    names = _told_apart(file, other.origin)
    if names is None:
        return None
    mine, its = names
    folder = RepoPath("/".join(mine if part == its else part for part in other.path.split("/")))
    if folder == path != other.path:
        return folder
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


def alike(root: Root, other: Root) -> bool:
    """Do two roots pull the same revision of one repository?"""
    its, others = (mapping(each.source, "spec") for each in (root, other))
    same = address(text(its, "url") or "") == address(text(others, "url") or "")
    return same and _revision(its) == _revision(others)


def _revision(source: Mapping[str, Node]) -> Mapping[str, Node]:
    """What a source pulls, a branch by its full name."""
    ref = mapping(source, "ref")
    branch = text(ref, "branch")
    return {"name": f"refs/heads/{branch}"} if branch and len(ref) == 1 else ref
