"""Fill the golden cases' outputs in with kubectl, and check the phrases of those that fail.

    python tests/kustomize/record.py [NAME...]

Recorded with kustomize v5.5.0 (kubectl 1.32).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from golden_cases import FOLDER, Golden, read


def main(names: list[str]) -> int:
    """Record the named cases, or all."""
    wrong = 0
    for path in sorted(FOLDER.glob("*.txt")):
        if names and path.stem not in names:
            continue
        wrong += _record(path, read(path))
    return min(wrong, 1)


def _record(path: Path, golden: Golden) -> int:
    status, output, error = _kustomize(golden)
    if golden.fails != (status != 0):
        print(f"{golden.name}: {error or 'builds'}", file=sys.stderr)
        return 1
    if golden.fails:
        missing = golden.expected.strip() not in error
        if missing:
            print(f"{golden.name}: does not say so, but: {error}", file=sys.stderr)
        return int(missing)
    text = path.read_text()
    path.write_text(text[: text.rindex(">>> ")] + f">>> build {golden.folder}\n{output}")
    return 0


def _kustomize(golden: Golden) -> tuple[int, str, str]:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary).resolve() / "tree"
        for name, content in golden.files.items():
            file = root / name.removesuffix("@")
            file.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("@"):
                file.symlink_to(content)
            else:
                file.write_text(content)
        command = ["kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone"]
        done = subprocess.run(
            [*command, str(root / golden.folder)], capture_output=True, text=True, check=False
        )
    return done.returncode, done.stdout, done.stderr.replace(f"{root}/", "").replace('\\"', '"')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
