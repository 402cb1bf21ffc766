"""A folder's build: its accumulation, and what is done once at its end.

Facts: kustomize api/krusty/kustomizer.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from bisectops.errors import BuildError
from bisectops.git.objects import RepoPath
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize import provenance
from bisectops.kustomize.accumulating import Run
from bisectops.kustomize.accumulator import Accumulator
from bisectops.kustomize.endings import Endings
from bisectops.kustomize.failure import afresh
from bisectops.kustomize.folder import load
from bisectops.kustomize.loader import open_folder
from bisectops.kustomize.reading import Blobs
from bisectops.kustomize.resource import Broken, Built, Node
from bisectops.kustomize.sharing import Shared


def build(
    snapshot: Snapshot,
    folder: RepoPath,
    *,
    kustomization: Mapping[str, Node] | None = None,
    remote_is_opaque: bool = False,
) -> Built | Broken:
    """What kustomize makes of a folder.

    A `kustomization` stands for the folder's own file, and is read as Flux reads it: fields that
    kustomize does not know are dropped. Where remote inputs are opaque they are left out and named.
    """
    return Builder().build(snapshot, folder, kustomization=kustomization, remote_is_opaque=remote_is_opaque)


class Builder:
    """Builds folders, and remembers parsed blobs, shared bases and last ends between builds."""

    def __init__(self) -> None:
        self.blobs = Blobs()
        self.shared = Shared()
        self.endings = Endings()

    def build(
        self,
        snapshot: Snapshot,
        folder: RepoPath,
        *,
        kustomization: Mapping[str, Node] | None = None,
        remote_is_opaque: bool = False,
        may_be_empty: bool = False,
    ) -> Built | Broken:
        """What kustomize makes of a folder; see `build`.

        `may_be_empty`: take a kustomization that says nothing, as kustomize did before its api 0.14.
        """
        gathered = Accumulator(tolerant=remote_is_opaque)
        try:
            loader = open_folder(snapshot, self.blobs, folder, may_be_empty=may_be_empty)
            target = load(loader, "", kustomization)
            tells_origins = provenance.wanted(target.asked.metadata)
            run = Run(snapshot, self.shared, gathered.schemas, tells_origins, remote_is_opaque)
            run.choose_schema(target, gathered, root=True)
            run.accumulate(target, gathered)
            return self.endings.built(loader.root, gathered, target.asked)
        except BuildError as error:
            return Broken(afresh(error), tuple(gathered.resources), tuple(gathered.opaque))
