"""A folder and the kustomization it holds.

Facts: kustomize api/internal/target/kusttarget.go (Load, LoadKustFile).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bisectops.errors import BuildError
from bisectops.git.objects import Entry, RepoPath
from bisectops.kustomize.failure import within
from bisectops.kustomize.kustomization import FILE_NAMES, Kustomization, kustomization
from bisectops.kustomize.loader import Loader
from bisectops.kustomize.reading import value_of
from bisectops.kustomize.resource import Node
from bisectops.kustomize.transformers.configure import Place


@dataclass(frozen=True, slots=True)
class Target:
    """A folder with the kustomization that it holds."""

    loader: Loader
    file: RepoPath
    asked: Kustomization
    way: str
    """The path from the folder that is built, as the kustomizations in between spell it."""

    @property
    def place(self) -> Place:
        """Where its fields are written."""
        return Place(self.loader, self.file)


def load(loader: Loader, way: str, override: Mapping[str, Node] | None = None) -> Target:
    """The target of a folder. Raises BuildError for a kustomization that is missing or wrong."""
    folder = loader.root or "."
    if override is not None:
        file = RepoPath(f"{loader.root}/{FILE_NAMES[0]}" if loader.root else FILE_NAMES[0])
        return Target(loader, file, kustomization(override, folder=folder, strict=False), way)
    entry = _kustomization_file(loader)
    how = ("kustomization", folder, loader.may_be_empty)
    read = _reader(folder, may_be_empty=loader.may_be_empty)
    asked = loader.blobs.parsed(loader.snapshot, entry, how, read)
    return Target(loader, entry.path, asked, way)


def _kustomization_file(loader: Loader) -> Entry:
    found = [entry for name in FILE_NAMES if (entry := loader.has_file(name)) is not None]
    folder = loader.root or "."
    if not found:
        names = "'kustomization.yaml', 'kustomization.yml' or 'Kustomization'"
        raise BuildError(f"unable to find one of {names} in directory '{folder}'")
    if len(found) > 1:
        raise BuildError(f"Found multiple kustomization files under: {folder}")
    return found[0]


def _reader(folder: str, *, may_be_empty: bool) -> Callable[[bytes], Kustomization]:
    def read(data: bytes) -> Kustomization:
        try:
            value = value_of(data)
        except BuildError as error:
            raise within(error, "invalid Kustomization") from None
        return kustomization(value, folder=folder, may_be_empty=may_be_empty)

    return read
