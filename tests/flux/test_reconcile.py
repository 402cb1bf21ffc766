"""One ks becomes the objects that it would apply, or the reason why not."""

from __future__ import annotations

from typing import Any

from bisectops.flux.kinds import flux_kustomization
from bisectops.flux.postbuild import post_build_of
from bisectops.flux.reconcile import Reconciled, build_key, build_memo, reconcile
from bisectops.git.objects import ROOT, RepoPath
from bisectops.git.snapshot import MemorySnapshot

MAP = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  namespace: media\ndata:\n  k: '{value}'\n"
)


def answer(files: dict[str, str], *, strict: bool = False, **spec: Any) -> Reconciled:
    tree = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "app", "namespace": "media"},
        "spec": {"path": "./app", **spec},
    }
    ks = flux_kustomization(tree)
    trace = build_memo().get(MemorySnapshot(files), build_key(ks, ROOT))
    return reconcile(ks, trace, post_build_of(ks, {}), strict=strict)


def one(value: str) -> dict[str, str]:
    return {"app/a.yaml": MAP.format(name="a", value=value)}


def test_objects_come_with_their_place_and_their_owner() -> None:
    (applied,) = answer(one("x")).objects
    assert str(applied.id) == "ConfigMap/media/a"
    assert (applied.origin.path, str(applied.applied_by)) == ("app/a.yaml", "Kustomization/media/app")


def test_a_missing_path_is_no_build_and_would_make_nothing() -> None:
    found = answer({"other/a.yaml": "x"})
    assert found.failure is not None
    assert (found.failure.path_missing, found.would_make) == (True, frozenset())


def test_a_base_is_where_the_artifact_begins() -> None:
    ks = flux_kustomization({"spec": {"path": "./apps"}})
    assert build_key(ks, RepoPath("kubernetes")).folder == "kubernetes/apps"


def test_only_what_reaches_the_build_tells_builds_apart() -> None:
    def key(**spec: Any) -> Any:
        return build_key(flux_kustomization({"spec": {"path": "a", **spec}}), ROOT)

    assert key(interval="1m", postBuild={"substitute": {"A": "b"}}) == key(interval="2m")
    assert key(targetNamespace="x") != key(targetNamespace="y")


def test_what_a_failing_substitution_would_have_made_is_known() -> None:
    found = answer(one("${A.b}"), postBuild={"substitute": {"A": "b"}})
    assert found.failure is not None
    assert found.failure.message == (
        "post build failed for 'ConfigMap.v1.[noGrp]/a': envsubst error: variable substitution failed: "
        "missing closing brace"
    )
    assert {str(each.name) for each in found.would_make} == {"a"}


def test_an_unset_variable_is_empty_and_an_error_when_strict() -> None:
    substitute = {"substitute": {"A": "b"}}
    (applied,) = answer(one("${NOPE}"), postBuild=substitute).objects
    assert applied.content["data"]["k"] in ("", None)
    failed = answer(one("${NOPE}"), strict=True, postBuild=substitute).failure
    assert failed is not None
    assert 'variable not set (strict mode): "NOPE"' in failed.message


def test_a_variable_from_what_git_does_not_show_is_no_error_when_strict() -> None:
    source = [{"kind": "Secret", "name": "hidden"}]
    assert answer(one("${NOPE}"), strict=True, postBuild={"substituteFrom": source}).failure is None


def test_kustomization_files_among_the_objects_are_dropped() -> None:
    config = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata:\n  name: x\n"
    assert [str(each.id) for each in answer({**one("x"), "app/odd.yaml": config}).objects] == [
        "ConfigMap/media/a"
    ]


LABEL = '[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]'


def test_patches_of_the_folder_are_told_apart_from_the_kss() -> None:
    own = f"resources: [a.yaml]\npatches: [{{target: {{kind: X}}, patch: '{LABEL}'}}]\n"
    files = {**one("x"), "app/kustomization.yaml": own}
    found = answer(files, patches=[{"target": {"kind": "Y"}, "patch": LABEL}])
    assert (found.own_patches, [use.selected for use in found.patches]) == (1, [0, 0])
