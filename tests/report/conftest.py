"""An incident written by hand: two commits break what a third half repairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bisectops.flux.kinds import ObjectId, ks_id
from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.incident.incident import (
    Advice,
    Bystander,
    Cause,
    Comparison,
    Excerpt,
    Incident,
    Link,
    Pattern,
    Resolution,
    Role,
    Symptom,
    Verdict,
)
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing

APPS = RepoPath("kubernetes/apps/kustomization.yaml")


def commit(digit: str, subject: str, time: int, author: str = "Jonas Ekberg") -> Commit:
    return Commit(
        oid=Oid(digit * 40),
        tree=Oid("e" * 40),
        parents=(),
        author=author,
        email="jonas@example.net",
        time=time,
        offset=120,
        message=f"{subject}\n\nWith a body.\n",
    )


GOOD = commit("a", "chore: before", 1752900000)
FIRST = commit("b", "feat(apps): one kustomization for all apps", 1752931176)
SECOND = commit("c", "fix(apps): use the shared resources directly", 1752932215)
BAD = commit("d", "docs: readme", 1752950000)


def secret_missing(name: str) -> Finding:
    return Finding(
        rule="decryption-secret-missing",
        certainty=Certainty.CERTAIN,
        subject=ks_id("default", name),
        reference=Missing("Secret", "default", "sops-age", "spec.decryption.secretRef"),
        message='secrets "sops-age" not found',
        origin=Origin(RepoPath(f"kubernetes/apps/default/{name}/ks.yaml"), 0),
        because=("No Kustomization of this cluster applies Secret/default/sops-age",),
    )


def source_missing(name: str) -> Finding:
    return Finding(
        rule="source-not-found",
        certainty=Certainty.LIKELY,
        subject=ObjectId("HelmRelease", "default", name, "helm.toolkit.fluxcd.io"),
        reference=Missing("OCIRepository", "default", "app-template", "spec.chartRef"),
        message="could not get Source object: "
        'OCIRepository.source.toolkit.fluxcd.io "app-template" not found',
        origin=Origin(RepoPath(f"kubernetes/apps/default/{name}/app/helmrelease.yaml"), 0),
        because=("No Kustomization of this cluster applies OCIRepository/default/app-template",),
    )


def waiting(name: str) -> Finding:
    return Finding(
        rule="dependency-not-ready",
        certainty=Certainty.CERTAIN,
        subject=ks_id("default", name),
        reference=Missing("Kustomization", "network", "cloudflare-tunnel", "spec.dependsOn"),
        message="dependency 'network/cloudflare-tunnel' is not ready",
        origin=Origin(RepoPath(f"kubernetes/apps/default/{name}/ks.yaml"), 0),
        because=("it waits",),
    )


NAMES = tuple(f"app-{number:02}" for number in range(15))
SECRETS = tuple(secret_missing(name) for name in NAMES)
SOURCES = tuple(source_missing(name) for name in NAMES[:8])
CHAIN = (
    Link(
        commit=FIRST,
        role=Role.INITIAL_CHANGE,
        changes=("added `kubernetes/apps/kustomization.yaml` with `namespace: flux-system`",),
        impact="`app-template` is gone from the namespaces of 8 HelmReleases",
        introduced=SOURCES,
        resolved=(),
        paths=(APPS,),
    ),
    Link(
        commit=SECOND,
        role=Role.ATTEMPTED_FIX,
        changes=("removed `namespace: flux-system` from `kubernetes/apps/kustomization.yaml`",),
        impact="15 Kustomizations are back where no `sops-age` is",
        introduced=SECRETS,
        resolved=(),
        paths=(APPS,),
    ),
)


@pytest.fixture
def incident() -> Incident:
    """What `blame-break` would tell of them."""
    return Incident(
        repository="home-ops",
        good=GOOD,
        bad=BAD,
        line=30,
        roots=("`kubernetes/flux/cluster`: the flux-instance chart syncs it",),
        chain=CHAIN,
        culprit=CHAIN[0],
        findings=(*SECRETS, *SOURCES),
        lines={SECRETS[0].id: 14},
        blocks={SECRETS[0].id: ("HelmRelease/default/app-00",)},
        cascade=(waiting("echo"), waiting("home-assistant")),
        causes=(
            Cause("decryption-secret-missing", 'Secret "sops-age"', SECRETS, SECOND),
            Cause("source-not-found", 'OCIRepository "app-template"', SOURCES, FIRST),
        ),
        not_to_blame=(Bystander(BAD, "it is the newest commit of the range and changed nothing that fails"),),
        subject="SOPS Secret Management",
        problem="15 Kustomizations have no decryption key in their namespace",
        root_cause="`sops-age` is no longer made in the namespaces that decrypt with it",
        symptoms=(
            Symptom(SECRETS[0].message, tuple(str(f.subject) for f in SECRETS), cascade=False),
            Symptom(SOURCES[0].message, tuple(str(f.subject) for f in SOURCES), cascade=False),
            Symptom(
                "dependency 'network/cloudflare-tunnel' is not ready",
                ("Kustomization/default/echo", "Kustomization/default/home-assistant"),
                cascade=True,
            ),
        ),
        pattern=Pattern(
            "the last good commit (`aaaaaaa`)",
            (
                Comparison(
                    "SOPS Secret Location",
                    "each app's namespace",
                    "`flux-system` only",
                    Verdict.BROKEN,
                    "Missing",
                ),
            ),
            (Excerpt(APPS, 3, "aaaaaaa", "components:\n  - ../components/common\n"),),
            (Excerpt(APPS, 1, "ddddddd", "resources:\n  - ../components/common/sops\n"),),
        ),
        resolutions=(
            Resolution(
                "Bring the component back",
                "Name `components/common` in each namespace's kustomization again.",
                (
                    (
                        Excerpt(APPS, 1, "ddddddd", "resources:\n  - ./default\n"),
                        Excerpt(APPS, 1, "ddddddd", "components:\n  - ../components/common\n"),
                    ),
                ),
                resolves=23,
                leaves=0,
                verified=True,
            ),
        ),
        learnings=(Advice("Secrets are namespaced", ("**Lookup**: a `secretRef` has no namespace",)),),
        prevention=(Advice("Testing Strategy", ("**Gate**: run `bisectops check` in CI",)),),
        related=((APPS, "lists the namespaces"),),
        references=(
            ("Decryption", "https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption"),
        ),
    )


@pytest.fixture
def healthy(incident: Incident) -> Incident:
    """The answer where nothing is broken."""
    return Incident(
        repository="home-ops",
        good=GOOD,
        bad=BAD,
        line=30,
        roots=incident.roots,
        subject="Flux Reconciliation",
    )


@pytest.fixture
def older(incident: Incident) -> Incident:
    """The answer where all that fails is older than the range."""
    causes = tuple(replace(cause, introduced_by=None) for cause in incident.causes)
    return replace(incident, chain=(), culprit=None, causes=causes, already_broken=incident.findings)
