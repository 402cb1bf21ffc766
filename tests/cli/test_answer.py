from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bisectops.cli.answer import answer, exit_status
from bisectops.cli.console import Output
from bisectops.cli.options import Form
from bisectops.flux.kinds import ks_id
from bisectops.git.objects import Commit, Oid, RepoPath
from bisectops.incident.incident import Incident, Link, Role
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing

COMMIT = Commit(
    oid=Oid("b" * 40),
    tree=Oid("e" * 40),
    parents=(),
    author="Jonas Ekberg",
    email="jonas@example.net",
    time=0,
    offset=0,
    message="feat: break it",
)
FINDING = Finding(
    rule="source-not-found",
    certainty=Certainty.CERTAIN,
    subject=ks_id("default", "echo"),
    reference=Missing("GitRepository", "default", "apps", "spec.sourceRef"),
    message='GitRepository.source.toolkit.fluxcd.io "apps" not found',
    origin=Origin(RepoPath("echo/ks.yaml"), 0),
    because=(),
)
LINK = Link(
    commit=COMMIT,
    role=Role.INITIAL_CHANGE,
    changes=(),
    impact="it broke",
    introduced=(FINDING,),
    resolved=(),
    paths=(),
)
HEALTHY = Incident(repository="home-ops", good=None, bad=COMMIT, line=1, roots=())
BROKEN = replace(HEALTHY, findings=(FINDING,), chain=(LINK,), culprit=LINK)


def test_the_exit_status_tells_who_is_to_blame() -> None:
    assert exit_status(BROKEN) == 0
    assert exit_status(HEALTHY) == 1
    assert exit_status(replace(HEALTHY, findings=(FINDING,), already_broken=(FINDING,))) == 3


@pytest.mark.parametrize(
    ("form", "start"),
    [
        (Form.TEXT, "bbbbbbb broke it: feat: break it\n"),
        (Form.MARKDOWN, "# "),
        (Form.JSON, '{\n  "schema": "bisectops/blame-break/v1"'),
    ],
)
def test_every_form_is_written_whole(form: Form, start: str, tmp_path: Path) -> None:
    file = tmp_path / "answer"
    assert answer(BROKEN, form, Output(file=file), report_command="bisectops …") == 0
    assert file.read_text().startswith(start)
    assert form is not Form.JSON or json.loads(file.read_text())
