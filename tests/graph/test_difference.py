from __future__ import annotations

from copy import deepcopy
from typing import Any

from bisectops.graph.difference import Difference, difference

World = Any
KEYED = {"decryption": {"provider": "sops", "secretRef": {"name": "k"}}}


def changed(old: World, new: World) -> Difference:
    return difference(old.judge().scene.cluster.objects, new.judge().scene.cluster.objects)


def fleet(world: World) -> World:
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    return world.write("app/map.yaml", world.make("ConfigMap", "a", "media"))


def test_a_commit_does_not_differ_from_itself(world: World) -> None:
    assert changed(fleet(world), world) == Difference()


def test_objects_appear_and_vanish(world: World) -> None:
    new = deepcopy(fleet(world)).write("app/map.yaml", world.make("ConfigMap", "b", "media"))
    found = changed(world, new)
    assert [str(each.id) for each in found.appeared] == ["ConfigMap/media/b"]
    assert [str(each.id) for each in found.vanished] == ["ConfigMap/media/a"]


def test_an_object_that_changed_its_namespace_has_moved(world: World) -> None:
    new = deepcopy(fleet(world)).write("app/map.yaml", world.make("ConfigMap", "a", "home"))
    (move,) = changed(world, new).moved
    assert (move.what, move.old, move.new, str(move.after)) == (
        "namespace",
        "media",
        "home",
        "ConfigMap/home/a",
    )
    assert changed(world, new).appeared == ()


def test_an_owner_that_moved_itself_is_still_the_owner(world: World) -> None:
    new = deepcopy(fleet(world)).write("cluster/app.yaml", world.ks("app", "app", "home"))
    assert [(move.what, str(move.after)) for move in changed(world, new).moved] == [
        ("namespace", "Kustomization/home/app")
    ]


def test_another_owner_is_told(world: World) -> None:
    new = deepcopy(fleet(world)).write("cluster/app.yaml", world.ks("other", "app", "media"))
    moves = [(move.what, move.old, move.new) for move in changed(world, new).moved]
    assert moves == [("owner", "Kustomization/media/app", "Kustomization/media/other")]


def test_references_and_decryption_are_told_by_meaning(world: World) -> None:
    new = deepcopy(fleet(world)).write(
        "cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}], **KEYED)
    )
    found = changed(world, new)
    assert [(wire.field, wire.old, wire.new) for wire in found.rewired] == [
        ("spec.decryption.secretRef", "", "Secret/media/k"),
        ("spec.dependsOn[0]", "", "Kustomization/media/db"),
    ]
    assert [(str(d.object), d.old, d.new) for d in found.decryption] == [
        ("Kustomization/media/app", "none", "Secret k")
    ]
    assert [str(each) for each in found.changed] == ["Kustomization/media/app"]
