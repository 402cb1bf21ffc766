from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import bisectops.report.json
from bisectops.incident.incident import Incident
from bisectops.report.json import blame_break

SCHEMAS = Path(bisectops.report.json.__file__).parent / "schemas"


def answer(incident: Incident) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(blame_break(incident))
    schema = json.loads((SCHEMAS / "blame-break.v1.json").read_text())
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in validator.iter_errors(printed)] == []
    return printed


def test_every_schema_is_one_and_closed() -> None:
    for file in SCHEMAS.iterdir():
        schema = json.loads(file.read_text())
        Draft202012Validator.check_schema(schema)
        assert schema["properties"]["schema"]["const"] == schema["$id"]
        assert schema["additionalProperties"] is False


def test_commits_are_whole_and_times_keep_the_authors_offset(incident: Incident) -> None:
    assert answer(incident)["culprit"] == {
        "commit": "b" * 40,
        "author": "Jonas Ekberg <jonas@example.net>",
        "date": "2025-07-19T15:19:36+02:00",
        "subject": "feat(apps): one kustomization for all apps",
    }


def test_a_finding_says_where_and_why(incident: Incident) -> None:
    assert answer(incident)["findings"][0] == {
        "rule": "decryption-secret-missing",
        "certainty": "certain",
        "id": "decryption-secret-missing:Kustomization/default/app-00:Secret/default/sops-age",
        "subject": {"kind": "Kustomization", "namespace": "default", "name": "app-00"},
        "reference": {
            "kind": "Secret",
            "namespace": "default",
            "name": "sops-age",
            "field": "spec.decryption.secretRef",
        },
        "message": 'secrets "sops-age" not found',
        "path": "kubernetes/apps/default/app-00/ks.yaml",
        "line": 14,
        "because": ["No Kustomization of this cluster applies Secret/default/sops-age"],
        "blocks": ["HelmRelease/default/app-00"],
    }


def test_the_chain_tells_findings_by_id(incident: Incident) -> None:
    first, second = answer(incident)["chain"]
    assert (first["role"], second["role"]) == ("initial-change", "attempted-fix")
    assert first["introduced"][0] == incident.chain[0].introduced[0].id
    assert first["paths"] == ["kubernetes/apps/kustomization.yaml"]


def test_a_resolution_carries_its_edits(incident: Incident) -> None:
    [resolution] = answer(incident)["resolution"]
    assert resolution["edits"][0]["from"]["text"] == "resources:\n  - ./default\n"
    assert (resolution["resolves"], resolution["leaves"], resolution["verified"]) == (23, 0, True)


def test_an_answer_without_a_culprit_is_an_answer(healthy: Incident, older: Incident) -> None:
    assert answer(healthy)["culprit"] is None
    assert answer(replace(healthy, good=None))["good"] is None
    assert len(answer(older)["already_broken"]) == 23
