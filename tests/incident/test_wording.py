"""Sentences about failures, counted and grouped."""

from __future__ import annotations

from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import RepoPath
from bisectops.incident import wording
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing


def finding(rule: str, subject: ObjectId, reference: Missing) -> Finding:
    return Finding(
        rule=rule,
        certainty=Certainty.CERTAIN,
        subject=subject,
        reference=reference,
        message="told",
        origin=Origin(RepoPath("ks.yaml"), 0),
        because=(),
    )


def no_key(name: str, namespace: str = "default") -> Finding:
    secret = Missing("Secret", namespace, "sops-age", "spec.decryption.secretRef")
    return finding("decryption-secret-missing", ks_id(namespace, name), secret)


def test_one_object_is_named_and_several_are_counted() -> None:
    assert wording.broken([no_key("echo")]) == (
        "Kustomization `default/echo` has no decryption key: Secret `sops-age` is not in its namespace"
    )
    assert wording.broken([no_key("echo"), no_key("tv", "media")]) == (
        "2 Kustomizations have no decryption key: Secret `sops-age` is not in their namespace"
    )


def test_one_object_that_misses_several_things_is_one_clause() -> None:
    subject = ks_id("flux-system", "apps")
    missed = [Missing("Secret", "", name, "metadata.namespace") for name in ("a", "b")]
    told = wording.broken([finding("namespace-unspecified", subject, each) for each in missed])
    assert told == "Kustomization `flux-system/apps` applies Secret `a` and Secret `b` without a namespace"


def test_title_is_the_kind_of_failure_that_most_show() -> None:
    source = Missing("OCIRepository", "default", "app-template", "spec.chartRef")
    release = ObjectId("HelmRelease", "default", "echo", "helm.toolkit.fluxcd.io")
    findings = [no_key("a"), no_key("b"), finding("source-not-found", release, source)]
    assert wording.title(findings) == "SOPS Secret Management"
    assert wording.title(findings[2:]) == "OCIRepository Resolution"
    assert wording.title([]) == "Flux"


def test_impact_tells_what_was_fixed_and_what_is_still_broken() -> None:
    told = wording.impact((), (no_key("a"),), (no_key("b"),))
    assert told.startswith(
        "Fixed: Kustomization `default/a` no longer misses the decryption key Secret `sops-age`. "
    )
    assert told.endswith("Still broken: " + wording.broken([no_key("b")]))


def test_many_kinds_of_failure_are_cut_and_counted() -> None:
    missed = [Missing("Secret", "default", f"s{index}", "spec.valuesFrom[0]") for index in range(7)]
    subjects = [ObjectId("HelmRelease", "default", f"r{index}") for index in range(7)]
    found = [finding("values-source-missing", s, m) for s, m in zip(subjects, missed, strict=True)]
    assert wording.broken(found).endswith("; 3 more kinds of failure")
