"""Kustomizations that hold themselves, as `flux bootstrap` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bisectops.flux.clues import BOOTSTRAPPED
from bisectops.flux.controller import installed
from bisectops.flux.flux_instance import NAMESPACE
from bisectops.flux.kinds import ObjectId, object_id, reference
from bisectops.flux.root import Root
from bisectops.flux.survey import Survey, Written, folder_of
from bisectops.git.objects import ROOT, RepoPath, parent
from bisectops.kustomize.resource import Node
from bisectops.yaml.fields import mapping, text

_PUSHED = frozenset(("OCIRepository", "Bucket"))
"""Sources that CI pushes: their root may be any folder of the repository."""


class _Candidate(NamedTuple):
    """A Kustomization whose own path's build holds it."""

    folder: RepoPath
    base: RepoPath
    ks: Written


def self_contained(survey: Survey, roots: list[Root]) -> list[Root]:
    """Kustomizations that their own path's build holds and that no other root leads to.

    Bootstrap puts the source there as well, or into what that leads to. A Kustomization without one holds
    itself by mistake: it counts only where nothing better starts a cluster, or beside the folder of one that
    has it and builds from the same.
    """
    candidates = list(_candidates(survey, roots))
    led_to = (
        {file for root in roots for file in survey.closure(root.path, root.base)} if candidates else set()
    )
    found = [each for each in candidates if each.ks.file not in led_to]
    found = [each for each in found if not _builds_a_twin(survey, each, found)]
    with_source = [each for each in found if _source_beside(survey, each) or _misnamed(survey, each)]
    if roots or with_source:
        found = with_source + [each for each in found if _stands_beside(survey, each, with_source)]
    chosen: list[Root] = []
    for folder, base, ks in sorted(found, key=_likeliest):
        others = (other for other in found if other.ks.file != ks.file)
        if ks.file not in led_to and not any(_leads_to(survey, other, ks, folder, base) for other in others):
            chosen.append(of_written(survey, folder, base, ks))
            led_to |= survey.closure(folder, base)
    return chosen


def _candidates(survey: Survey, roots: list[Root]) -> Iterator[_Candidate]:
    pushed = (ks for ks in survey.kustomizations if text(ks.spec, "sourceRef", "kind") in _PUSHED)
    bases = {ROOT, *(root.base for root in roots), *(artifact_root(survey, ks) for ks in pushed)}
    for base in sorted(bases):
        for ks in survey.kustomizations:
            folder = folder_of(ks, base)
            if folder is None or (folder == base and survey.is_foreign(ks)):
                continue
            candidate = _Candidate(folder, base, ks)
            if survey.is_folder(folder) and (
                ks.file in survey.reaches(folder) or _lies_beside(survey, ks, folder)
            ):
                source = _source_beside(survey, candidate)
                if source is None or not is_local(text(source, "spec", "url") or ""):
                    yield candidate


def _stands_beside(survey: Survey, candidate: _Candidate, others: Iterable[_Candidate]) -> bool:
    """Is it written beside the folder of another, without a source of its own, to build from the other's?"""
    named = _source_named(survey, candidate)
    return any(
        candidate.ks.name != other.ks.name
        and parent(candidate.folder) == parent(other.folder)
        and candidate.folder != other.folder
        and candidate.base == other.base
        and named == _source_named(survey, other)
        for other in others
    )


def _source_named(survey: Survey, candidate: _Candidate) -> ObjectId | None:
    whole = _whole(survey, candidate.folder, candidate.ks)
    return reference(mapping(whole.spec, "sourceRef"), whole.namespace)


def _lies_beside(survey: Survey, ks: Written, folder: RepoPath) -> bool:
    """Did bootstrap write a Kustomization, with its source, beneath a folder whose build leaves it out?"""
    bootstrapped = ks.file.endswith(f"/{BOOTSTRAPPED}")
    return ks.file.startswith(f"{folder}/") and any(
        source.file == ks.file
        and (bootstrapped or (source.name, source.namespace) == (ks.name, ks.namespace))
        for source in survey.sources
    )


def _source_beside(survey: Survey, candidate: _Candidate) -> Mapping[str, Node] | None:
    """The source of a Kustomization, where its file, its build, or one that this leads to, holds it."""
    whole = _whole(survey, candidate.folder, candidate.ks)
    source, file = source_of(survey, candidate.folder, whole)
    beside = file == candidate.ks.file or file in survey.closure(candidate.folder, candidate.base)
    return source if mapping(source, "spec") and beside else None


def _misnamed(survey: Survey, candidate: _Candidate) -> bool:
    """Does its file make a source, and it name another one, which nobody makes?"""
    return _other_source(survey, candidate) is not None


def _other_source(survey: Survey, candidate: _Candidate) -> ObjectId | None:
    """The source that a Kustomization's file makes for it, where nobody makes the one that it names."""
    ks = _whole(survey, candidate.folder, candidate.ks)
    named = text(ks.spec, "sourceRef", "name") or ""
    made = [source for source in survey.sources if source.file == ks.file]
    made = [source for source in made if source.name in (named, ks.name)] or made
    if len(made) != 1 or not named or "$" in named or _source_beside(survey, candidate):
        return None
    metadata = {"namespace": ks.namespace, **mapping(made[0].tree, "metadata")}
    return object_id({**made[0].tree, "metadata": metadata})


