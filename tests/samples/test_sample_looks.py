"""What `check`, `diff` and `explain` print of single commits: the reviewed answers whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import SAMPLES, built
from sample_looks import LOOKS, Look


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("looks"), (look.sample for look in LOOKS))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.sample}-{look.name}")
def test_look_is_the_reviewed_one(looked_at: Path, look: Look) -> None:
    assert look.take(looked_at / look.sample) == (look.status, look.file.read_text("utf-8"))


def test_no_recorded_look_is_left_over() -> None:
    assert set(SAMPLES.glob("*/expected/*.txt")) == {look.file for look in LOOKS}
