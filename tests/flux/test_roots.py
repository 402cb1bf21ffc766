from typing import Any

import pytest

from bisectops.errors import NoClusterRoot
from bisectops.flux.clues import set_aside
from bisectops.flux.kinds import source_id
from bisectops.flux.labels import labelled
from bisectops.flux.roots import Root, RootFinder
from bisectops.git.objects import Change, Entry, RepoPath, repo_path
from bisectops.git.snapshot import MemorySnapshot
from bisectops.yaml.writer import dump, dump_all

URL = "https://github.com/acme/home-ops.git"


def ks(name: str, path: str | None, *, source: str = "flux-system", **more: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"sourceRef": {"kind": "GitRepository", "name": source}} | more
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": spec if path is None else spec | {"path": path},
    }


def git(name: str, url: str = URL, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"url": url} | more,
    }


def instance(path: str, url: str = URL, **spec: Any) -> dict[str, Any]:
    sync = {"kind": "GitRepository", "url": url, "ref": "refs/heads/main", "path": path}
    return {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "FluxInstance",
        "metadata": {"name": "flux", "namespace": "flux-system"},
        "spec": {"sync": sync} | spec,
    }


def values(path: str, **more: Any) -> dict[str, Any]:
    return {"instance": {"sync": instance(path)["spec"]["sync"]} | more}


def release(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "flux-instance"},
        "spec": {"chartRef": {"kind": "OCIRepository", "name": "flux-instance"}} | spec,
    }


APP = "kubernetes/apps/default/echo/ks.yaml"


def files(**trees: Any) -> dict[str, str]:
    written = {name: dump_all(tree) if isinstance(tree, list) else dump(tree) for name, tree in trees.items()}
    return written | {APP: dump(ks("echo", "./kubernetes/apps/default/echo/app"))}


def find(files: dict[str, str], *clusters: str) -> tuple[Root, ...]:
    return RootFinder(clusters).find(MemorySnapshot(files))


def only(files: dict[str, str], *clusters: str) -> Root:
    (root,) = find(files, *clusters)
    return root


FLUX = {"kubernetes/flux/cluster/ks.yaml": dump(ks("cluster-apps", "./kubernetes/apps"))}


def test_a_flux_instance_makes_a_source_and_a_kustomization_named_after_its_namespace() -> None:
    where = "kubernetes/apps/flux-system/instance.yaml"
    root = only(files(**{where: instance("./kubernetes/flux/cluster")}) | FLUX)
    assert root.path == "kubernetes/flux/cluster"
    assert root.origin == where
    assert str(root.id) == "Kustomization/flux-system/flux-system"
    assert root.source_id == source_id("GitRepository", "flux-system", "flux-system")
    assert root.source["spec"]["url"] == URL
    assert root.source["spec"]["ref"] == {"name": "refs/heads/main"}
    assert root.kustomization["spec"]["path"] == "./kubernetes/flux/cluster"
    assert "decryption" not in root.kustomization["spec"]
    assert root.pinned
    assert where in root.found


def test_sync_name_names_both_objects() -> None:
    tree = instance("./kubernetes/flux/cluster")
    tree["spec"]["sync"]["name"] = "home"
    root = only(files(**{"i.yaml": tree}) | FLUX)
    assert str(root.id) == "Kustomization/flux-system/home"
    assert str(root.source_id) == "GitRepository/flux-system/home"


def test_patches_of_the_instance_reach_the_root_and_its_source() -> None:
    patches = [
        {
            "target": {"kind": "Kustomization"},
            "patch": dump([{"op": "add", "path": "/spec/decryption", "value": {"provider": "sops"}}]),
        },
        {
            "target": {"kind": "GitRepository", "name": "flux-system"},
            "patch": dump(git("any") | {"spec": {"ignore": "/*\n!/kubernetes"}}),
        },
        {"target": {"kind": "Deployment"}, "patch": "- op: remove\n  path: /spec/nothing\n"},
        {"target": {"kind": "Kustomization"}, "patch": "- op: remove\n  path: /spec/nothing\n"},
    ]
    tree = instance("./kubernetes/flux/cluster", kustomize={"patches": patches})
    root = only(files(**{"i.yaml": tree}) | FLUX)
    assert root.kustomization["spec"]["decryption"] == {"provider": "sops"}
    assert root.ignore == "/*\n!/kubernetes"


def test_flags_and_version_of_the_controller_come_from_the_instance() -> None:
    flag = [{"op": "add", "path": "/spec/template/args/-", "value": "--sops-age-secret=sops-age"}]
    patches = [
        {"target": {"kind": "Deployment", "name": "kustomize-controller"}, "patch": dump(flag)},
        {"target": {"kind": "Deployment", "name": "helm-controller"}, "patch": "--sops-age-secret=other"},
    ]
    spec = {"kustomize": {"patches": patches}, "distribution": {"version": "2.9.4"}}
    controller = only(files(**{"i.yaml": instance("./kubernetes/flux/cluster", **spec)}) | FLUX).controller
    assert controller.sops_age_secret == "sops-age"
    assert controller.flux == (2, 9, 4)
    assert controller.version == (1, 9)
    assert controller.strict


@pytest.mark.parametrize("version", ["2.x", "2.8.1", ""])
def test_an_undefined_variable_is_no_error_before_flux_2_9_or_where_git_does_not_say(version: str) -> None:
    tree = instance("./kubernetes/flux/cluster", distribution={"version": version})
    assert not only(files(**{"i.yaml": tree}) | FLUX).strict


