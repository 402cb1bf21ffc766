"""What no walk can go below: each commit's changes told once, each YAML blob read and parsed once.

    python benchmarks/floor.py CLONE [--rev HEAD]

In one process, as multiples of `git log --raw -m --first-parent` of the same line in the same run. Each
step is told by itself. A walk by several processes divides their sum by what the cores are worth.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Iterable

import yaml

from bisectops.errors import YamlError
from bisectops.garbage import collect_seldom
from bisectops.git.objects import Entry, EntryKind, Oid
from bisectops.git.repository import Repository
from bisectops.yaml.reader import documents


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clone")
    parser.add_argument("--rev", default="HEAD")
    arguments = parser.parse_args()
    collect_seldom()
    began = time.monotonic()
    log = ["git", "-C", arguments.clone, "log", "--raw", "-m", "--first-parent", arguments.rev]
    subprocess.run(log, stdout=subprocess.DEVNULL, check=True)
    git = time.monotonic() - began
    repository = Repository(arguments.clone)
    line = list(repository.since(repository.resolve(arguments.rev), None))
    print(f"git log --raw of {len(line)} commits: {git:.2f} s")

    began = time.monotonic()
    blobs = {entry.oid: entry for entry in _written(repository, line) if _is_yaml(entry)}
    _tell("the changes of each commit", began, git)

    began = time.monotonic()
    texts = [repository.blob(entry.oid) for entry in blobs.values()]
    _tell(f"reading {len(texts)} distinct YAML blobs", began, git)

    began = time.monotonic()
    for text in texts:
        _events(text)
    _tell("libyaml's bare events of each", began, git)

    began = time.monotonic()
    for text in texts:
        _trees(text)
    _tell("each as trees, events included", began, git)
    return 0


def _written(repository: Repository, line: Iterable[Oid]) -> Iterable[Entry]:
    """What each commit of a line wrote, as told against its first parent."""
    for commit in line:
        parent = next(iter(repository.parents(commit)), None)
        for change in repository.changes(parent, commit):
            if change.new is not None:
                yield change.new


def _is_yaml(entry: Entry) -> bool:
    return entry.kind is EntryKind.BLOB and entry.path.endswith((".yaml", ".yml"))


def _events(text: bytes) -> None:
    try:
        for _ in yaml.parse(text, Loader=yaml.CLoader):
            pass
    except (yaml.YAMLError, UnicodeDecodeError):
        return  # a template, or broken: the walk meets it as well


def _trees(text: bytes) -> None:
    try:
        documents(text)
    except YamlError:
        return


def _tell(what: str, began: float, git: float) -> None:
    seconds = time.monotonic() - began
    print(f"{what}: {seconds:.2f} s, {seconds / git:.1f} times", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
