"""From a root to everything that it leads to, at one commit and from commit to commit."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bisectops.flux.kinds import KUSTOMIZE_GROUP as GROUP
from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.flux.reconcile import build_memo
from bisectops.flux.roots import RootFinder
from bisectops.rules.cluster_judge import ClusterJudge

World = Any
APP = ks_id("media", "app")


def names(world: World) -> set[str]:
    return {str(each) for each in world.judge().scene.cluster.objects}


def content(world: World, kind: str, name: str, group: str = "") -> Any:
    return world.judge().scene.cluster.objects[ObjectId(kind, "media", name, group)].content


def app(world: World, *objects: dict[str, Any], **spec: Any) -> World:
    world.write("cluster/app.yaml", world.ks("app", "app", "media", **spec))
    return world.write("app/objects.yaml", *objects)


def test_children_found_in_the_output_are_reconciled_in_turn(world: World) -> None:
    app(world, world.ks("inner", "inner", "media"))
    world.write("inner/map.yaml", world.make("ConfigMap", "deep", "media"))
    assert "ConfigMap/media/deep" in names(world)


def test_common_metadata_overrides_and_comes_last(world: World) -> None:
    common = {"labels": {"team": "flux"}, "annotations": {"${A}": "${A}"}}
    own = world.make("ConfigMap", "a", "media", labels={"team": "own", "kept": "yes"})
    app(world, own, commonMetadata=common, postBuild={"substitute": {"A": "b"}})
    metadata = content(world, "ConfigMap", "a")["metadata"]
    assert metadata["labels"] == {"team": "flux", "kept": "yes"}
    assert metadata["annotations"] == {"${A}": "${A}"}


def test_a_parents_variables_reach_the_childs_text_and_not_its_objects(world: World) -> None:
    world.write("cluster/vars.yaml", world.make("ConfigMap", "vars", "media", data={"WHERE": "inner"}))
    post_build = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    app(world, world.ks("child", "${WHERE}", "media"), postBuild=post_build)
    world.write("inner/map.yaml", world.make("ConfigMap", "${WHERE}", "media"))
    assert "ConfigMap/media/${WHERE}" in names(world)


def test_without_any_variable_nothing_is_touched(world: World) -> None:
    app(
        world,
        world.make("ConfigMap", "a", "media", data={"k": "$${X} ${Y:=d}"}),
        postBuild={"substitute": {}},
    )
    assert content(world, "ConfigMap", "a")["data"] == {"k": "$${X} ${Y:=d}"}


def test_a_variable_that_comes_later_in_the_cluster_counts(world: World) -> None:
    post_build = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
    app(world, world.make("ConfigMap", "${NAME}", "media"), postBuild=post_build)
    world.write("cluster/z.yaml", world.ks("zlast", "zlast", "media"))
    world.write("zlast/vars.yaml", world.make("ConfigMap", "vars", "media", data={"NAME": "told"}))
    assert "ConfigMap/media/told" in names(world)


def test_a_source_of_another_repository_makes_its_objects_opaque(world: World) -> None:
    other = world.make("GitRepository", "other", "media", url="https://example.org/c/d")
    app(world, other).write("cluster/other.yaml", other)
    ks = world.ks("app", "app", "media", sourceRef={"kind": "GitRepository", "name": "other"})
    world.write("cluster/app.yaml", ks)
    answer = world.judge().scene.cluster.reconciled(APP)
    assert [opaque.url for opaque in answer.opaque] == ["GitRepository/media/other"]
    assert answer.objects == ()


def test_the_same_repository_by_another_spelling_is_home(world: World) -> None:
    other = world.make("GitRepository", "other", "media", url="ssh://git@example.org/A/b.git")
    world.write("cluster/other.yaml", other)
    app(world, world.make("ConfigMap", "a", "media"), sourceRef={"kind": "GitRepository", "name": "other"})
    assert "ConfigMap/media/a" in names(world)


@pytest.mark.parametrize(
    ("mine", "its", "home"),
    [
        ({"branch": "main"}, {"branch": "main"}, True),
        ({"branch": "main"}, {"name": "refs/heads/main"}, True),
        ({"branch": "main"}, {"branch": "next"}, False),
        ({}, {"branch": "next"}, True),
        ({"branch": "main"}, {"tag": "v1"}, False),
        ({}, {"name": "refs/tags/v1"}, False),
        ({"tag": "v1"}, {"tag": "v1"}, True),
        ({"branch": "main"}, {"branch": "main", "commit": "0123456"}, False),
        ({"semver": ">=1"}, {"branch": "main"}, False),
    ],
)
def test_another_revision_of_this_repository_is_not_this_commit(
    mine: dict[str, str], its: dict[str, str], home: bool, world: World
) -> None:
    root = world.ks("flux-system", "cluster", "flux-system")
    url = "https://example.org/a/b"
    git = world.make("GitRepository", "flux-system", "flux-system", url=url, ref=mine)
    world.write("cluster/flux-system/gotk-sync.yaml", git, root)
    world.write("cluster/other.yaml", world.make("GitRepository", "other", "media", url=url, ref=its))
    app(world, world.make("ConfigMap", "a", "media"), sourceRef={"kind": "GitRepository", "name": "other"})
    assert ("ConfigMap/media/a" in names(world)) == home


def test_what_a_kube_config_sends_elsewhere_is_not_of_this_cluster(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media"), kubeConfig={"secretRef": {"name": "k"}})
    assert "ConfigMap/media/a" not in names(world)


def test_a_broken_build_makes_its_children_unknown_and_says_what_it_might_make(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media")).folder("app", "./objects.yaml", "./gone.yaml")
    judge = world.judge()
    answer = judge.scene.cluster.reconciled(APP)
    assert (answer.objects, answer.failure.path) == ((), "app")
    assert ("ConfigMap", "a") in answer.would_make


def test_what_a_broken_builds_kustomizations_made_is_unknown_too(world: World) -> None:
    app(world, world.ks("inner", "inner", "media")).folder("app", "./objects.yaml", "../base", "./gone.yaml")
    world.write("inner/map.yaml", world.make("ConfigMap", "deep", "media"))
    world.folder("base", "./map.yaml").write("base/map.yaml", world.make("ConfigMap", "beside", "media"))
    would_make = world.judge().scene.cluster.reconciled(APP).would_make
    assert {("ConfigMap", "deep"), ("ConfigMap", "beside")} <= would_make


def test_a_path_that_hangs_on_a_hidden_value_is_unknown_and_no_finding(world: World) -> None:
    hidden = {"substituteFrom": [{"kind": "Secret", "name": "hidden"}]}
    app(world, world.ks("inner", "inner/${WHERE:=here}", "media"), postBuild=hidden)
    assert [each.rule for each in world.findings().values()] == ["substitute-source-missing"]
    (opaque,) = world.judge().scene.cluster.reconciled(ks_id("media", "inner")).opaque
    assert opaque.url == "a path that only a variable of Kustomization/media/inner tells"


def test_a_variable_in_a_path_is_nobodys_fault_where_nothing_in_git_applies_the_ks(world: World) -> None:
    world.files.clear()
    world.write("clusters/a/app.yaml", world.ks("app", "apps/${CLUSTER}", "media"))
    assert world.findings() == {}


def test_what_hands_apply_and_the_source_leaves_out_starts_a_cluster(world: World, changes: Any) -> None:
    world.files.clear()
    world.write("bootstrap/sync.yaml", world.ks("apps", "apps", "flux-system"))
    world.write("apps/map.yaml", world.make("ConfigMap", "a", "media"))
    world.write("apps/more/map.yaml", world.make("ConfigMap", "b", "media"))
    before = deepcopy(world)
    world.files[".sourceignore"] = "/*\n!/apps\n/apps/more\n"
    assert "ConfigMap/media/b" in names(before)
    assert {"ConfigMap/media/a", "ConfigMap/media/b"} & names(world) == {"ConfigMap/media/a"}
    judge, finder = ClusterJudge(build_memo()), RootFinder()
    judge.advance(before.snapshot, finder.find(before.snapshot)[0], None)
    for was, now in ((before, world), (world, before)):
        judge.advance(now.snapshot, finder.find(now.snapshot)[0], changes(was, now))
        assert {str(each) for each in judge.scene.cluster.objects} == names(now)


def test_one_remote_input_does_not_blank_what_stands_around_it(world: World) -> None:
    app(world, world.make("ConfigMap", "a", "media"))
    world.folder("app", "./objects.yaml", "https://example.org/x.yaml")
    assert "ConfigMap/media/a" in names(world)


def test_a_resource_set_with_inline_inputs_is_evaluated(world: World) -> None:
    template = world.ks("<< inputs.name >>", "apps/<< inputs.name >>", "media")
    inputs = [{"name": "one"}, {"name": "two"}]
    app(world, world.make("ResourceSet", "fleet", "media", inputs=inputs, resources=[template]))
    world.write("apps/one/a.yaml", world.make("ConfigMap", "from-one", "media"))
    assert {"Kustomization/media/one", "Kustomization/media/two", "ConfigMap/media/from-one"} <= names(world)
    emptied = deepcopy(world)
    app(emptied, emptied.make("ConfigMap", "a", "media"))
    assert "Kustomization/media/one" not in names(emptied)


def test_an_artifact_holds_only_what_was_copied(world: World) -> None:
    copy = [{"from": "@repo/parts/a/**", "to": "@artifact/here/"}]
    home = {"alias": "repo", "kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    artifacts = [{"name": "part", "copy": copy}]
    made = world.make("ArtifactGenerator", "g", "media", sources=[home], artifacts=artifacts)
    world.write("cluster/generator.yaml", made)
    ref = {"kind": "ExternalArtifact", "name": "part"}
    world.write("cluster/app.yaml", world.ks("app", "here", "media", sourceRef=ref))
    world.write("parts/a/map.yaml", world.make("ConfigMap", "copied", "media"))
    assert world.findings() == {}
    objects = world.judge().scene.cluster.objects
    assert objects[ObjectId("ConfigMap", "media", "copied")].origin.path == "parts/a/map.yaml"
    world.folder("parts/a", "./map.yaml", "../b")
    world.folder("parts/b")
    (finding,) = world.findings().values()
    assert finding.rule == "build-failed"


def test_an_artifact_that_nobody_makes_is_missing(world: World) -> None:
    ref = {"kind": "ExternalArtifact", "name": "part"}
    world.write("cluster/app.yaml", world.ks("app", "here", "media", sourceRef=ref))
    (finding,) = world.findings().values()
    assert finding.message == 'ExternalArtifact.source.toolkit.fluxcd.io "part" not found'


def test_a_build_that_reads_the_same_is_not_made_again(world: World, changes: Any) -> None:
    app(world, world.make("ConfigMap", "a", "media"))
    world.write("cluster/b.yaml", world.ks("b", "b", "media")).write(
        "b/x.yaml", world.make("ConfigMap", "x", "b")
    )
    builds = build_memo()
    judge, finder = ClusterJudge(builds), RootFinder()
    judge.advance(world.snapshot, finder.find(world.snapshot)[0], None)
    made = builds.made
    new = deepcopy(world).write("b/x.yaml", world.make("ConfigMap", "y", "b"))
    judge.advance(new.snapshot, finder.find(new.snapshot)[0], changes(world, new))
    assert builds.made == made + 1
    assert "ConfigMap/b/y" in {str(each) for each in judge.scene.cluster.objects}


def test_two_that_apply_only_each_other_go_with_their_last_owner(world: World, changes: Any) -> None:
    app(world, world.ks("a", "one", "media"))
    world.write("one/b.yaml", world.ks("b", "two", "media")).write(
        "two/a.yaml", world.ks("a", "one", "media")
    )
    judge, finder = ClusterJudge(build_memo()), RootFinder()
    judge.advance(world.snapshot, finder.find(world.snapshot)[0], None)
    assert ks_id("media", "b") in judge.scene.cluster.kustomizations
    new = deepcopy(world)
    app(new, new.make("ConfigMap", "a", "media"))
    judge.advance(new.snapshot, finder.find(new.snapshot)[0], changes(world, new))
    assert judge.scene.cluster.kustomizations.keys() == {ks_id("flux-system", "flux-system"), APP}


def pushed(world: World, url: str) -> World:
    """The root applies a ks in clusters/one, which builds from an OCI artifact."""
    source = world.make("OCIRepository", "pushed", "media", url=url)
    world.write("cluster/pushed.yaml", source)
    ks = world.ks("app", "apps", "media", sourceRef={"kind": "OCIRepository", "name": "pushed"})
    world.write("cluster/kubernetes.yaml", world.ks("inner", "kubernetes/one", "media"))
    world.write("kubernetes/one/app.yaml", ks)
    return world.write("kubernetes/apps/map.yaml", world.make("ConfigMap", "a", "media"))


def test_an_artifact_that_ci_pushes_of_a_folder_is_home(world: World) -> None:
    assert "ConfigMap/media/a" in names(pushed(world, "oci://ghcr.io/a/manifests/b"))
    origin = world.judge().scene.cluster.objects[ObjectId("ConfigMap", "media", "a")].origin
    assert origin.path == "kubernetes/apps/map.yaml"


def test_an_artifact_of_another_name_is_not(world: World) -> None:
    assert "ConfigMap/media/a" not in names(pushed(world, "oci://ghcr.io/a/other"))


def test_a_folder_that_comes_later_is_found_by_who_waits_for_it(world: World, changes: Any) -> None:
    pushed(world, "oci://ghcr.io/a/b")
    before = deepcopy(world)
    del before.files["kubernetes/apps/map.yaml"]
    judge, finder = ClusterJudge(build_memo()), RootFinder()
    judge.advance(before.snapshot, finder.find(before.snapshot)[0], None)
    assert ObjectId("ConfigMap", "media", "a") not in judge.scene.cluster.objects
    judge.advance(world.snapshot, finder.find(world.snapshot)[0], changes(before, world))
    assert ObjectId("ConfigMap", "media", "a") in judge.scene.cluster.objects


def test_an_artifact_that_is_only_guessed_to_be_this_repository_lacks_no_path(world: World) -> None:
    world.files.clear()
    pulled = {"kind": "OCIRepository", "name": "operator"}
    source = world.make("OCIRepository", "operator", "flux-system", url="oci://ghcr.io/x/operator")
    world.write(
        "flux/operator.yaml", source, world.ks("operator", "default", "flux-system", sourceRef=pulled)
    )
    assert world.findings() == {}


@pytest.mark.parametrize(
    ("own", "other", "home"),
    [
        ({"branch": "main"}, {"name": "refs/heads/main"}, True),
        ({"branch": "main"}, {}, True),
        ({"branch": "main"}, {"branch": "staging"}, False),
        ({"branch": "main"}, {"branch": "main", "tag": "v1"}, False),
        ({"semver": "1.x"}, {"semver": "1.x"}, True),
    ],
)
def test_a_source_is_home_only_where_it_follows_the_same_branch(
    world: World, own: dict[str, str], other: dict[str, str], home: bool
) -> None:
    git = world.make("GitRepository", "flux-system", "flux-system", url="https://example.org/a/b", ref=own)
    world.write("cluster/flux-system/gotk-sync.yaml", git, world.ks("flux-system", "cluster", "flux-system"))
    copy = world.make("GitRepository", "copy", "media", url="https://example.org/a/b", ref=other)
    world.write("cluster/copy.yaml", copy)
    app(world, world.make("ConfigMap", "a", "media"), sourceRef={"kind": "GitRepository", "name": "copy"})
    assert ("ConfigMap/media/a" in names(world)) is home


def test_a_variable_meant_for_the_child_is_taken_by_the_parent(world: World) -> None:
    child = world.ks("child", "in${APP}ner", "media", postBuild={"substitute": {"APP": "x"}})
    app(world, child, postBuild={"substitute": {"A": "b"}})
    world.write("inner/map.yaml", world.make("ConfigMap", "${APP}", "media"))
    assert "ConfigMap/media/x" in names(world)


def test_folders_with_a_kustomization_come_beside_the_manifests_around_them(world: World) -> None:
    world.write("cluster/apps.yaml", world.ks("apps", "apps", "flux-system"))
    world.write("apps/echo/ks.yaml", world.ks("echo", "apps/echo/app", "media"))
    world.folder("apps/echo/app", "./map.yaml", namePrefix="built-")
    world.write("apps/echo/app/map.yaml", world.make("ConfigMap", "a", "media"))
    (built,) = (each for each in world.judge().scene.cluster.objects if each.name == "built-a")
    owners = world.judge().scene.cluster.copies(built)
    assert {str(owner) for owner in owners} == {"Kustomization/flux-system/apps", "Kustomization/media/echo"}


def test_what_the_operator_made_is_kept_though_git_applies_another_one(world: World) -> None:
    sync = {"kind": "GitRepository", "url": "https://example.org/a/b", "path": "cluster"}
    instance = world.make("FluxInstance", "flux", "flux-system", sync=sync)
    world.files.clear()
    world.write("flux.yaml", instance | {"apiVersion": "fluxcd.controlplane.io/v1"})
    world.write("cluster/root.yaml", world.ks("flux-system", "elsewhere", "flux-system"))
    world.write("cluster/map.yaml", world.make("ConfigMap", "a", "media"))
    assert world.findings() == {}
    assert "ConfigMap/media/a" in names(world)


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2", "v1"])
def test_every_version_of_the_api_is_reconciled(world: World, version: str) -> None:
    world.write("cluster/app.yaml", world.ks("app", "app", "media") | {"apiVersion": f"{GROUP}/{version}"})
    world.write("app/map.yaml", world.make("ConfigMap", "a", "media"))
    assert "ConfigMap/media/a" in names(world)
