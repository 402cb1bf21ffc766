"""The looks at single commits of the sample repositories; run this file to record them anew for review.

    python tests/samples/sample_looks.py

writes sample-repos/<name>/expected/<look>.txt: what `check`, `diff` and `explain` print. Read the difference
before you commit it, with the sample's story.md at hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from recording import SAMPLES, record

from bisectops.cli.app import run


class Look(NamedTuple):
    """A command and its arguments, and how the file of its answer is called."""

    sample: str
    name: str
    status: int
    arguments: tuple[str, ...]

    @property
    def file(self) -> Path:
        """Where the expected answer stands."""
        return SAMPLES / self.sample / "expected" / f"{self.name}.txt"

    def take(self, repository: Path) -> tuple[int, str]:
        """The exit status of the command and what it prints."""
        command, *rest = self.arguments
        with redirect_stdout(StringIO()) as out:
            status = run([command, "-C", str(repository), *rest])
        return status, out.getvalue()


LOOKS = (
    Look("sops-inheritance", "check-initial-change", 1, ("check", "6b9ab17")),
    Look("sops-inheritance", "diff-attempted-fix", 0, ("diff", "5ddc985^", "5ddc985")),
    Look("sops-inheritance", "explain-echo", 0, ("explain", "main", "Kustomization/default/echo")),
    Look("oci-moved", "check-bad", 1, ("check", "bad")),
    Look("oci-moved", "diff-move", 0, ("diff", "1d92ddd^", "1d92ddd")),
    Look("oci-moved", "explain-miniflux", 0, ("explain", "bad", "HelmRelease/apps/miniflux")),
    Look("parent-decryption", "check-main", 1, ("check", "main")),
    Look("parent-decryption", "diff-move", 0, ("diff", "ad7e42f^", "ad7e42f")),
    Look("parent-decryption", "explain-key", 0, ("explain", "main", "Secret/media/sops-age")),
    Look("renamed-key", "check-bad", 1, ("check", "bad")),
    Look("renamed-key", "diff-rename", 0, ("diff", "a905a0d^", "a905a0d")),
    Look("renamed-key", "explain-reports", 0, ("explain", "bad", "Kustomization/finance/reports")),
    Look("break-fix-break", "check-main", 1, ("check", "main")),
    Look("break-fix-break", "diff-return", 0, ("diff", "adb5905^", "adb5905")),
    Look("break-fix-break", "explain-minio", 0, ("explain", "main", "Kustomization/flux-system/minio")),
    Look("healthy", "check-main", 0, ("check", "main")),
)


def answers(repositories: Path) -> Iterator[tuple[Path, str]]:
    """What every look prints, with its file."""
    return ((look.file, look.take(repositories / look.sample)[1]) for look in LOOKS)


if __name__ == "__main__":
    sys.exit(record((look.sample for look in LOOKS), answers))