def test_a_multitenant_instance_refuses_other_namespaces_and_impersonates() -> None:
    tree = instance("./kubernetes/flux/cluster", cluster={"multitenant": True})
    root = only(files(**{"i.yaml": tree}) | FLUX)
    assert root.controller.refuses_other_namespaces
    assert root.controller.refuses_remote_bases
    assert root.kustomization["spec"]["serviceAccountName"] == "kustomize-controller"


def test_the_chart_s_values_may_stand_inline_in_its_release() -> None:
    tree = release(values=values("kubernetes/flux/cluster"))
    root = only(files(**{"a/helmrelease.yaml": tree}) | FLUX)
    assert root.path == "kubernetes/flux/cluster"
    assert "HelmRelease flux-instance" in root.found
    assert str(root.id) == "Kustomization/flux-system/flux-system"


@pytest.mark.parametrize("name", ["a/helm-values.yaml", "a/helm/values.yaml"])
def test_the_chart_s_values_may_come_through_a_generator(name: str) -> None:
    tree = release(valuesFrom=[{"kind": "ConfigMap", "name": "v"}], targetNamespace="flux")
    root = only(files(**{"a/helmrelease.yaml": tree, name: values("kubernetes/flux/cluster")}) | FLUX)
    assert root.path == "kubernetes/flux/cluster"
    assert str(root.id) == "Kustomization/flux/flux"


def test_inline_values_lie_over_those_of_the_values_file() -> None:
    inline = release(values={"instance": {"sync": {"path": "kubernetes/flux/cluster"}}})
    root = only(files(**{"a/hr.yaml": inline, "a/values.yaml": values("elsewhere")}) | FLUX)
    assert root.path == "kubernetes/flux/cluster"
    assert root.source["spec"]["url"] == URL


def test_a_values_file_in_bootstrap_is_enough_but_the_tree_s_own_counts_first() -> None:
    helmfile = {"releases": [{"name": "flux-instance", "values": [values("kubernetes/flux/cluster")]}]}
    bootstrap = files(**{"bootstrap/helmfile.yaml": helmfile}) | FLUX
    assert only(bootstrap).origin == "bootstrap/helmfile.yaml"
    both = bootstrap | files(**{"kubernetes/hr.yaml": release(values=values("kubernetes/flux/cluster"))})
    assert only(both).origin == "kubernetes/hr.yaml"


def test_the_namespace_of_a_release_is_that_of_the_kustomization_above_it() -> None:
    above = {"kubernetes/apps/ops/kustomization.yaml": "namespace: ops\n"}
    tree = files(**{"kubernetes/apps/ops/x/hr.yaml": release(values=values("kubernetes/flux/cluster"))})
    assert str(only(tree | above | FLUX).id) == "Kustomization/ops/ops"


def test_an_instance_of_a_local_registry_is_no_cluster() -> None:
    local = instance("./kubernetes/flux/cluster", url="oci://registry:5000/dev")
    with_prod = {"a.yaml": instance("./kubernetes/flux/cluster"), "dev.yaml": local}
    assert only(files(**with_prod) | FLUX).origin == "a.yaml"


def test_an_oci_artifact_may_be_a_folder_of_the_repository() -> None:
    tree = instance("./clusters/prod", url="oci://ghcr.io/acme/manifests")
    tree["spec"]["sync"]["kind"] = "OCIRepository"
    inside = {"kubernetes/clusters/prod/ks.yaml": dump(ks("apps", "./apps"))}
    root = only(files(**{"kubernetes/flux/i.yaml": tree}) | inside)
    assert root.base == "kubernetes"
    assert root.path == "kubernetes/clusters/prod"
    assert root.source["spec"]["ref"] == {"tag": "refs/heads/main"}


@pytest.mark.parametrize("condition", ["{{- if .Values.flux }}", "# no template, and YAML as it is"])
def test_a_helmfile_template_is_read_as_if_filled_in(condition: str) -> None:
    helmfile = (
        f"{condition}\n"
        + """
releases:
  - name: cilium
  - name: flux-instance
    values:
      - instance:
          sync:
            url: https://github.com/owner/repo
            path: clusters/{{ .Environment.Name }}
"""
    )
    clusters = {
        f"clusters/{name}/apps.yaml": dump(ks(f"{name}-apps", f"./apps/{name}")) for name in ("eu", "us")
    }
    roots = find({"bootstrap/helmfile.yaml.gotmpl": helmfile} | clusters)
    assert [root.path for root in roots] == ["clusters/eu", "clusters/us"]
    assert all("helmfile release flux-instance" in root.found for root in roots)


def test_an_instance_whose_path_is_missing_is_still_a_root() -> None:
    assert only(files(**{"i.yaml": instance("./nowhere")})).path == "nowhere"


def test_a_variable_in_a_sync_path_is_a_cluster_for_each_folder_of_kustomizations_it_may_mean() -> None:
    clusters = {f"clusters/{name}/apps.yaml": dump(ks("apps", f"./apps/{name}")) for name in ("eu", "us")}
    notes = {"clusters/notes/README.md": "", "clusters/shared/map.yaml": "kind: ConfigMap\n"}
    tree = files(**{"i.yaml": instance("./clusters/${CLUSTER}")}) | clusters | notes
    roots = find(tree)
    assert [root.path for root in roots] == ["clusters/eu", "clusters/us"]
    assert [root.kustomization["spec"]["path"] for root in roots] == ["./clusters/eu", "./clusters/us"]
    assert all(root.pinned for root in roots)


def test_a_variable_in_a_sync_path_that_no_folder_fits_is_nobodys_fault() -> None:
    tree = files(**{"i.yaml": instance("./nowhere/${CLUSTER}")}) | FLUX
    assert all("nothing in git builds" in root.found for root in find(tree))


