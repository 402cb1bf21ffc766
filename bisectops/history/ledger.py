"""What judging commits told, as plain text: between processes and into the cache.

Findings name objects, paths and fields; no value of a Secret is ever part of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Oid, repo_path
from bisectops.history.proofs import Proof
from bisectops.history.tally import Judged
from bisectops.kustomize.resource import Origin
from bisectops.rules.finding import Certainty, Finding, Missing
from bisectops.rules.sight import Shift

FORMAT = 4
"""Raised whenever a line would be written otherwise."""


def telling(judged: Iterable[Judged]) -> list[Judged]:
    """The commits that are worth a line: those that changed something, and the first that has a root."""
    found: list[Judged] = []
    begun = False
    for each in judged:
        if not each.quiet or not begun:
            found.append(each)
        begun = begun or not each.untestable
    return found


def written(judged: Iterable[Judged]) -> bytes:
    """Commits as text, in order."""
    return json.dumps([_line(each) for each in judged], separators=(",", ":")).encode()


def read(text: bytes) -> Iterator[Judged]:
    """The inverse of `written`."""
    for line in json.loads(text):
        yield _judged(line)


def _line(judged: Judged) -> list[Any]:
    return [
        judged.commit,
        [_told(finding) for finding in judged.introduced],
        [_told(finding) for finding in judged.revised],
        list(judged.resolved),
        {key: [proof.certainty.value, *proof[1:]] for key, proof in judged.proofs.items()},
        {key: list(held) for key, held in judged.blocks.items()},
        dict(judged.made),
        judged.untestable,
        judged.rootless,
        [_shift(shift) for shift in judged.shifts],
        dict(judged.renamed),
        list(judged.gone),
        list(judged.came),
    ]


def _judged(line: list[Any]) -> Judged:
    commit, introduced, revised, resolved, proofs, blocks, made, *line = line
    untestable, rootless, shifts, renamed, gone, came = line
    return Judged(
        Oid(commit),
        tuple(_finding(each) for each in introduced),
        tuple(_finding(each) for each in revised),
        tuple(resolved),
        {key: Proof(Certainty(certainty), *told) for key, (certainty, *told) in proofs.items()},
        {key: tuple(held) for key, held in blocks.items()},
        {key: Oid(maker) for key, maker in made.items()},
        tuple(_read_shift(each) for each in shifts),
        renamed,
        tuple(gone),
        tuple(came),
        untestable,
        rootless,
    )


def _shift(shift: Shift) -> list[Any]:
    return [
        shift.cluster,
        list(shift.hidden.items()),
        shift.stalled,
        shift.freed,
        list(shift.behind.items()),
        list(shift.blinded.items()),
        list(shift.settled.items()),
        shift.appeared,
    ]


def _read_shift(told: list[Any]) -> Shift:
    cluster, hidden, stalled, freed, behind, blinded, settled, appeared = told
    return Shift(
        cluster=cluster,
        hidden={key: ObjectId(*ks) for key, ks in hidden},
        stalled=tuple(ObjectId(*ks) for ks in stalled),
        freed=tuple(ObjectId(*ks) for ks in freed),
        behind={ObjectId(*ks): ObjectId(*above) for ks, above in behind},
        blinded={key: ObjectId(*ks) for key, ks in blinded},
        settled={key: ObjectId(*ks) if ks else None for key, ks in settled},
        appeared=tuple(appeared),
    )


def _told(finding: Finding) -> list[Any]:
    origin = finding.origin
    return [
        finding.rule,
        finding.certainty.value,
        list(finding.subject),
        list(finding.reference),
        finding.message,
        [origin.path, origin.document, origin.generated],
        list(finding.because),
        finding.cluster,
    ]


def _finding(told: list[Any]) -> Finding:
    rule, certainty, subject, reference, message, (path, document, generated), because, cluster = told
    return Finding(
        rule=rule,
        certainty=Certainty(certainty),
        subject=ObjectId(*subject),
        reference=Missing(*reference),
        message=message,
        origin=Origin(repo_path(path), document, generated),
        because=tuple(because),
        cluster=cluster,
    )
