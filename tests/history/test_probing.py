"""Bisection of a line: as walking answers where a fault came once, and walking where it came twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bisectops.cli.samples import build_sample
from bisectops.history.request import Request, Strategy
from bisectops.incident.investigate import blame
from bisectops.search.reporter import Reporter

MINIO = frozenset(["Kustomization/flux-system/minio"])


class Listener(Reporter):
    """Hears what is asked."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def probing(self, told: str) -> None:
        self.heard.append(told)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fault that comes, is reverted, and comes again: 3 days in March, and from May on."""
    repository = tmp_path_factory.mktemp("samples") / "break-fix-break"
    build_sample("break-fix-break", repository)
    return repository


def asked(sample: Path, good: str | None, strategy: Strategy, **options: Path) -> tuple[str, list[str]]:
    listener = Listener()
    request = Request(
        directory=str(sample), good=good, bad="main", objects=MINIO, strategy=strategy, **options
    )
    incident = blame(request, listener)
    assert incident.culprit is not None
    return incident.culprit.commit.subject, listener.heard


def test_both_ways_name_the_same_commit(sample: Path) -> None:
    walked, silence = asked(sample, "main~60", Strategy.WALK)
    bisected, heard = asked(sample, "main~60", Strategy.BISECT)
    assert walked == bisected == "Merge pull request #164 from hollis/tidy-vars-again"
    assert silence == []
    assert heard[0].startswith("Bisecting: 29 revisions left to test after this (roughly 5 steps)")
    assert heard[-1].endswith("is the first bad commit")


def test_a_fault_that_came_and_went_is_walked(sample: Path) -> None:
    walked, _ = asked(sample, None, Strategy.WALK)
    for good in [f"main~{back}" for back in (150, 250)]:
        bisected, heard = asked(sample, good, Strategy.BISECT)
        assert bisected == walked
        assert heard[-1].endswith(("is the first bad commit", "so walking"))


def test_what_a_log_has_answered_is_not_asked_again(sample: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first, _ = asked(sample, "main~60", Strategy.BISECT, log=log)
    again, heard = asked(sample, "main~60", Strategy.BISECT, replay=log)
    assert again == first
    assert len(heard) == 1
    assert "# first bad commit: [" in log.read_text()


def test_a_short_line_is_walked_unless_told_otherwise(sample: Path) -> None:
    assert asked(sample, "main~60", Strategy.AUTO)[1] == []
