"""The graph that people look at: references, and who applies, provides and includes what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from bisectops.errors import YamlError
from bisectops.flux.kinds import ObjectId, is_ks
from bisectops.flux.overlay import KUSTOMIZATION_FILES
from bisectops.git.objects import parent
from bisectops.git.snapshot import Snapshot
from bisectops.graph.model import EdgeKind, Reference, ResourceGraph
from bisectops.kustomize.resource import Node
from bisectops.rules.scene import Scene
from bisectops.yaml.fields import text
from bisectops.yaml.reader import one

COMPONENT_GROUP = "kustomize.config.k8s.io"


def whole(scene: Scene, snapshot: Snapshot | None = None) -> ResourceGraph:
    """Every object of a cluster with all its edges; components too, where their files can be read."""
    wanted = {
        object_id: list(scene.references(applied)) for object_id, applied in scene.cluster.objects.items()
    }
    for object_id in scene.cluster.objects:
        for owner in sorted(scene.cluster.copies(object_id)):
            if owner in wanted and owner != object_id:
                wanted[owner].append(Reference(EdgeKind.APPLIES, object_id, _place(object_id)))
    for maker, made in scene.makers.made():
        if maker in wanted:
            wanted[maker].append(Reference(EdgeKind.PROVIDES, made, _place(made)))
    if snapshot is not None:
        for ks in filter(is_ks, wanted):
            wanted[ks] += _components(scene, snapshot, ks)
    graph = ResourceGraph()
    for object_id, applied in sorted(scene.cluster.objects.items(), key=lambda item: item[0]):
        graph.update(object_id, applied, tuple(wanted[object_id]))
    return graph


def _place(object_id: ObjectId) -> str:
    """What tells an edge from others between the same two objects, where no field does."""
    return str(object_id)


def _components(scene: Scene, snapshot: Snapshot, ks: ObjectId) -> Iterator[Reference]:
    """The component folders that a ks's build goes through."""
    for path in scene.cluster.files_of(ks):
        if path.rpartition("/")[2] not in KUSTOMIZATION_FILES or snapshot.entry(path) is None:
            continue
        try:
            tree = cast(Node, one(snapshot.read(path)))
        except YamlError:
            continue  # its own ks is Broken and says so
        if text(tree, "kind") == "Component":
            folder = ObjectId("Component", "", parent(path), COMPONENT_GROUP)
            yield Reference(EdgeKind.INCLUDES_COMPONENT, folder, path)
