"""The questions asked of the sample repositories; run this file to record the answers anew for review.

    python tests/samples/sample_answers.py

writes sample-repos/<name>/expected/<question>.json and .md. Read the difference before you commit it,
with the sample's story.md at hand: the story says what must be answered.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from recording import SAMPLES, record

from bisectops.history.request import Request
from bisectops.incident.incident import Incident
from bisectops.incident.investigate import blame
from bisectops.report import json
from bisectops.report.markdown import markdown
from bisectops.search.reporter import Reporter


class Question(NamedTuple):
    """What is asked of a sample, and how the files of the answer are called."""

    sample: str
    name: str
    good: str | None
    bad: str
    rules: frozenset[str] = frozenset()

    def ask(self, repository: Path) -> Incident:
        """The answer of the pipeline."""
        request = Request(directory=str(repository), good=self.good, bad=self.bad, rules=self.rules)
        return blame(request, Reporter())

    def files(self) -> Mapping[str, Path]:
        """Where the expected answer stands, by form."""
        folder = SAMPLES / self.sample / "expected"
        return MappingProxyType({form: folder / f"{self.name}.{form}" for form in ("json", "md")})


QUESTIONS = (
    Question("sops-inheritance", "blame-break", "good", "main"),
    Question(
        "sops-inheritance", "decryption-only", "good", "main", frozenset(("decryption-secret-missing",))
    ),
    Question("sops-inheritance", "fixed", "good", "fixed"),
    Question("oci-moved", "blame-break", "good", "bad"),
    Question("parent-decryption", "blame-break", "good", "main"),
    Question("renamed-key", "blame-break", "good", "bad"),
    Question("break-fix-break", "blame-break", "good", "main"),
    Question("healthy", "blame-break", None, "main"),
)


def rendered(incident: Incident) -> Mapping[str, str]:
    """An answer in the forms that are kept."""
    return {"json": json.blame_break(incident), "md": markdown(incident)}


def answers(repositories: Path) -> Iterator[tuple[Path, str]]:
    """Every answer with its file."""
    for question in QUESTIONS:
        told = rendered(question.ask(repositories / question.sample))
        for form, file in question.files().items():
            yield file, told[form]


if __name__ == "__main__":
    sys.exit(record((question.sample for question in QUESTIONS), answers))
