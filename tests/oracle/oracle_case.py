"""Cases for the oracle: folders of files, each with what the real kustomize made of them.

A case is a folder under `cases/`. What is built is its subfolder `app`, or itself where it has none. A
file whose name ends in `@` stands for a symbolic link to its content. `expected.yaml` or `expected.err`
beside the files is kustomize's answer, which `record.py` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bisectops.git.objects import RepoPath

FOLDER = Path(__file__).parent / "cases"
ANSWERS = ("expected.yaml", "expected.err")


@dataclass(frozen=True)
class Case:
    name: str
    files: dict[str, str]

    @property
    def built(self) -> RepoPath:
        """The folder to build."""
        return RepoPath("app" if any(name.startswith("app/") for name in self.files) else "")


def cases() -> list[Case]:
    return [case(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]


def case(folder: Path) -> Case:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    files = {name: path.read_bytes().decode() for name, path in names.items() if name not in ANSWERS}
    return Case(folder.name, files)


def answer(name: str, kind: str) -> str | None:
    """What kustomize said of a case: `expected.yaml` or `expected.err`, if that was its answer."""
    path = FOLDER / name / kind
    return path.read_text() if path.exists() else None