GOTK = [git("flux-system"), ks("flux-system", "./clusters/prod", decryption={"provider": "sops"})]


def test_bootstrap_s_kustomization_is_found_in_its_own_path() -> None:
    root = only(files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK}))
    assert root.path == "clusters/prod"
    assert root.kustomization["spec"]["decryption"] == {"provider": "sops"}
    assert root.source["spec"]["url"] == URL
    assert not root.pinned


def test_bootstrap_s_kustomization_is_the_root_where_its_own_path_leaves_it_out() -> None:
    tree = files(
        **{
            "clusters/prod/flux-system/gotk-sync.yaml": GOTK,
            "clusters/prod/kustomization.yaml": {"resources": ["apps.yaml"]},
            "clusters/prod/apps.yaml": ks("apps", "./kubernetes/apps"),
        }
    )
    root = only(tree)
    assert (root.path, root.origin) == ("clusters/prod", "clusters/prod/flux-system/gotk-sync.yaml")
    assert root.kustomization["spec"]["decryption"] == {"provider": "sops"}
    assert not root.made_up


def test_the_version_comes_from_the_components_beside_it() -> None:
    components = {"clusters/prod/flux-system/gotk-components.yaml": "---\n# Flux Version: v2.1.2\n"}
    root = only(files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK}) | components)
    assert root.controller.flux == (2, 1, 2)
    assert root.controller.version == (1, 1)


def test_a_root_may_have_any_file_name_and_be_patched_together() -> None:
    base = ks("flux-system", "./clusters/${ENVIRONMENT}/${CLUSTER}", source="flux-config", prune=True)
    tree = files(
        **{
            "apps/base/kustomize.yaml": base,
            "apps/prod/00.yaml": ks("flux-system", "./clusters/prod/00", source="flux-config"),
            "apps/prod/01.yaml": ks("flux-system", "./clusters/prod/01", source="flux-config"),
            "apps/source.yaml": git("flux-config"),
        }
    )
    for cluster in ("00", "01"):
        patch = {"path": f"../../../apps/prod/{cluster}.yaml"}
        whole = {"resources": ["../../../apps/base/kustomize.yaml"], "patches": [patch]}
        tree[f"clusters/prod/{cluster}/kustomization.yaml"] = dump(whole)
    roots = find(tree)
    assert [root.name for root in roots] == ["prod/00", "prod/01"]
    assert [root.kustomization["spec"]["path"] for root in roots] == [
        "./clusters/prod/00",
        "./clusters/prod/01",
    ]
    assert roots[0].kustomization["spec"]["prune"] is True
    assert roots[0].source["spec"]["url"] == URL


def test_a_kustomization_that_another_root_leads_to_is_no_root_though_it_holds_itself() -> None:
    tree = files(
        **{
            "clusters/prod/flux-system/gotk-sync.yaml": GOTK,
            "clusters/prod/apps.yaml": ks("apps", "./apps"),
            "apps/odd/ks.yaml": ks("odd", "./apps/odd"),
        }
    )
    assert only(tree).path == "clusters/prod"


def test_what_holds_itself_without_a_source_is_a_mistake_and_no_cluster() -> None:
    tree = files(
        **{
            "clusters/prod/flux-system/gotk-sync.yaml": GOTK,
            "core/istio/ks.yaml": ks("istio", "./core/istio"),
        }
    )
    assert only(tree).path == "clusters/prod"


def base_and(**more: Any) -> dict[str, str]:
    """A root with the source of the repository, as a person applies it, and what lies around it."""
    root = [git("home"), ks("cluster", "./k8s/base", source="home")]
    return files(**{"k8s/base/flux.yaml": root, **more})


def test_beside_a_root_with_a_source_others_may_hold_themselves_without_one() -> None:
    mine = {
        "k8s/main/flux.yaml": ks("main", "./k8s/main", source="home"),
        "k8s/main/app.yaml": ks("app", "./app"),
    }
    assert [root.path for root in find(base_and(**mine))] == ["k8s/base", "k8s/main"]


@pytest.mark.parametrize(
    ("file", "tree"),
    [
        ("apps/echo/ks.yaml", ks("echo", "./apps/echo", source="home")),
        ("k8s/main/flux.yaml", ks("main", "./k8s/main", source="other")),
        ("k8s/main/flux.yaml", ks("main", "./k8s/other", source="home")),
        ("k8s/main/flux.yaml", ks("cluster", "./k8s/main", source="home")),
    ],
)
def test_elsewhere_or_from_another_source_what_holds_itself_is_none(file: str, tree: dict[str, Any]) -> None:
    assert only(base_and(**{file: tree})).path == "k8s/base"


def test_the_root_is_the_one_that_leads_to_the_other_whatever_their_names() -> None:
    inner = [git("flux-system"), ks("flux-system", "./a")]
    outer = [git("home"), ks("zebra", "./z", source="home")]
    tree = {"a/sync.yaml": dump_all(inner), "z/sync.yaml": dump_all(outer), "z/a.yaml": dump(ks("a", "./a"))}
    assert str(only(tree).id) == "Kustomization/flux-system/zebra"


def test_a_root_that_pulls_from_a_local_registry_is_no_cluster() -> None:
    dev = [git("dev", "http://registry:5000/dev"), ks("dev", "./devenv", source="dev")]
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK, "devenv/sync.yaml": dev})
    assert only(tree).path == "clusters/prod"


def test_what_builds_another_repository_is_no_root() -> None:
    tenant = [git("tenant", "https://github.com/other/thing"), ks("tenant", "./", source="tenant")]
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK, "tenants/sync.yaml": tenant})
    assert only(tree).path == "clusters/prod"


