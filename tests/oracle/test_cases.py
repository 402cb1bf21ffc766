"""Every case builds as the real kustomize built it: the same bytes, or a failure for the same cause."""

from __future__ import annotations

import re

import pytest
from oracle_case import Case, answer, cases

from bisectops.errors import YamlError
from bisectops.git.snapshot import MemorySnapshot
from bisectops.kustomize import Broken, Resource, build
from bisectops.yaml.writer import dump_all

CAUSES = (
    "cycle detected",
    "may not add resource with an already registered id",
    "namespace transformation produces ID conflict",
    "expected kind != 'Component'",
    "expected kind 'Component'",
    "kustomization.yaml is empty",
    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization'",
    "Found multiple kustomization files",
    "mapping values are not allowed in this context",
    "found character that cannot start any token",
    "did not find expected",
    "already defined",
    "json: unsupported type",
    "json: unknown field",
    "json: cannot unmarshal",
    "apiVersion for",
    "missing Resource metadata",
    "missing metadata.name",
    "expected key=value",
    "behavior must be merge or replace",
    "cannot merge or replace",
    "must specify --enable-helm",
    "replace operation does not apply",
    "testing value /metadata/name failed",
    "must specify a target for JSON patch",
    "unable to parse SM or JSON patch",
    "no resource matches strategic merge patch",
    "unable to find field",
    "nothing selected by",
    "unable to load external plugin",
    "the field 'sortOptions.order' must be one of",
    "cannot be mapped to a field in the set of known resources",
    "failed to get the patch file",
    "loading KV pairs: file sources",
    "proxyconnect",
    "failed to run 'git fetch'",
    "no such file or directory",
)
OURS = dict.fromkeys(
    ("proxyconnect", "failed to run 'git fetch'"), "is remote, and bisectops fetches nothing"
)
"""Where the words have to differ: kustomize tries, and fails to reach a network."""


def cause_of(words: str) -> str:
    return next((cause for cause in CAUSES if cause in words), words)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_case_builds_as_kustomize_built_it(case: Case) -> None:
    outcome = build(MemorySnapshot(case.files), case.built)
    expected, error = answer(case.name, "expected.yaml"), answer(case.name, "expected.err")
    if error is None:
        assert not isinstance(outcome, Broken), outcome.error.message
        assert dump_all(resource.content for resource in outcome.resources) == expected
        return
    cause = cause_of(error)
    words = outcome.error.message if isinstance(outcome, Broken) else _refusal(outcome.resources)
    assert OURS.get(cause, cause) in words


def _refusal(resources: tuple[Resource, ...]) -> str:
    """Kustomize meets some faults when it prints."""
    try:
        return f"builds: {dump_all(resource.content for resource in resources)}"
    except YamlError as error:
        return error.message


def test_every_case_has_one_answer_of_kustomizes() -> None:
    for case in cases():
        answers = [answer(case.name, kind) is not None for kind in ("expected.yaml", "expected.err")]
        assert sum(answers) == 1, case.name


def test_every_failure_is_told_apart_and_no_answer_names_a_machine() -> None:
    for case in cases():
        error = answer(case.name, "expected.err")
        assert error is None or cause_of(error) in CAUSES, case.name
        assert error is None or not re.search(r"/tmp/|/home/|0xc0", error), case.name
