"""Labelled breakages searched for: does the chain name the commit that began each, and is it the culprit?

    python benchmarks/chains.py BREAKAGES.jsonl CLONES [REPO-OR-COMMIT ...]

Each label is searched from 25 commits before its parent to the last broken commit. It is *in the chain*
when the introducing commit is there as introducing a failure that the label tells of, or as leaving its
object without a build, and *the culprit* when the same question with --object answers with it. For the
layout of CLONES see breakages.py.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any

from breakages import asked, concerns

from bisectops.errors import BisectopsError
from bisectops.git.objects import Oid
from bisectops.git.repository import Repository
from bisectops.history.request import Request
from bisectops.incident.incident import Incident, Link
from bisectops.incident.investigate import blame
from bisectops.rules.finding import Finding
from bisectops.search.reporter import Reporter

_BEFORE = 25


def main() -> int:
    score: Counter[tuple[str, str]] = Counter()
    began = time.monotonic()
    for repository, label in asked(__doc__):
        told = _searched(repository, label)
        score[label["class"], "labels"] += 1
        for what in told:
            score[label["class"], what] += 1
        print(
            f"{label['class']} {label['repo']} {label['introduced'][:9]} {label['object']}: {_said(told)}",
            flush=True,
        )
    _print(score)
    print(f"{time.monotonic() - began:.0f} s")
    return 0


def _said(told: set[str]) -> str:
    return ", ".join(sorted(told)) or "NEITHER"


def _searched(repository: Repository, label: Mapping[str, Any]) -> set[str]:
    """Which of "chain" and "culprit" hold."""
    bad = repository.parents(repository.resolve(label["fixed"]))
    if not bad:
        return set()
    parent = repository.resolve(label["parent"])
    good = list(islice(repository.since(parent, None), _BEFORE + 1))[-1]
    told = set()
    asked = Request(directory=repository.location, good=good, bad=bad[0])
    introduced = Oid(label["introduced"])
    try:
        whole = blame(asked, Reporter())
        if _in_chain(whole, introduced, label):
            told.add("chain")
        objects = {label["object"]}
        if label["class"] == "d":  # the label names a file: ask about what could not be built of it
            objects = {str(finding.subject) for finding in whole.findings if concerns(label, finding)}
        narrowed = Request(directory=repository.location, good=good, bad=bad[0], objects=frozenset(objects))
        culprit = blame(narrowed, Reporter()).culprit
        if culprit is not None and _names(culprit, introduced):
            told.add("culprit")
    except BisectopsError as error:
        print(f"  {error.message[:150]}")
    return told


def _in_chain(incident: Incident, introduced: Oid, label: Mapping[str, Any]) -> bool:
    return any(
        _names(link, introduced)
        and any(concerns(label, finding) or _not_built(label, finding) for finding in link.introduced)
        for link in incident.chain
    )


def _not_built(label: Mapping[str, Any], finding: Finding) -> bool:
    """Is a finding the reason why nothing else of a label's object can be seen?"""
    return finding.rule == "build-failed" and str(finding.subject) == label["object"]


def _names(link: Link, introduced: Oid) -> bool:
    """Is it the commit of the line, or the one whose fault it, a merge, shipped?"""
    return link.commit.oid == introduced or introduced in {commit.oid for commit in link.made_by}


def _print(score: Counter[tuple[str, str]]) -> None:
    print(f"{'class':6}{'labels':>8}{'in chain':>10}{'culprit':>9}")
    for name in [*sorted({name for name, _ in score}), "all"]:
        numbers = [
            sum(count for (each, kind), count in score.items() if kind == what and name in (each, "all"))
            for what in ("labels", "chain", "culprit")
        ]
        print(f"{name:6}{numbers[0]:>8}{numbers[1]:>10}{numbers[2]:>9}")


if __name__ == "__main__":
    sys.exit(main())