def test_a_private_repository_of_the_same_layout_is_not_this_one() -> None:
    private = [git("private", "https://github.com/acme/private"), ks("all", "./clusters/a", source="private")]
    tree = files(
        **{
            "clusters/a/a.yaml": private,
            "clusters/a/config/cluster.yaml": [git("home"), ks("cluster", "./clusters/a", source="home")],
            "clusters/a/apps.yaml": ks("apps", "./apps", source="home"),
            "apps/web.yaml": ks("web", "./apps/web", source="home"),
            APP: "",
        }
    )
    assert str(only(tree).id) == "Kustomization/flux-system/cluster"


def test_what_is_applied_to_another_cluster_starts_one_of_its_own() -> None:
    remote = {"secretRef": {"name": "tenant-kubeconfig"}}
    tree = files(
        **{
            "clusters/hub/gotk-sync.yaml": [git("flux-system"), ks("flux-system", "./clusters/hub")],
            "clusters/hub/tenant.yaml": ks("tenant", "./clusters/tenant", kubeConfig=remote),
            "clusters/tenant/gotk-sync.yaml": [git("flux-system"), ks("flux-system", "./clusters/tenant")],
        }
    )
    assert [root.path for root in find(tree)] == ["clusters/hub", "clusters/tenant"]


def oci(name: str, url: str, **more: Any) -> dict[str, Any]:
    tree = git(name, url, **more)
    return {**tree, "kind": "OCIRepository"}


def pulling(tree: dict[str, Any]) -> dict[str, Any]:
    ref = {"kind": "OCIRepository", "name": tree["spec"]["sourceRef"]["name"]}
    return {**tree, "spec": {**tree["spec"], "sourceRef": ref}}


MANIFESTS = [
    oci("flux-manifests", "oci://ghcr.io/fluxcd/flux-manifests"),
    pulling(ks("flux", "./", source="flux-manifests")),
]


def test_what_builds_the_whole_of_its_source_does_not_tell_which_source_is_home() -> None:
    written = {"clusters/prod/flux.yaml": MANIFESTS, "clusters/prod/sync.yaml": GOTK}
    assert only({name: dump_all(trees) for name, trees in written.items()}).path == "clusters/prod"


def test_a_kustomization_may_hold_itself_in_an_artifact_of_a_folder() -> None:
    home = oci("home", "oci://ghcr.io/acme/manifests", ignore="/*\n!/flux")
    written = {
        "kubernetes/flux/home.yaml": [home, pulling(ks("cluster", "./flux", source="home"))],
        "kubernetes/flux/flux.yaml": MANIFESTS,
    }
    root = only(files(**written))
    assert (root.base, root.path) == ("kubernetes", "kubernetes/flux")


def fleet(**more: Any) -> dict[str, str]:
    """Two clusters that bootstrap wrote, of which b's path is a folder that is not there."""
    trees = {"clusters/a/flux-system/gotk-sync.yaml": [git("flux-system"), ks("flux-system", "./clusters/a")]}
    trees["clusters/b/flux-system/gotk-sync.yaml"] = [git("flux-system"), ks("flux-system", "./clusters/bb")]
    return files(**(trees | more))


def test_of_several_clusters_one_may_have_a_path_that_is_missing() -> None:
    roots = find(fleet())
    assert [(root.name, root.path, root.holder) for root in roots] == [
        ("a", "clusters/a", None),
        ("b", "clusters/bb", "clusters/b"),
    ]


def test_of_several_instances_one_may_have_a_path_that_is_missing() -> None:
    tree = files(
        **{"clusters/a/i.yaml": instance("./clusters/a"), "clusters/b/i.yaml": instance("./nowhere")}
    )
    assert [(root.name, root.path) for root in find(tree)] == [("a", "clusters/a"), ("b", "nowhere")]


@pytest.mark.parametrize(
    ("file", "trees"),
    [
        ("retired/b/flux-system/gotk-sync.yaml", [git("flux-system"), ks("flux-system", "./clusters/b")]),
        ("clusters/archive/flux-system/gotk-sync.yaml", [git("flux-system"), ks("flux-system", "./gone")]),
        ("clusters/c/flux-system/gotk-sync.yaml", [git("flux-system", f"{URL}-2"), ks("flux-system", "./c")]),
        (
            "clusters/c/flux-system/gotk-sync.yaml",
            [git("flux-system", ref={"branch": "c"}), ks("flux-system", "./c")],
        ),
        ("clusters/c/flux-system/gotk-sync.yaml", [git("apps"), ks("apps", "./c", source="apps")]),
        ("clusters/a/flux-system/gotk-old.yaml", [git("flux-system"), ks("flux-system", "./clusters/old")]),
    ],
)
def test_what_only_looks_like_the_root_of_another_cluster_is_none(
    file: str, trees: list[dict[str, Any]]
) -> None:
    assert {root.name for root in find(fleet(**{file: trees}))} == {"a", "b"}


def test_a_root_stays_whose_folder_is_gone_where_another_cluster_has_both() -> None:
    trees = {f"boot/{name}.yaml": [ks("flux-system", f"./clusters/{name}")] for name in ("a", "b")}
    listed = {"resources": ["git.yaml", "../../boot/a.yaml"]}
    folder = {"clusters/a/git.yaml": git("flux-system"), "clusters/a/kustomization.yaml": listed}
    roots = find(files(**trees, **folder))
    assert [(root.path, root.is_gone) for root in roots] == [("clusters/a", False), ("clusters/b", True)]


