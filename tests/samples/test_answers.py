"""What bisectops answers of the sample repositories: the stories' facts, and the reviewed answers whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from recording import built
from sample_answers import QUESTIONS, Question, rendered

from bisectops.incident.incident import Incident

Asked = dict[tuple[str, str], Incident]


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("samples"), (question.sample for question in QUESTIONS))


@pytest.fixture(scope="module")
def answers(repositories: Path) -> Asked:
    return {(q.sample, q.name): q.ask(repositories / q.sample) for q in QUESTIONS}


def chain(incident: Incident) -> list[tuple[str, str]]:
    return [(link.commit.short, link.role.value) for link in incident.chain]


def failing(incident: Incident) -> set[tuple[str, str]]:
    return {(finding.rule, str(finding.subject)) for finding in incident.findings}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q.sample}-{q.name}")
@pytest.mark.parametrize("form", ["json", "md"])
def test_answer_is_the_reviewed_one(answers: Asked, question: Question, form: str) -> None:
    answer = rendered(answers[question.sample, question.name])[form]
    assert answer == question.files()[form].read_text("utf-8")


def test_sops_inheritance_is_told_as_the_four_commits(answers: Asked) -> None:
    incident = answers["sops-inheritance", "blame-break"]
    assert chain(incident) == [
        ("6b9ab17", "initial-change"),
        ("5ddc985", "attempted-fix"),
        ("7e4f8a2", "partial-fix"),
        ("80b951a", "completed-partial-fix"),
    ]
    assert incident.culprit is not None
    assert incident.culprit.commit.short == "6b9ab17"
    rules = [finding.rule for finding in incident.findings]
    assert (rules.count("decryption-secret-missing"), rules.count("source-not-found")) == (15, 8)


def test_cascade_of_sops_inheritance_is_no_cause(answers: Asked) -> None:
    incident = answers["sops-inheritance", "blame-break"]
    messages = {finding.message for finding in incident.cascade}
    assert messages == {
        "dependency 'network/cloudflare-tunnel' is not ready",
        "dependency 'storage/openebs' is not ready",
        "health check failed: timeout waiting for: "
        "[HelmRelease/network/cloudflare-tunnel status: 'InProgress']",
    }
    assert "dependency-not-ready" not in {finding.rule for finding in incident.findings}


def test_one_rule_asked_about_has_a_culprit_of_its_own(answers: Asked) -> None:
    incident = answers["sops-inheritance", "decryption-only"]
    assert incident.culprit is not None
    assert incident.culprit.commit.short == "5ddc985"


def test_repaired_branch_has_nothing_broken(answers: Asked) -> None:
    incident = answers["sops-inheritance", "fixed"]
    assert (incident.culprit, incident.findings, incident.chain) == (None, (), ())


def test_moved_source_leaves_the_forgotten_release(answers: Asked) -> None:
    incident = answers["oci-moved", "blame-break"]
    assert chain(incident) == [("1d92ddd", "initial-change"), ("6075758", "partial-fix")]
    assert failing(incident) == {("source-not-found", "HelmRelease/apps/miniflux")}


def test_parent_without_decryption_is_the_one_that_fails(answers: Asked) -> None:
    incident = answers["parent-decryption", "blame-break"]
    assert chain(incident) == [("ad7e42f", "initial-change")]
    assert failing(incident) == {("encrypted-without-decryption", "Kustomization/flux-system/cluster-apps")}
    assert len(incident.findings) == 6


def test_renamed_key_leaves_the_forgotten_reference(answers: Asked) -> None:
    incident = answers["renamed-key", "blame-break"]
    assert chain(incident) == [("a905a0d", "initial-change"), ("ba42421", "partial-fix")]
    assert failing(incident) == {("decryption-secret-missing", "Kustomization/finance/reports")}


def test_failure_that_came_back_is_blamed_on_its_return(answers: Asked) -> None:
    incident = answers["break-fix-break", "blame-break"]
    assert chain(incident) == [("adb5905", "regression"), ("1d33ccc", "partial-fix")]
    assert failing(incident) == {("substitute-source-missing", "Kustomization/flux-system/minio")}


def test_healthy_history_has_no_culprit(answers: Asked) -> None:
    incident = answers["healthy", "blame-break"]
    assert (incident.culprit, incident.findings, incident.untestable) == (None, (), ())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q.sample}-{q.name}")
def test_every_repair_was_tried(answers: Asked, question: Question) -> None:
    incident = answers[question.sample, question.name]
    broken = len(incident.findings) - len(incident.already_broken)
    for repair in incident.resolutions:
        assert repair.verified
        assert repair.resolves > 0
        assert repair.resolves + repair.leaves == broken


def test_studied_repository_is_left_as_it_was(repositories: Path) -> None:
    repository = repositories / "oci-moved"
    before = sorted((str(p), p.stat().st_mtime_ns) for p in repository.rglob("*"))
    Question("oci-moved", "again", "good", "bad").ask(repository)
    assert sorted((str(p), p.stat().st_mtime_ns) for p in repository.rglob("*")) == before
    status = subprocess.run(
        ["git", "-C", str(repository), "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert status.stdout == ""
