"""Manifests that a script or an instruction applies by path: `sops -d FILE | kubectl apply -f -`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from bisectops.git.objects import ROOT, EntryKind, PathEscapes, RepoPath, repo_path
from bisectops.git.snapshot import Snapshot

_APPLIES = re.compile(r"\bkubectl\b[^|;&\n]*\bapply\b")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+")
_FILE = re.compile(r"[^\s\"'`=()<>|;]+\.ya?ml\b")
_MOST = 50


def applied_paths(text: str) -> Iterator[str]:
    """The paths that the lines of a script apply, whatever is only known when it runs as `*`."""
    if "kubectl" not in text:
        return
    for line in text.replace("\\\n", " ").splitlines():
        if _APPLIES.search(line):
            yield from _FILE.findall(_TEMPLATE.sub("*", line))


def matching(snapshot: Snapshot, pattern: str) -> list[RepoPath]:
    """The files of a commit that such a path may name, from the repository's root.

    What stands for the root itself, as `{{.ROOT_DIR}}` does, is left out.
    """
    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    found = _match(snapshot, steps)
    while not found and steps and steps[0] in ("*", ".."):
        steps = steps[1:]
        found = _match(snapshot, steps)
    return found


def _match(snapshot: Snapshot, steps: list[str]) -> list[RepoPath]:
    reached = [ROOT]
    for step in steps:
        if "*" in step:
            children = (child for folder in reached for child in snapshot.children(folder))
            named = [child.path for child in children if fnmatchcase(child.path.rpartition("/")[2], step)]
        else:
            named = [path for folder in reached if (path := _below(folder, step)) is not None]
        reached = [path for path in named[:_MOST] if snapshot.entry(path) is not None]
    entries = [snapshot.entry(path) for path in reached if path]
    return [entry.path for entry in entries if entry is not None and entry.kind is EntryKind.BLOB]


def _below(folder: RepoPath, step: str) -> RepoPath | None:
    try:
        return repo_path(step, base=folder)
    except PathEscapes:
        return None