def test_an_instance_stays_whose_folder_is_gone_where_another_cluster_has_both() -> None:
    trees = {f"boot/{name}.yaml": instance(f"./clusters/{name}") for name in ("a", "b")}
    roots = find(files(**trees) | {"clusters/a/x.yaml": ""})
    assert [(root.path, root.is_gone) for root in roots] == [("clusters/a", False), ("clusters/b", True)]


OWN = "clusters/home/config/cluster.yaml"


@pytest.mark.parametrize(
    ("path", "holder"),
    [("./clusters/hom", "clusters/home"), ("./clusters/home/config/more", "clusters/home/config")],
)
def test_a_root_beside_its_source_may_have_a_path_that_is_missing(path: str, holder: str) -> None:
    found = find(files(**{SYNC: GOTK, OWN: [git("home"), ks("cluster", path, source="home")]}))
    assert (path[2:], holder) in [(root.path, root.holder) for root in found]


def test_what_bootstrap_wrote_lies_in_the_folder_that_it_is_to_build() -> None:
    gotk = [git("flux-system"), ks("flux-system", "./nowhere/at/all")]
    twice = {f"clusters/b/{name}/x.yaml": ks("x", "./apps/x") for name in ("one", "other")}
    (root,) = find(files(**twice, **{"clusters/b/flux-system/gotk-sync.yaml": gotk}))
    assert (root.path, root.holder) == ("nowhere/at/all", "clusters/b")


def test_an_instance_in_a_renamed_folder_still_names_the_old_one() -> None:
    trees = {f"clusters/{name}/flux/i.yaml": instance(f"./clusters/{name}/flux") for name in ("a", "c")}
    trees["clusters/b/flux-2/i.yaml"] = instance("./clusters/b/flux")
    assert [(root.path, root.holder) for root in find(files(**trees))] == [
        ("clusters/a/flux", None),
        ("clusters/b/flux", "clusters/b/flux-2"),
        ("clusters/c/flux", None),
    ]


def test_a_private_repository_does_not_take_the_place_of_a_root_whose_path_is_missing() -> None:
    private = [git("private", "https://github.com/acme/private"), ks("all", "./clusters/a", source="private")]
    trees = {
        "clusters/a/a.yaml": private,
        "clusters/a/config/cluster.yaml": [git("home"), ks("cluster", "./clusters/aa", source="home")],
        "clusters/a/apps.yaml": ks("apps", "./apps", source="home"),
        "apps/web.yaml": ks("web", "./apps/web", source="home"),
        "clusters/z/cluster.yaml": [git("home"), ks("cluster", "./clusters/z", source="home")],
    }
    roots = find(files(**trees) | {APP: ""})
    assert [(root.path, root.holder) for root in roots] == [
        ("clusters/aa", "clusters/a"),
        ("clusters/z", None),
    ]


@pytest.mark.parametrize(
    ("file", "trees"),
    [
        ("clusters/c/root.yaml", [git("dev", ref={"branch": "dev"}), ks("c", "./clusters/cc", source="dev")]),
        (
            "clusters/c/root.yaml",
            [git("dev", "http://registry:5000/c"), ks("c", "./clusters/cc", source="dev")],
        ),
        ("clusters/c/root.yaml", [ks("c", "./clusters/cc")]),
        ("tenants/app.yaml", [git("app"), ks("app", "./deploy", source="app")]),
        ("clusters/c/flux-system/gotk-sync.yaml", [git("flux-system"), ks("more", "./base/more")]),
    ],
)
def test_what_is_written_elsewhere_or_pulls_something_else_is_no_stranded_root(
    file: str, trees: list[dict[str, Any]]
) -> None:
    assert {root.name for root in find(fleet(**{file: trees}))} == {"a", "b"}


SELF = "flux-system"


@pytest.mark.parametrize(
    ("file", "path", "holder"),
    [
        ("clusters/home/flux-system/gotk-sync.yaml", "./clusters/hoem", "clusters/home"),
        ("clusters/home/flux-system/gotk-sync.yaml", "./clusters/home/x", "clusters/home"),
        ("clusters/home/flux-system/gotk-sync.yaml", "./cluster/other", "clusters/home"),
        ("flux/flux-system/gotk-sync.yaml", "./flux-x", "flux"),
        ("kubernetes/main/flux/config/cluster.yaml", "./kubernetes/main/flxu", "kubernetes/main/flux"),
        ("kubernetes/main/flux/cluster.yaml", "./kubernetes/main/flux/x", "kubernetes/main/flux"),
    ],
)
def test_of_a_single_cluster_the_path_may_end_in_a_wrong_name(file: str, path: str, holder: str) -> None:
    apps = ks("apps", "./apps", source=SELF)
    tree = files(**{file: [git(SELF), ks(SELF, path)], f"{holder}/apps.yaml": [apps]})
    root = only(tree | {"apps/map.yaml": "kind: ConfigMap\n"})
    assert (root.path, root.holder, root.origin) == (path.removeprefix("./"), holder, file)


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("old-clusters/home/flux-system/gotk-sync.yaml", "./clusters/home"),
        ("clusters/home/flux-system/gotk-sync.yaml", "./somewhere/home"),
        ("kubernetes/main/flux/a/b/c/cluster.yaml", "./kubernetes/main/flxu"),
        ("flux/cluster.yaml", "./deploy"),
    ],
)
def test_a_path_that_differs_higher_up_tells_of_no_folder_here(file: str, path: str) -> None:
    apps = ks("apps", "./apps", source=SELF)
    tree = files(**{file: [git(SELF), ks(SELF, path)], "cluster/apps.yaml": [apps]})
    roots = find(tree | {"apps/map.yaml": "kind: ConfigMap\n"})
    assert not any(root.holder for root in roots)


