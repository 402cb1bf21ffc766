"""Ask the real kustomize about the oracle's cases and write its answers beside them.

    python tests/oracle/record.py [CASE...]

Needs kubectl; the answers here are kustomize v5.5.0's, from kubectl 1.32. Nothing is fetched: every way
to a network is shut, so that a remote resource fails everywhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from oracle_case import ANSWERS, FOLDER, Case, cases

KUBECTL = ("kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone")
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE),
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "false",
}


def main(names: Sequence[str]) -> int:
    asked = [case for case in cases() if not names or case.name in names]
    for case in asked:
        record(case)
    print(f"{len(asked)} cases recorded")
    return 0


def record(case: Case) -> None:
    for kind in ANSWERS:
        (FOLDER / case.name / kind).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch).resolve() / case.name
        write(case, top)
        run = subprocess.run(
            (*KUBECTL, top / case.built), capture_output=True, text=True, env=os.environ | OFFLINE
        )
    if run.returncode == 0:
        (FOLDER / case.name / "expected.yaml").write_text(run.stdout)
    else:
        (FOLDER / case.name / "expected.err").write_text(plain(run.stderr, top))


def write(case: Case, top: Path) -> None:
    for name, content in case.files.items():
        path = top / name.removesuffix("@")
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("@"):
            path.symlink_to(content)
        else:
            path.write_bytes(content.encode())


def plain(error: str, top: Path) -> str:
    """Kustomize's words without kubectl's log line and without where they were recorded."""
    lines = [line for line in error.splitlines() if not line.startswith("# Warning:")]
    words = "\n".join(lines).replace(str(top), "CASE")
    words = re.sub(r'^[EF]\d{4} [^"]*"command failed" err=', "", words)
    words = re.sub(r"0x[0-9a-f]{6,}", "POINTER", words)
    if words.startswith("<"):
        words = "\n".join(line.removeprefix("\t") for line in words.splitlines()[1:-1])
    elif words.startswith('"'):
        words = words[1:-1].replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "\n")
    words = re.sub(r"failed to run '\S*/git fetch.*", "failed to run 'git fetch'", words, flags=re.DOTALL)
    return words.rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
