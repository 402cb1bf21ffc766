"""Where a finding's field stands: every way in which rules write a field's path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scribe import Scribe, app

from bisectops.git.objects import RepoPath
from bisectops.git.repository import Repository
from bisectops.incident.position import line_of, pointer
from bisectops.kustomize.resource import Origin
from bisectops.rules.judge import RepositoryJudge


@pytest.mark.parametrize(
    ("field", "steps"),
    [
        ("spec", ["spec"]),
        ("spec.decryption.secretRef", ["spec", "decryption", "secretRef"]),
        ("spec.valuesFrom[0].valuesKey", ["spec", "valuesFrom", 0, "valuesKey"]),
        ("patches[12]", ["patches", 12]),
        ("data[values.yaml]", ["data", "values.yaml"]),
        ("data[values]", ["data", "values"]),
        ("", []),
    ],
)
def test_a_field_is_a_path_of_keys_and_indices(field: str, steps: list[str | int]) -> None:
    assert pointer(field) == steps


def test_a_root_that_nobody_wrote_comes_from_a_folder(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.commit({"cluster/apps.yaml": app("apps", "nowhere"), "base/map.yaml": "a: 1\n"})
    scribe.repository(tmp_path)
    repository = Repository(tmp_path)
    commit = repository.resolve("c1")
    judge = RepositoryJudge()
    judge.move(repository.snapshot(commit), None)
    finding = next(iter(judge.findings.values()))
    from_folder = replace(finding, origin=Origin(RepoPath("cluster"), 0))
    assert line_of(repository, commit, from_folder) == 1