def test_what_a_sound_root_leads_to_is_no_root_whose_path_is_wrong() -> None:
    infra = [git("infra", url=f"{URL}-infra"), ks("infra", "./clusters/deploy", source="infra")]
    tree = files(
        **{
            "clusters/home/flux-system/gotk-sync.yaml": [git(SELF), ks(SELF, "./clusters/home")],
            "clusters/home/infra.yaml": infra,
        }
    )
    assert only(tree).path == "clusters/home"


def test_what_a_root_applied_before_its_path_was_wrong_is_none_itself() -> None:
    """keys builds a folder around its own file, which would make it a root where there is none."""
    keys = ks("keys", "./kubernetes", source=SELF)
    file = "kubernetes/flux/flux-system/gotk-sync.yaml"
    tree = files(**{file: [git(SELF), ks(SELF, "./kubernetes/flxu")], "kubernetes/flux/keys.yaml": [keys]})
    root = only(tree)
    assert (root.id.name, root.holder) == (SELF, "kubernetes/flux")


def test_a_folder_that_comes_ends_the_search_for_it() -> None:
    finder, before = RootFinder(), fleet()
    assert len(finder.find(MemorySnapshot(before))) == 2
    after = before | {"clusters/bb/map.yaml": "kind: ConfigMap\n"}
    path = repo_path("clusters/bb/map.yaml")
    come = Change(path, None, MemorySnapshot(after).entry(path))
    assert finder.find(MemorySnapshot(after), [come], MemorySnapshot(before)) == find(after)


def test_a_commented_out_resource_does_not_make_a_kustomization_hold_itself() -> None:
    tree = {
        "flux/kustomization.yaml": "resources:\n# - ../ks.yaml\n- ./other.yaml\n",
        "flux/other.yaml": "",
        "ks.yaml": dump(ks("cluster", "./flux")),
    }
    assert "nothing in git builds" in only(tree).found


def test_what_nothing_builds_comes_from_the_source_that_most_of_it_names() -> None:
    tree = {
        "clusters/home/a.yaml": dump(ks("a", "./apps/a", source="typo")),
        "clusters/home/b.yaml": dump(ks("b", "./apps/b", source="home-ops")),
        "clusters/home/c.yaml": dump(ks("c", "./apps/c", source="home-ops")),
    }
    assert str(only(tree).source_id) == "GitRepository/flux-system/home-ops"


def test_what_nothing_builds_is_the_last_resort_one_root_a_cluster() -> None:
    tree = {
        "clusters/production/apps.yaml": dump(ks("apps", "./apps/production")),
        "clusters/production/infra/infra.yaml": dump(ks("infra", "./infrastructure")),
        "clusters/staging/apps.yaml": dump(ks("apps", "./apps/staging")),
        "apps/production/x.yaml": dump(ks("inner", "./apps/inner")),
        "apps/staging/y.yaml": "",
    }
    roots = find(tree)
    assert [root.path for root in roots] == ["clusters/production", "clusters/staging"]
    assert [root.name for root in roots] == ["production", "staging"]
    assert str(roots[0].source_id) == "GitRepository/flux-system/flux-system"


def test_what_the_build_of_a_folder_leaves_out_starts_no_cluster() -> None:
    tree = {
        f"clusters/{cluster}/{file}.yaml": dump(ks(file, path))
        for cluster in ("production", "staging")
        for file, path in (("infra", "./infrastructure"), ("tenants", f"./tenants/{cluster}"))
    }
    tree |= {
        "tenants/production/kustomization.yaml": "resources:\n- sync.yaml\n",
        "tenants/production/sync.yaml": dump(ks("team", "./team")),
        "tenants/staging/kustomization.yaml": "resources:\n- gone.yaml\n",
        "tenants/staging/sync.yaml": dump(ks("team", "./team")),
    }
    assert [root.path for root in find(tree)] == ["clusters/production", "clusters/staging"]


def test_an_empty_file_of_bootstrap_tells_where_the_root_is_to_be() -> None:
    tree = {
        f"clusters/{cluster}/{file}.yaml": dump(ks(file, "./nowhere"))
        for cluster in ("production", "staging")
        for file in ("infra", "tenants")
    }
    tree |= {f"clusters/{name}/flux-system/gotk-sync.yaml": "# to come\n" for name in ("staging", "empty")}
    tree["teams/base/sync.yaml"] = dump(ks("team", "./team"))
    (root,) = find(tree)
    assert (root.path, root.made_up, root.placed) == ("clusters/staging", True, True)
    assert "clusters/staging/flux-system/gotk-sync.yaml" in root.found


def test_clusters_are_told_apart_though_something_lies_beside_them() -> None:
    tree = {
        "clusters/production/apps.yaml": dump(ks("apps", "./apps/production")),
        "clusters/staging/apps.yaml": dump(ks("apps", "./apps/staging")),
        "tools/ks.yaml": dump(ks("tools", "./somewhere")),
    }
    paths = [root.path for root in find(tree)]
    assert paths == ["clusters/production", "clusters/staging", "tools"]


@pytest.mark.parametrize(
    "path",
    [
        ".archive/kubernetes/ks.yaml",
        "kubernetes/archive/ks.yaml",
        "templates/config/ks.yaml",
        "tmpl/kubernetes/ks.yaml",
        "docs/ks.yaml",
        "tests/e2e/ks.yaml",
        ".github/ks.yaml",
    ],
)
def test_archives_templates_docs_and_tests_are_not_clusters(path: str) -> None:
    folder = path.rpartition("/")[0]
    with pytest.raises(NoClusterRoot):
        find({path: dump(ks("flux-system", f"./{folder}"))})
    assert set_aside(repo_path(path)) is not None