def _builds_a_twin(survey: Survey, candidate: _Candidate, found: list[_Candidate]) -> bool:
    """Does it build another repository, laid out like this one, whose root is written here as well?"""
    if not survey.is_foreign(candidate.ks):
        return False
    there = survey.closure(candidate.folder, candidate.base)
    others = [other.ks for other in found if not survey.is_foreign(other.ks)]
    return any(ks.file in there for ks in (*others, *pathless(survey)))


def pathless(survey: Survey) -> Iterator[Written]:
    """Kustomizations whose path is no folder, each in one file with the source that it builds from."""
    for ks in survey.at_home:
        folder = folder_of(ks, ROOT)
        if folder is not None and not survey.is_folder(folder) and _is_beside_its_source(survey, ks):
            yield ks


def _is_beside_its_source(survey: Survey, ks: Written) -> bool:
    return any(
        source.file == ks.file
        and (source.tree["kind"], source.name) == ks.source
        and (url := text(source.spec, "url"))
        and not is_local(url)
        for source in survey.sources
    )


def _leads_to(survey: Survey, other: _Candidate, ks: Written, folder: RepoPath, base: RepoPath) -> bool:
    """Does another candidate lead to a Kustomization that does not lead back?"""
    there = ks.file in survey.closure(other.folder, other.base)
    return there and other.ks.file not in survey.closure(folder, base)


def _likeliest(candidate: _Candidate) -> tuple[bool, int, RepoPath, RepoPath]:
    """Bootstrap's own name first, then what stands highest in the tree."""
    folder, _, ks = candidate
    return (ks.name != NAMESPACE, folder.count("/"), folder, ks.file)


def of_written(survey: Survey, folder: RepoPath, base: RepoPath, ks: Written) -> Root:
    """The root that a Kustomization is, put together from what the build of a folder reads."""
    whole = _whole(survey, folder, ks)
    source, origin = source_of(survey, folder, whole)
    return Root(
        name="",
        path=folder,
        found=f"Kustomization {ks.name} in {ks.file} builds the folder that holds it",
        origin=ks.file,
        kustomization=whole.tree,
        source=source,
        beside=_other_source(survey, _Candidate(folder, base, ks)),
        base=base,
        controller=installed(survey, folder, (ks.file, origin)),
    )


def _whole(survey: Survey, folder: RepoPath, ks: Written) -> Written:
    """A Kustomization that is written in pieces, a base and patches, as one; its namespace given."""
    tree: dict[str, Node] = {}
    reached = survey.reaches(folder)
    for piece in survey.kustomizations:
        if piece.name == ks.name and piece.file in reached and piece.namespace in (ks.namespace, ""):
            tree = _merged(tree, piece.tree)
    tree = _merged(tree, ks.tree)
    metadata = {"namespace": NAMESPACE, **mapping(tree, "metadata")}
    return Written(ks.file, tree | {"metadata": metadata})


def _merged(below: Mapping[str, Node], above: Mapping[str, Node]) -> dict[str, Node]:
    merged = dict(below)
    for key, item in above.items():
        both = isinstance(item, dict) and isinstance(below.get(key), dict)
        merged[key] = _merged(below[key], item) if both else item
    return merged


def source_of(survey: Survey, folder: RepoPath, ks: Written) -> tuple[Mapping[str, Node], RepoPath]:
    """The source that a Kustomization names, from the nearest file that has it, or made up."""
    wanted = reference(mapping(ks.spec, "sourceRef"), ks.namespace)
    wanted = wanted or ObjectId("GitRepository", ks.namespace, NAMESPACE, "source.toolkit.fluxcd.io")
    reached = survey.reaches(folder)
    fitting = [
        (source.file != ks.file, source.file not in reached, source.file, source)
        for source in survey.sources
        if (source.tree["kind"], source.name) == (wanted.kind, wanted.name)
        and source.namespace in (wanted.namespace, "")
    ]
    metadata = {"name": wanted.name, "namespace": wanted.namespace}
    if fitting:
        nearest = min(fitting, key=lambda each: each[:3])[3]
        whole = {**mapping(nearest.tree, "metadata"), **metadata}
        return {**nearest.tree, "metadata": whole}, nearest.file
    version = "source.toolkit.fluxcd.io/v1"
    return {"apiVersion": version, "kind": wanted.kind, "metadata": metadata, "spec": {}}, ks.file


def artifact_root(survey: Survey, ks: Written) -> RepoPath:
    """The folder that CI pushes: the whole repository, or the one above the file that has the path."""
    if survey.is_folder(folder_of(ks, ROOT) or ROOT):
        return ROOT
    folder = parent(ks.file)
    while folder:
        if survey.is_folder(folder_of(ks, folder) or ROOT):
            return folder
        folder = parent(folder)
    return ROOT


def is_local(url: str) -> bool:
    """Is this a registry or server of somebody's own machine, as development clusters use it?"""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
    return "://" in url and "." not in host
