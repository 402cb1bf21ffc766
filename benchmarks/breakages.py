"""Labelled breakages of real repositories: is each found where it began, and neither before nor after?

    python benchmarks/breakages.py BREAKAGES.jsonl CLONES [REPO-OR-COMMIT ...]

CLONES holds full clones named owner+name or owner/name, bare in a folder `repo` or not. A label holds
when a failure of its object is there at `introduced`, and neither at `parent` nor at `fixed`: by the
finding's id, since one object may fail in other ways too. What holds only with the findings that are
`possible` is counted apart: git cannot tell whether bootstrap makes a Secret that it never held.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bisectops.git.repository import Repository
from bisectops.rules.finding import Certainty, Finding
from bisectops.rules.judge import RepositoryJudge

RULES = {
    "a": {"decryption-secret-missing", "encrypted-without-decryption"},
    "b": {"source-not-found"},
    "c": {"source-not-found"},
    "d": {"build-failed"},
    "e": {"dependency-not-found"},
    "f": {"substitute-source-missing"},
    "g": {"build-failed"},
}
"""The rules by which a fault of each class may show."""
STRONG = (Certainty.CERTAIN, Certainty.LIKELY)


class Clones:
    """The repositories of a folder, each opened once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[str, Repository] = {}

    def of(self, name: str) -> Repository | None:
        """A repository by owner/name, None where no clone of it is here."""
        if name not in self._opened:
            places = (self._folder / spelt / inner for spelt in _spellings(name) for inner in ("repo", "."))
            found = next((place for place in places if place.is_dir()), None)
            if found is None:
                return None
            self._opened[name] = Repository(str(found))
        return self._opened[name]


def _spellings(name: str) -> tuple[str, str]:
    return name.replace("/", "+"), name


def concerns(label: Mapping[str, Any], finding: Finding) -> bool:
    """Is a finding the fault that a label tells of?"""
    if finding.rule not in RULES[label["class"]]:
        return False
    if label["class"] != "d":
        named = re.fullmatch(r"[A-Z]\w+/[\w-]+/[\w.-]+", label["missing"])
        what = str(finding.reference)
        return str(finding.subject) == label["object"] and (not named or what == label["missing"])
    folder = label["object"].rpartition("/")[0]
    failed = finding.reference.name
    return folder in finding.message or folder == failed or f"{folder}/".startswith(f"{failed}/")


def findings(repository: Repository, commit: str | None, label: Mapping[str, Any]) -> dict[str, Finding]:
    """The findings of a commit that concern a label, by id; none where there is no such commit."""
    if commit is None:
        return {}
    judge = RepositoryJudge()
    judge.move(repository.snapshot(repository.resolve(commit)), None)
    return {key: finding for key, finding in judge.findings.items() if concerns(label, finding)}


def verdict(repository: Repository, label: Mapping[str, Any]) -> tuple[str, str]:
    """`holds`, `possible` or `missed`, and how many findings there were before, at and after."""
    ends = [findings(repository, label[end], label) for end in ("parent", "introduced", "fixed")]
    strong = [{key for key, finding in end.items() if finding.certainty in STRONG} for end in ends]
    if strong[1] - strong[0] - strong[2]:
        told = "holds"
    else:
        told = "possible" if ends[1].keys() - ends[0].keys() - ends[2].keys() else "missed"
    return told, "/".join(str(len(each)) for each in ends)


def asked(doc: str | None) -> Iterator[tuple[Repository, dict[str, Any]]]:
    """The labels that the command line asks for, each with its repository, where a clone of that is here."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("breakages", type=Path, help="a label a line, as JSON")
    parser.add_argument("clones", type=Path, help="a folder with clones named owner+name or owner/name")
    parser.add_argument("wanted", nargs="*", help="only these repositories or commits")
    arguments = parser.parse_args()
    clones, wanted = Clones(arguments.clones), arguments.wanted
    for row in arguments.breakages.read_text().splitlines():
        label = json.loads(row)
        named = any(each in label["repo"] or label["introduced"].startswith(each) for each in wanted)
        if (named or not wanted) and (repository := clones.of(label["repo"])):
            yield repository, label


def main() -> None:
    """Print each label's verdict, and how many of each class hold."""
    score: dict[str, Counter[str]] = {}
    for repository, label in asked(__doc__):
        started = time.perf_counter()
        told, counts = verdict(repository, label)
        score.setdefault(label["class"], Counter())[told] += 1
        if told != "holds":
            took = f"{time.perf_counter() - started:.1f}s"
            name = f"{label['class']} {label['repo']} {label['introduced'][:9]} {label['object']}"
            print(f"{told:8} {name} wants {label['missing'][:70]}: found {counts} ({took})", flush=True)
    total: Counter[str] = sum(score.values(), Counter())
    for name, counted in (*sorted(score.items()), ("all", total)):
        print(f"{name}: {counted['holds']} hold, {counted['possible']} as possible, of {counted.total()}")


if __name__ == "__main__":
    main()