def test_a_cluster_may_be_called_test() -> None:
    assert set_aside(repo_path("clusters/test/00/ks.yaml")) is None


def test_a_template_is_no_evidence() -> None:
    with pytest.raises(NoClusterRoot):
        find({"kubernetes/flux/ks.yaml.j2": dump(ks("a", "./kubernetes/flux"))})


def test_a_folder_can_be_named_by_hand() -> None:
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK, "other/a.yaml": ks("a", "./x")})
    assert only(tree, "other").path == "other"
    assert only(tree, "./clusters/prod/").kustomization["spec"]["decryption"] == {"provider": "sops"}
    with pytest.raises(NoClusterRoot, match="missing"):
        find(tree, "missing")


def test_broken_and_hostile_files_are_no_evidence() -> None:
    odd = {
        "a.yaml": "kind: FluxInstance\nspec: [",
        "b.yaml": "kind: FluxInstance\nspec: 3\n",
        "c.yaml": "instance: {sync: [1]}\n",
        "d.yaml": dump(ks("odd", None) | {"metadata": 1, "spec": {"path": 5}}),
        "e.yaml": dump(ks("up", "../../..")),
    }
    root = only(odd | {"clusters/prod/flux-system/gotk-sync.yaml": dump_all(GOTK)})
    assert root.path == "clusters/prod"


class Counting(MemorySnapshot):
    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.listed: list[str] = []

    def children(self, tree: RepoPath) -> tuple[Entry, ...]:
        self.listed.append(tree)
        return super().children(tree)


def test_the_next_commit_costs_only_what_changed() -> None:
    finder = RootFinder()
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK})
    first = finder.find(MemorySnapshot(tree | {"apps/a/deployment.yaml": "a: 1"}))
    later = Counting(tree | {"apps/a/deployment.yaml": "a: 2"})
    assert finder.find(later) is first
    assert sorted(later.listed) == ["", "apps", "apps/a"]


@pytest.mark.parametrize(
    ("said", "matters"), [({"interval": "1h"}, False), ({"kubeConfig": {"secretRef": {"name": "far"}}}, True)]
)
def test_a_change_matters_where_it_may_bring_other_roots(said: dict[str, Any], *, matters: bool) -> None:
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK})
    before = MemorySnapshot(tree)
    after = MemorySnapshot(tree | {APP: dump(ks("echo", "./kubernetes/apps/default/echo/app", **said))})
    finder = RootFinder()
    finder.find(before)
    path = RepoPath(APP)
    assert finder.matters(Change(path, before.entry(path), after.entry(path)), before, after) is matters


def test_a_file_that_says_nothing_of_flux_may_make_the_folder_that_a_cluster_starts_in() -> None:
    instances = {f"bootstrap/{name}-flux.yaml": instance(f"./clusters/{name}") for name in ("a", "b")}
    before = MemorySnapshot(files(**instances) | {"clusters/a/x.yaml": ""})
    after = MemorySnapshot(files(**instances) | {"clusters/a/x.yaml": "", "clusters/b/x.yaml": ""})
    finder, path = RootFinder(), RepoPath("clusters/b/x.yaml")
    assert [root.path for root in finder.find(before)] == ["clusters/a"]
    change = Change(path, None, after.entry(path))
    assert finder.matters(change, before, after)
    assert finder.find(after, [change], before) == RootFinder().find(after)
    assert [root.path for root in finder.find(after)] == ["clusters/a", "clusters/b"]


@pytest.mark.parametrize(("listed", "matters"), [("pvc.yaml", False), ("more", True), ("ks.yaml", True)])
def test_what_a_kustomization_lists_matters_where_it_leads_to_flux(listed: str, *, matters: bool) -> None:
    tree = files(**{"clusters/prod/flux-system/gotk-sync.yaml": GOTK})
    tree |= {
        "apps/pvc.yaml": "kind: PersistentVolumeClaim",
        "apps/ks.yaml": tree[APP],
        "apps/more/a.yaml": "",
    }
    path = RepoPath("apps/kustomization.yaml")
    before = MemorySnapshot(tree | {path: "resources: []"})
    after = MemorySnapshot(tree | {path: f"resources: [{listed}]"})
    finder = RootFinder()
    finder.find(before)
    assert finder.matters(Change(path, before.entry(path), after.entry(path)), before, after) is matters


def test_clusters_are_called_by_what_tells_them_apart() -> None:
    paths = ["kubernetes/main/flux", "kubernetes/utility/flux", "clusters/prod/00", "flux/a", "k8s/a"]
    names = labelled([RepoPath(path) for path in paths])
    assert names == ("main", "utility", "prod/00", "flux/a", "k8s/a")


def test_the_operator_takes_only_the_instance_that_is_called_flux() -> None:
    other = instance("./kubernetes/apps")
    other["metadata"]["name"] = "other"
    trees = {"a.yaml": other, "b.yaml": instance("./kubernetes/flux/cluster")}
    assert only(files(**trees) | FLUX).origin == "b.yaml"


def test_an_instance_that_syncs_nothing_is_no_root() -> None:
    for tree in (instance("./kubernetes/flux/cluster", url=""), release(values={"instance": {"sync": {}}})):
        found = only(files(**{"i.yaml": tree}) | FLUX)
        assert (found.made_up, found.pinned) == (True, False)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("GitRepository", {"url": URL, "ref": {"name": "main"}}),
        ("OCIRepository", {"url": URL, "ref": {"tag": "main"}}),
        ("Bucket", {"endpoint": URL, "bucketName": "main"}),
    ],
)
def test_each_kind_of_source_is_written_as_the_operator_writes_it(kind: str, where: dict[str, Any]) -> None:
    tree = instance("./kubernetes/flux/cluster")
    tree["spec"]["sync"] |= {"kind": kind, "ref": "main", "pullSecret": "login"}
    source = only(files(**{"i.yaml": tree}) | FLUX).source
    assert source["kind"] == kind
    assert source["spec"] == where | {"interval": "1m", "secretRef": {"name": "login"}}


