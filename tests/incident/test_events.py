"""Events as kubectl and flux print them, and the failures that they tell of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bisectops.errors import RequestError
from bisectops.flux.kinds import ks_id
from bisectops.git.objects import RepoPath
from bisectops.incident.events import Event, count, read_events
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing

TABLE = """\
NAMESPACE   LAST SEEN             TYPE     REASON       OBJECT               MESSAGE
default     3m (x12 over 5h)      Warning  BuildFailed  Kustomization/echo   secrets "sops-age" not found
default     1m                    Normal   Progressing  HelmRelease/echo     all is well
"""


def no_key(namespace: str, name: str) -> Finding:
    return Finding(
        rule="decryption-secret-missing",
        certainty=Certainty.CERTAIN,
        subject=ks_id(namespace, name),
        reference=Missing("Secret", namespace, "sops-age", "spec.decryption.secretRef"),
        message='secrets "sops-age" not found',
        origin=Origin(RepoPath("ks.yaml"), 0),
        because=(),
    )


def written(folder: Path, content: object) -> Path:
    file = folder / "events"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_kubectl_list_is_read_with_its_counts(tmp_path: Path) -> None:
    about = {"kind": "Kustomization", "namespace": "default", "name": "echo"}
    item = {"involvedObject": about, "message": 'secrets "sops-age" not found', "count": 19325}
    events = read_events(written(tmp_path, {"kind": "List", "items": [item]}))
    assert events == (Event("Kustomization", "default", "echo", 'secrets "sops-age" not found', 19325),)


def test_newer_events_count_by_their_series(tmp_path: Path) -> None:
    item = {"regarding": {"kind": "Kustomization", "name": "a"}, "note": "m", "series": {"count": 7}}
    assert read_events(written(tmp_path, [item])) == (Event("Kustomization", "", "a", "m", 7),)


def test_table_of_flux_events_is_read_with_its_repetitions(tmp_path: Path) -> None:
    first, second = read_events(written(tmp_path, TABLE))
    assert first == Event("Kustomization", "default", "echo", 'secrets "sops-age" not found', 12)
    assert (second.kind, second.count) == ("HelmRelease", 1)


def test_counts_of_one_error_are_summed_over_its_objects() -> None:
    message = 'secrets "sops-age" not found'
    events = [Event("Kustomization", "default", name, message, n) for name, n in (("echo", 3), ("tv", 4))]
    events.append(Event("Kustomization", "media", "echo", message, 100))
    assert count(events, [no_key("default", "echo"), no_key("default", "tv")]) == 7


def test_error_that_no_event_tells_has_no_count() -> None:
    events = [Event("Kustomization", "default", "echo", "all is well", 5)]
    assert count(events, [no_key("default", "echo")]) is None


@pytest.mark.parametrize("content", ["", "no table at all\n", "{", '{"items": []}'])
def test_file_without_events_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(RequestError):
        read_events(written(tmp_path, content))


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot read"):
        read_events(tmp_path / "nothing.json")
