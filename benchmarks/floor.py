"""What no walk can go below: each commit's changes told once, each YAML blob read, and made a tree once.

    python benchmarks/floor.py CLONE [--rev HEAD]

In one process, as multiples of `git log --raw -m --first-parent` of the same line in the same run. Each
step is told by itself; the last one does not parse what differs from its older version in a few values,
as a walk does not. A walk by several processes divides their sum by what the cores are worth.
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
from bisectops.yaml.reader import documents, revise


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
    older = {new.oid: old and old.oid for old, new in _written(repository, reversed(line)) if _is_yaml(new)}
    _tell("the changes of each commit", began, git)

    began = time.monotonic()
    texts = {oid: repository.blob(oid) for oid in older}
    _tell(f"reading {len(texts)} distinct YAML blobs", began, git)

    began = time.monotonic()
    for text in texts.values():
        _events(text)
    _tell("libyaml's bare events of each", began, git)

    began = time.monotonic()
    for oid, text in texts.items():
        if (before := older[oid]) in texts:
            revise(texts[before], text)
        _trees(text)
    _tell("each as trees, parsed where need be", began, git)
    return 0


def _written(repository: Repository, line: Iterable[Oid]) -> Iterable[tuple[Entry | None, Entry]]:
    """What each commit of a line wrote, with what was there at its first parent."""
    for commit in line:
        parent = next(iter(repository.parents(commit)), None)
        for change in repository.changes(parent, commit):
            if change.new is not None:
                yield change.old, change.new


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
