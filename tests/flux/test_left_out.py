"""What a repository holds and no cluster of it reconciles, with the reason."""

from __future__ import annotations

from typing import Any

from bisectops.flux.left_out import held
from bisectops.rules.judge import RepositoryJudge

World = Any


def reasons(world: World) -> dict[str, str]:
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    clusters = [held(each.scene.cluster) for each in judge.clusters.values()]
    return {f"{each.path} {each.name}": each.reason for each in judge.left_out(world.snapshot, clusters)}


def test_what_a_cluster_reconciles_is_not_left_out(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    world.write("app/a.yaml", world.ks("one", "app", "media"), world.ks("two", "app", "media"))
    assert reasons(world) == {}


def test_what_nothing_builds_is_told_with_its_document_alone(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    world.write("apps/b.yaml", world.ks("one", "x"), world.ks("${NAME}", "y", "media"))
    assert reasons(world) == {
        "apps/b.yaml one": "nothing applies it",
        "apps/b.yaml media/${NAME}": "its name is given by a variable",
    }


def test_archives_templates_docs_and_tests_are_told_apart(world: World) -> None:
    for folder in ("archive", "templates", "docs", "tests", ".github"):
        world.write(f"{folder}/a.yaml", world.ks("a", "x", "media"))
    assert sorted(reasons(world).values()) == [
        "a template",
        "a test",
        "a tool's folder",
        "archived",
        "documentation",
    ]


def test_a_patch_of_another_one_is_a_patch(world: World) -> None:
    world.write("cluster/base/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    world.write("cluster/base/patch.yaml", world.ks("app", "app", "media", prune=False))
    world.folder("cluster/base", "./app.yaml", patches=[{"path": "patch.yaml"}])
    assert reasons(world) == {"cluster/base/patch.yaml media/app": "a patch"}


def test_what_a_broken_one_would_apply_is_behind_it(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    world.write("app/inner.yaml", world.ks("inner", "inner", "media")).folder(
        "app", "./inner.yaml", "./gone.yaml"
    )
    assert reasons(world) == {"app/inner.yaml media/inner": "behind Kustomization/media/app, which fails"}


def test_what_goes_to_another_cluster_says_through_whom(world: World) -> None:
    kube_config = {"secretRef": {"name": "other"}}
    world.write("cluster/app.yaml", world.ks("app", "there", "media", kubeConfig=kube_config))
    world.write("there/inner.yaml", world.ks("inner", "inner", "media"))
    assert reasons(world) == {
        "there/inner.yaml media/inner": "of another cluster: Kustomization/media/app applies it there"
    }
