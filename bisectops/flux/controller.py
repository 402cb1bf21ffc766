"""Which Flux a cluster runs and how its kustomize-controller is started, as far as git tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from bisectops.flux.flux_instance import arguments, version
from bisectops.flux.reach import KUSTOMIZATION_FILES
from bisectops.flux.survey import Survey
from bisectops.git.objects import EntryKind, RepoPath, parent, repo_path
from bisectops.kustomize.resource import Node

Version: TypeAlias = tuple[int, ...]

_NUMBER = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_VERSIONS = (
    re.compile(rb"\n# Flux [Vv]ersion: *(v[\d.]+)"),
    re.compile(rb"fluxcd/flux2/[^\s?]*\?ref=(v[\d.]+)"),
)
_MANIFESTS = re.compile(rb"flux-manifests")
_TAG = re.compile(rb"(?:tag|version): *[\"']?(?:\$\{\w+:?[=-])?(v[\d.]+)", re.I)
_FLAGS = re.compile(
    rb"--(?:sops-age-secret|no-cross-namespace-refs|no-remote-bases|feature-gates)=[^\s\"',\]]+"
)
_STRICT = re.compile(r"\bStrictPostBuildSubstitutions=(true|false)\b")
_COMMENT = re.compile(rb"(?:^|\s)#[^\n]*")
_ZERO = {13: 11, 18: 15, 23: 18, 27: 21, 32: 27, 38: 32, 41: 35}
"""Flux 0.x to kustomize-controller 0.y, by flux2's manifests/bases; since 2.0 the minor versions agree."""


@dataclass(frozen=True, slots=True)
class Controller:
    """kustomize-controller, by version and flags."""

    flux: Version = ()
    """The Flux release; empty where git does not say, or only a range."""
    arguments: tuple[str, ...] = ()

    version: Version | None = field(init=False, compare=False)
    """kustomize-controller's own version, its minor number at least; None where git does not say."""
    strict: bool = field(init=False, compare=False)
    """Is StrictPostBuildSubstitutions on: by flag, or by default from Flux 2.9?"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", _version(self.flux))
        object.__setattr__(self, "strict", _is_strict(self.flux, self.arguments))

    @property
    def refusals(self) -> tuple[str | None, bool, bool]:
        """What its flags have it look for or refuse."""
        return self.sops_age_secret, self.refuses_other_namespaces, self.refuses_remote_bases

    @property
    def sops_age_secret(self) -> str | None:
        """The Secret that --sops-age-secret names."""
        return self._flag("--sops-age-secret=")

    @property
    def refuses_other_namespaces(self) -> bool:
        """Are references to other namespaces refused?"""
        return self._flag("--no-cross-namespace-refs=") == "true"

    @property
    def refuses_remote_bases(self) -> bool:
        """Are remote bases refused?"""
        return self._flag("--no-remote-bases=") == "true"

    def _flag(self, prefix: str) -> str | None:
        found = [each.removeprefix(prefix) for each in self.arguments if each.startswith(prefix)]
        return found[-1] if found else None


def _version(flux: Version) -> Version | None:
    if not flux:
        return None
    major, minor = flux[:2]
    if major:
        return (1, minor)
    below = [number for number in _ZERO if number <= minor]
    return (0, _ZERO[max(below)] if below else 11)


def _is_strict(flux: Version, arguments: Iterable[str]) -> bool:
    for argument in arguments:
        if found := _STRICT.search(argument):
            return found[1] == "true"
    return flux >= (2, 9)


def of_instance(spec: Node) -> Controller:
    """The controller that a FluxInstance installs."""
    return Controller(_number(version(spec)), arguments(spec))


def installed(survey: Survey, folder: RepoPath, files: tuple[RepoPath, ...]) -> Controller:
    """The controller of a cluster that was bootstrapped otherwise: from the files nearest its folder."""
    told = [
        told_by(survey.snapshot.read(path))
        for path in sorted(_kustomizations((folder, RepoPath(f"{folder}/flux-system"), *map(parent, files))))
        if (entry := survey.snapshot.entry(path)) and entry.kind is EntryKind.BLOB
    ]
    clues = [clue for clue in survey.clues if clue.controller]
    near = max((_shared(clue.path, folder) for clue in clues), default=0)
    told += [
        survey.parsed.remembered(survey.snapshot, clue, told_by)
        for clue in clues
        if _shared(clue.path, folder) == near or clue.path in files
    ]
    flags = tuple(flag for each in told for flag in each.arguments)
    return Controller(max((each.flux for each in told), default=()), flags)


def _kustomizations(folders: Iterable[RepoPath]) -> set[RepoPath]:
    """Where bootstrap's own kustomization may be, whose patches start the controllers otherwise."""
    return {repo_path(name, base=folder) for folder in folders for name in KUSTOMIZATION_FILES}


def told_by(data: bytes) -> Controller:
    """What one file says: the header of gotk-components.yaml, a remote base, an OCI tag, flags in patches."""
    found = [match[1] for pattern in _VERSIONS for match in pattern.finditer(b"\n" + data)]
    for match in _MANIFESTS.finditer(data):
        found += _TAG.findall(data, match.end(), match.end() + 400)[:1]
    numbers = [_number(each.decode()) for each in found]
    flags = _FLAGS.findall(_COMMENT.sub(b"", data)) if _FLAGS.search(data) else ()
    return Controller(max(numbers, default=()), tuple(flag.decode() for flag in flags))


def _shared(path: RepoPath, folder: RepoPath) -> int:
    """How many leading names two paths share."""
    shared = 0
    for one, other in zip(path.split("/"), folder.split("/"), strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _number(version: str) -> Version:
    found = _NUMBER.fullmatch(version)
    return tuple(int(part) for part in found.groups("0")) if found else ()
