"""The answer of `timeline`: each commit that changed the findings, as it is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from bisectops.flux.kinds import ObjectId
from bisectops.git.objects import Commit, Oid
from bisectops.history.events import Event
from bisectops.history.line import Line as CommitLine
from bisectops.history.unseen import Unseen
from bisectops.report.lines import Line, Span, Style, line
from bisectops.report.phrases import count
from bisectops.report.records import Record, commit_record, findings, printed
from bisectops.report.tables import csv_rows, markdown_table
from bisectops.rules.finding import Finding

CommitOf = Callable[[Oid], Commit]
HEADER = ("commit", "date", "author", "subject", "introduced", "resolved", "still broken", "findings")
_SHOWN = 6


def record(event: Event, commit: Commit) -> Record:
    """One event, schema bisectops/timeline-event/v1 without its name."""
    return {
        **commit_record(commit),
        "position": event.position,
        "introduced": findings(event.introduced, {}, event.blocks),
        "resolved": [finding.id for finding in event.resolved],
        "broken": event.broken,
        "untestable": event.untestable.reason if event.untestable else None,
        "hidden": [{"id": each.finding.id, "behind": str(each.curtain.ks)} for each in event.hidden],
        "seen_again": [finding.id for finding in event.seen if finding.id not in event.made],
        "came_to_light": [
            {"finding": told, "made_by": place and place.commit}
            for told in findings([each for each in event.seen if each.id in event.made], {}, event.blocks)
            for place in (event.made[told["id"]],)
        ],
        "resolved_unseen": [finding.id for finding in event.late],
        "renamed": {old.id: new.id for old, new in event.renamed},
        "out_of_sight": event.out_of_sight,
    }


def json_line(event: Event, commit: Commit) -> str:
    """One event as an object on a line of its own."""
    told = {"schema": "bisectops/timeline-event/v1", **record(event, commit)}
    return json.dumps(told, ensure_ascii=False) + "\n"


def whole(commits: CommitLine, events: Iterable[Event], commit: CommitOf, notes: Iterable[str]) -> str:
    """All events as one object, schema bisectops/timeline/v1."""
    return printed(
        {
            "schema": "bisectops/timeline/v1",
            "good": commits.base,
            "bad": commits.bad,
            "line": len(commits.commits),
            "events": [record(event, commit(event.commit)) for event in events],
            "notes": list(notes),
        }
    )


def row(event: Event, commit: Commit) -> tuple[str | int, ...]:
    """One event as a row under HEADER."""
    told = [f"introduced {finding.id}" for finding in event.introduced]
    told += [f"resolved {finding.id}" for finding in event.resolved]
    told += [f"out of sight {each.finding.id}" for each in event.hidden]
    told += [f"{_seen(event, finding)} {finding.id}" for finding in event.seen]
    told += [f"renamed {old.id} to {new.id}" for old, new in event.renamed]
    if event.untestable:
        told.append(f"not judged: {event.untestable.reason}")
    numbers = (len(event.introduced), len(event.resolved), event.broken)
    return (commit.oid, commit.date.isoformat(), commit.author, commit.subject, *numbers, "; ".join(told))


def csv_line(event: Event, commit: Commit) -> str:
    """One event as a line of CSV."""
    return csv_rows([row(event, commit)])


def markdown(events: Iterable[Event], commit: CommitOf) -> str:
    """All events as a table."""
    rows = [row(event, commit(event.commit)) for event in events]
    return markdown_table(HEADER, [(values[0][:10], *values[1:]) for values in _texts(rows)])


def _texts(rows: Iterable[tuple[str | int, ...]]) -> Iterator[tuple[str, ...]]:
    return (tuple(map(str, values)) for values in rows)


def text(event: Event, commit: Commit) -> Iterator[Line]:
    """One event for a terminal."""
    moment = commit.date.strftime("%Y-%m-%d %H:%M")
    yield line(
        Span(commit.oid[:10], Style.COMMIT),
        f" {moment} ",
        Span(commit.author, Style.FAINT),
        f" {commit.subject}",
    )
    if event.untestable:
        yield line("    ? ", f"not judged: {event.untestable.reason}")
        return
    late = {finding.id for finding in event.late}
    yield from _told(
        *("+", Style.FAILURE),
        [(finding.subject, f"{finding.rule}: {finding.message}") for finding in event.introduced],
    )
    yield from _told(
        *("-", Style.REPAIR),
        [
            (each.subject, f"{each.rule}: {each.message}{' (out of sight until now)' * (each.id in late)}")
            for each in event.resolved
        ],
    )
    yield from _told("?", Style.PLAIN, [(e.finding.subject, _unknown(e)) for e in event.hidden])
    yield from _told(
        *("!", Style.FAILURE),
        [(each.subject, f"{each.rule}: {each.message} ({_seen(event, each)})") for each in event.seen],
    )
    yield from _told("~", Style.PLAIN, [(new.subject, _goes_on(old, new)) for old, new in event.renamed])
    yield line(Span(f"    = {_left(event)}", Style.FAINT))


def _unknown(unseen: Unseen) -> str:
    found = unseen.finding
    return f"{found.rule}, {found.reference}: out of sight, {unseen.curtain.ks} cannot be built"


def _seen(event: Event, finding: Finding) -> str:
    """Since when what is in sight has been failing, of what nobody saw before."""
    if finding.id not in event.made:
        return "in sight again"
    place = event.made[finding.id]
    return f"out of sight until now, since {place.commit[:10] if place else 'before these commits'}"


def _goes_on(old: Finding, new: Finding) -> str:
    if old.subject != new.subject:
        return f"{new.rule}, {new.reference}: fails as {old.subject} did"
    name = f"called {new.cluster} now" if new.cluster else "the only one now"
    return f"{new.rule}, {new.reference}: fails as before, its cluster is {name}"


def _left(event: Event) -> str:
    broken = f"{count(event.broken, 'failure')} left" if event.broken else "nothing is broken"
    if not event.out_of_sight:
        return broken
    unseen = f"{event.out_of_sight:,} out of sight"
    return f"{broken}, {unseen}" if event.broken else f"nothing is seen to be broken, {unseen}"


def _told(sign: str, style: Style, found: Sequence[tuple[ObjectId, str]]) -> Iterator[Line]:
    for subject, said in found[:_SHOWN]:
        yield line(Span(f"    {sign} ", style), Span(str(subject), Style.OBJECT), f" {said}")
    if len(found) > _SHOWN:
        yield line(f"    {sign} and {len(found) - _SHOWN:,} more")


def summary(commits: CommitLine, events: int, notes: Iterable[str]) -> Iterator[Line]:
    """What was looked at and what could not be seen, after all events."""
    yield line(f"{count(len(commits.commits), 'commit')} searched, {events:,} changed what is broken")
    yield from map(line, notes)
