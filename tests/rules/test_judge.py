"""A walk over commits and a fresh look at each say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from bisectops.rules.finding import Finding
from bisectops.rules.judge import RepositoryJudge

World = Any
FLAG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: flag, namespace: a}}\ndata: {{args: {}}}\n"


def story(world: World) -> Iterator[World]:
    """Commits that break and repair in many ways, each a change of the last."""
    keyed = {"decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}}}
    app = world.ks("app", "apps/app", "media", **keyed)
    world.write("cluster/app.yaml", app).write("apps/app/a.yaml", world.make("ConfigMap", "a", "media"))
    yield world
    world.write("cluster/key.yaml", world.make("Secret", "sops-age", "media", data={"age.agekey": "eA=="}))
    yield world
    world.write("cluster/key.yaml", world.make("Secret", "sops-age", "other", data={"age.agekey": "eA=="}))
    yield world
    world.files["boot.sh"] = "kubectl create secret generic sops-age -n media\n"
    yield world
    del world.files["boot.sh"]
    world.files["apps/app/a.yaml"] = "broken: [\n"
    yield world
    world.write("apps/app/a.yaml", world.make("ConfigMap", "a"))
    yield world
    app["spec"]["dependsOn"] = [{"name": "db"}]
    world.write("cluster/app.yaml", app)
    yield world
    world.write("cluster/db.yaml", world.ks("db", "apps/db", "media"))
    yield world
    world.write("apps/db/a.yaml", world.make("HelmRelease", "db", "media"))
    yield world
    world.files.pop("cluster/db.yaml")
    yield world
    chosen = {"matchLabels": {"keys": "yes"}}
    keys = world.make("ClusterExternalSecret", "sops-age", namespaceSelector=chosen)
    world.write("cluster/keys.yaml", keys | {"apiVersion": "external-secrets.io/v1"})
    yield world
    for answer in ("yes", "no"):
        world.write("cluster/namespace.yaml", world.make("Namespace", "media", labels={"keys": answer}))
        yield world
    for flag in ("sops-age", "other"):
        args = {"args": f"--sops-age-secret={flag}"}
        world.write(
            "cluster/flux-system/args.yaml", world.make("ConfigMap", "args", "flux-system", data=args)
        )
        app["spec"]["decryption"] = {"provider": "sops"}
        yield world.write("cluster/app.yaml", app)
    for name in ("odd-key", "sops-age", "odd-key"):
        for each in ("one", "two"):
            keyed["decryption"]["secretRef"] = {"name": name if each == "one" else "sops-age"}
            world.write(f"cluster/{each}.yaml", world.ks(each, "apps/db", "flux-system", **keyed))
        yield world
    yield world.write("cluster/two.yaml")
    for version in ("0.17.2", "0.18.0", "0.18.3", "1.9.0", "2.1.0", "2.1.4", "2.8.5", "2.9.0", "2.9.1"):
        world.files["cluster/flux-system/gotk-components.yaml"] = f"# Flux Version: v{version}\n"
        yield world


def test_every_commit_of_a_walk_is_judged_as_a_fresh_look_judges_it(
    world: World, changes: Callable[..., Any]
) -> None:
    walked, before = RepositoryJudge(), None
    counted: list[int] = []
    for commit in story(world):
        now = deepcopy(commit)
        walked.move(now.snapshot, changes(before, now) if before else None)
        fresh = RepositoryJudge()
        fresh.move(now.snapshot, None)
        assert walked.findings == fresh.findings
        counted.append(len(fresh.findings))
        before = now
    assert len(set(counted)) > 1


@pytest.mark.parametrize(
    ("before", "after", "judged"),
    [
        ("# Flux Version: v2.2.1\n", "# Flux Version: v2.2.2\n", {"flux-system"}),
        ("# Flux Version: v2.2.1\n", "# Flux Version: v2.3.0\n", {"flux-system", "app"}),
        (FLAG.format("yes"), FLAG.format("no"), {"flux-system", "flag"}),
        (FLAG.format("no"), FLAG.format("--sops-age-secret=key"), {"flux-system", "flag", "app", "a"}),
    ],
)
def test_a_release_of_flux_has_judged_again_what_it_may_answer_otherwise(
    before: str, after: str, judged: set[str], world: World, changes: Callable[..., Any]
) -> None:
    judge = RepositoryJudge()
    world.write("cluster/app.yaml", world.ks("app", "app", "media"))
    world.write("app/a.yaml", world.make("ConfigMap", "a", "media"))
    now = deepcopy(world)
    for each, text in ((world, before), (now, after)):
        each.files["cluster/flux-system/gotk-components.yaml"] = text
    judge.move(world.snapshot, None)
    (cluster,) = judge.clusters.values()
    (root,) = judge.find(now.snapshot)
    advance = cluster.advance(now.snapshot, root, changes(world, now))
    assert {each.name for each in advance.dirty} == judged


def test_a_movement_tells_what_came_and_what_went(world: World, changes: Callable[..., Any]) -> None:
    judge = RepositoryJudge()
    world.write("cluster/app.yaml", world.ks("app", "gone", "media"))
    judge.move(world.snapshot, None)
    repaired = deepcopy(world).write("gone/a.yaml", world.make("ConfigMap", "a", "media"))
    movement = judge.move(repaired.snapshot, changes(world, repaired))
    assert _rules(movement.resolved) == ["build-failed"]
    assert movement.introduced == ()
    movement = judge.move(world.snapshot, changes(repaired, world))
    assert _rules(movement.introduced) == ["build-failed"]


def _rules(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def test_two_roots_of_one_cluster_know_each_others_objects(world: World) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", dependsOn=[{"name": "db"}]))
    other = world.ks("second", "second", "flux-system", sourceRef={"kind": "GitRepository", "name": "second"})
    git = world.make("GitRepository", "second", "flux-system", url="https://example.org/a/b")
    world.write("app/a.yaml").write("second/root.yaml", other, git)
    world.write("second/db.yaml", world.ks("db", "db", "media")).write("db/a.yaml")
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    assert len(judge.clusters) == 2
    assert judge.findings == {}


def test_an_older_way_into_the_same_folders_is_the_same_cluster(world: World) -> None:
    world.files.clear()
    repository = world.make("HelmRepository", "charts", "flux-system", url="https://example.org")
    git = world.make("GitRepository", "old", "flux-system", url="https://example.org/a/b")
    home = {"kind": "GitRepository", "name": "old", "namespace": "flux-system"}
    old = world.ks("old", "flux", "flux-system", sourceRef=home)
    world.write("flux/config/old.yaml", git, old).write("flux/repositories/charts.yaml", repository)
    sync = {"kind": "GitRepository", "url": "https://example.org/a/b", "path": "flux/cluster"}
    world.write(
        "flux/operator/instance.yaml",
        world.make("FluxInstance", "flux", "flux-system", sync=sync)
        | {"apiVersion": "fluxcd.controlplane.io/v1"},
    )
    chart = {"spec": {"chart": "x", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    world.write("flux/cluster/release.yaml", world.make("HelmRelease", "x", "flux-system", chart=chart))
    world.write("flux/cluster/apps.yaml", world.ks("apps", "apps", "flux-system")).write("apps/a.yaml")
    judge = RepositoryJudge()
    judge.move(world.snapshot, None)
    assert len(judge.clusters) == 2
    assert judge.findings == {}


def test_a_made_up_root_proves_nothing_of_its_own_decryption(world: World) -> None:
    world.files.clear()
    world.write("clusters/a/app.yaml", world.ks("app", "app", "media"))
    world.write("clusters/a/secret.yaml", world.sealed("s", "media")).write("app/a.yaml")
    assert world.failures() == {
        "encrypted-without-decryption:Kustomization/flux-system/flux-system:Secret/media/s": "possible"
    }


def test_the_build_of_a_root_that_bootstrap_has_yet_to_write_is_judged(world: World) -> None:
    world.files.clear()
    world.write("clusters/a/app.yaml", world.ks("app", "app", "media")).write("app/a.yaml")
    world.files["clusters/a/broken.yaml"] = "broken: [\n"
    key = "build-failed:Kustomization/flux-system/flux-system:Build/clusters/a"
    assert world.failures()[key] == "possible"
    world.files["clusters/a/flux-system/gotk-sync.yaml"] = "# to come\n"
    assert world.failures()[key] == "likely"


def test_hostile_objects_leave_the_rest_of_the_graph_judged(world: World) -> None:
    odd: list[dict[str, Any]] = [
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "x"},
            "spec": 7,
        },
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": "y"},
            "spec": [],
        },
        {"apiVersion": 3, "kind": "Secret", "metadata": {"name": "Not A DNS Name", "namespace": "a"}},
        world.ks("self", "cluster", "flux-system"),
    ]
    world.write("cluster/odd.yaml", *odd)
    world.write("cluster/app.yaml", world.ks("app", "gone", "media"))
    assert "build-failed:Kustomization/media/app:Path/gone" in world.findings()


def test_kustomizations_that_apply_each_other_come_to_rest(world: World) -> None:
    world.write("cluster/a.yaml", world.ks("a", "one", "media"))
    world.write("one/b.yaml", world.ks("b", "two", "media")).write(
        "two/a.yaml", world.ks("a", "one", "media")
    )
    assert world.findings() == {}
