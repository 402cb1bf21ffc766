"""The sample repositories built, and the answers that stand beside them recorded anew."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bisectops.cli.samples import build_sample

SAMPLES = Path(__file__).resolve().parents[2] / "sample-repos"


def built(folder: Path, samples: Iterable[str]) -> Path:
    """A folder with these samples in it, each a repository."""
    for sample in sorted(set(samples)):
        build_sample(sample, folder / sample)
    return folder


def record(samples: Iterable[str], answers: Callable[[Path], Iterator[tuple[Path, str]]]) -> int:
    """Write each answer into its file; the number of files that changed is printed."""
    changed = 0
    with tempfile.TemporaryDirectory() as folder:
        for file, answer in answers(built(Path(folder), samples)):
            file.parent.mkdir(exist_ok=True)
            if not file.exists() or file.read_text("utf-8") != answer:
                file.write_text(answer, "utf-8")
                changed += 1
    print(f"{changed} files changed")
    return 0