def test_the_operators_own_patches_come_before_those_of_the_instance() -> None:
    replace = [{"op": "replace", "path": "/spec/serviceAccountName", "value": "mine"}]
    patches = [{"target": {"kind": "Kustomization"}, "patch": dump(replace)}]
    spec = {"cluster": {"multitenant": True}, "kustomize": {"patches": patches}}
    root = only(files(**{"i.yaml": instance("./kubernetes/flux/cluster", **spec)}) | FLUX)
    assert root.kustomization["spec"]["serviceAccountName"] == "mine"


SYNC = "clusters/prod/flux-system/gotk-sync.yaml"
LISTS = {
    "clusters/prod/flux-system/kustomization.yaml": "resources: [gotk-components.yaml, gotk-sync.yaml]\n"
}
COMPONENTS = {"clusters/prod/flux-system/gotk-components.yaml": "---\n# Flux Version: v2.1.2\n"}


@pytest.mark.parametrize("sync", [{SYNC: f"{dump_all(GOTK)}---\nkind: [\n"}, COMPONENTS | LISTS])
def test_a_cluster_whose_bootstrap_file_is_spoilt_or_gone_starts_where_that_stood(
    sync: dict[str, str],
) -> None:
    for others in ({}, {"clusters/test/flux-system/gotk-sync.yaml": [git("x"), ks("x", "./clusters/test")]}):
        *_, root = sorted(find(files(**others) | sync), key=lambda root: root.made_up)
        assert (root.path, root.made_up, root.id.name) == ("clusters/prod", True, "flux-system")
        assert "which nobody can read" in root.found


def test_what_bootstrap_never_wrote_or_somebody_took_out_is_no_cluster() -> None:
    whole = {SYNC: dump_all(GOTK)}
    for tree in (whole | COMPONENTS | LISTS, COMPONENTS | {"clusters/prod/a.yaml": dump(ks("a", "./apps"))}):
        assert not any("which nobody can read" in root.found for root in find(files() | tree))


@pytest.mark.parametrize(
    ("trees", "named"),
    [
        ([git("flux-system"), ks("flux-system", "./clusters/prod", source="flux-sytem")], "flux-sytem"),
        ([git("flux-main"), ks("flux-system", "./clusters/prod")], "flux-system"),
    ],
)
def test_a_root_may_name_another_source_than_its_file_makes(trees: list[dict[str, Any]], named: str) -> None:
    for other in ({}, {"clusters/test/flux-system/gotk-sync.yaml": [git("x"), ks("x", "./clusters/test")]}):
        root = next(root for root in find(files(**{SYNC: trees}, **other)) if root.path == "clusters/prod")
        assert root.source_id.name == named
        assert root.beside is not None
        assert root.beside.name == trees[0]["metadata"]["name"]


def test_of_several_sources_in_its_file_the_one_of_its_name_is_the_root_s() -> None:
    sync = ks("flux-system", "./clusters/prod")
    sync["spec"]["sourceRef"]["kind"] = "OCIRepository"
    root = only(files(**{SYNC: [git("flux-system"), git("apps"), sync]}))
    assert (str(root.source_id), str(root.beside)) == (
        "OCIRepository/flux-system/flux-system",
        "GitRepository/flux-system/flux-system",
    )


def test_a_root_in_its_own_path_is_told_by_a_file_that_nobody_can_read() -> None:
    root = [git("flux-system"), ks("cluster", "./clusters/prod")]
    tree = files(
        **{"clusters/prod/config/cluster.yaml": root, "clusters/prod/app.yaml": ks("apps", "./apps")}
    )
    (whole,) = find(tree)
    tree["clusters/prod/config/cluster.yaml"] += "  spoilt: [\n"
    tree["clusters/prod/app.yaml"] += "  spoilt: [\n"
    (spoilt,) = find(tree)
    assert (whole.path, spoilt.path) == ("clusters/prod", "clusters/prod")
    assert "nobody can read" in spoilt.found


def test_the_path_of_an_instance_is_told_by_values_that_nobody_can_read() -> None:
    values = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: flux-instance}\nspec:\n"
        "  values: [\n    instance:\n      sync:\n        kind: GitRepository\n        path: {path}\n"
    )
    spoilt = {"kubernetes/apps/flux/release.yaml": values.replace("{path}", "./kubernetes/flux/cluster")}
    root = only(files() | FLUX | spoilt)
    assert (root.path, root.made_up) == ("kubernetes/flux/cluster", True)
    template = {path: f"{text}        {{{{ .Values }}}}\n" for path, text in spoilt.items()}
    assert not any("nobody can read" in root.found for root in find(files() | FLUX | template))
    elsewhere = {"kubernetes/apps/flux/release.yaml": values.replace("{path}", "./nowhere")}
    assert not any("nobody can read" in root.found for root in find(files() | FLUX | elsewhere))


def test_a_source_that_git_makes_elsewhere_is_no_other_one() -> None:
    two = [git("apps"), ks("flux-system", "./clusters/prod")]
    root = only(files(**{SYNC: two, "clusters/prod/source.yaml": git("flux-system")}))
    assert (root.source_id.name, root.beside) == ("flux-system", None)
