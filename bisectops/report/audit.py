"""The answer of `audit`: the incidents of a history, each as it closes, and what they come to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from bisectops.incident.outages import Attempt, Outage
from bisectops.incident.totals import Audit, Totals
from bisectops.report.lines import BLANK, Line, Span, Style, line
from bisectops.report.phrases import count, listed
from bisectops.report.records import Record, commit_record, printed
from bisectops.report.tables import Value, csv_rows, markdown_table

HEADER = (
    *("incident", "opened by", "opened at", "author", "closed by", "closed at", "fixed by", "seconds"),
    *("commits", "attempts", "rules", "objects", "blast radius", "recurrence of", "doubt", "symptom"),
)
_SYMPTOM_SHOWN = 160
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def record(outage: Outage) -> Record:
    """One incident, schema bisectops/audit-incident/v1 without its name."""
    closed = outage.closed_by
    return {
        "incident": outage.number,
        "opened": _attempt(outage.opened_by),
        "closed": _attempt(closed) if closed else None,
        "attempts": [_attempt(attempt) for attempt in outage.attempts[1:]],
        "seconds": outage.seconds,
        "commits": outage.commits,
        "doubtful": outage.doubtful or None,
        "rules": list(outage.rules),
        "symptom": outage.symptom,
        "objects": list(outage.objects),
        "findings": [finding.id for finding in outage.findings],
        "open": [finding.id for finding in outage.open],
        "out_of_sight": [
            {"id": each.finding.id, "behind": str(each.curtain.ks), "since": each.curtain.since}
            for each in outage.unseen
        ],
        "blast_radius": len(outage.held_up),
        "held_up": list(outage.held_up),
        "recurrence_of": outage.recurrence_of,
    }


def _attempt(attempt: Attempt) -> Record:
    return {
        **commit_record(attempt.commit),
        "position": attempt.position,
        "role": attempt.role.value,
        "introduced": attempt.introduced,
        "resolved": attempt.resolved,
        "resolved_unseen": attempt.late,
        "left": attempt.left,
    }


def json_line(outage: Outage) -> str:
    """One incident as an object on a line of its own."""
    return json.dumps({"schema": "bisectops/audit-incident/v1", **record(outage)}, ensure_ascii=False) + "\n"


def whole(audit: Audit) -> str:
    """Everything as one object, schema bisectops/audit/v1."""
    untestable = [{**commit_record(commit), "reason": reason} for commit, reason in audit.untestable]
    return printed(
        {
            "schema": "bisectops/audit/v1",
            "good": audit.base,
            "bad": audit.bad,
            "totals": asdict(audit.totals),
            "incidents": [record(outage) for outage in audit.outages],
            "untestable": untestable,
            "notes": list(audit.notes),
        }
    )


def row(outage: Outage) -> tuple[Value, ...]:
    """One incident as a row under HEADER."""
    opened, closed = outage.opened_by.commit, outage.closed_by.commit if outage.closed_by else None
    return (
        outage.number,
        opened.oid,
        opened.date.isoformat(),
        opened.author,
        closed.oid if closed else None,
        closed.date.isoformat() if closed else None,
        closed.author if closed else None,
        outage.seconds,
        outage.commits,
        len(outage.attempts) - 1,
        " ".join(outage.rules),
        " ".join(outage.objects),
        len(outage.held_up),
        outage.recurrence_of,
        outage.doubtful or None,
        outage.symptom,
    )


def csv_line(outage: Outage) -> str:
    """One incident as a line of CSV."""
    return csv_rows([row(outage)])


def markdown(audit: Audit) -> str:
    """The totals as a list, the incidents as a table."""
    told = "".join(f"- {said}\n" for said in _sums(audit.totals))
    header = ("#", "Opened", "By", "Closed", "By", "Open for", "Commits", "Objects", "Symptom")
    rows = [_brief(outage) for outage in audit.outages]
    return f"# Incidents\n\n{told}\n{markdown_table(header, rows) if rows else ''}"


def _brief(outage: Outage) -> tuple[Value, ...]:
    opened, closed = outage.opened_by.commit, outage.closed_by.commit if outage.closed_by else None
    return (
        outage.number,
        f"{opened.date:%Y-%m-%d %H:%M} {opened.short}",
        opened.author,
        f"{closed.date:%Y-%m-%d %H:%M} {closed.short}" if closed else _still(outage),
        closed.author if closed else None,
        _lasted(outage),
        outage.commits,
        listed(outage.objects, shown=3),
        outage.symptom[:_SYMPTOM_SHOWN],
    )


def _still(outage: Outage) -> str:
    return "open when last judged" if outage.out_of_sight else "still open"


def _lasted(outage: Outage) -> str:
    if outage.doubtful:
        return f"unknown: {outage.doubtful}"
    return "" if outage.seconds is None else duration(outage.seconds)


def duration(seconds: int) -> str:
    """A time span by its two largest units.

    >>> duration(90061)
    '1d 1h'
    """
    parts: list[str] = []
    left = seconds
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number or (unit == "s" and not parts):
            parts.append(f"{number}{unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def text(outage: Outage) -> Iterator[Line]:
    """One incident for a terminal."""
    span = _lasted(outage) if outage.closed_by else _still(outage)
    again = f", again after #{outage.recurrence_of}" if outage.recurrence_of else ""
    commits = f", {count(outage.commits, 'commit')} later" if outage.commits else ""
    yield line(Span(f"#{outage.number} ", Style.HEADING), f"{span}{commits}{again}")
    yield line("    ", Span(listed(outage.objects, shown=2), Style.OBJECT))
    yield line("    ", Span(outage.symptom[:_SYMPTOM_SHOWN], Style.FAILURE))
    for attempt in outage.attempts:
        yield _told(attempt, outage)
    for curtain, number in Counter(each.curtain for each in outage.unseen).items():
        told = f"{count(number, 'failure')} out of sight since then: {curtain.ks} cannot be built"
        yield line("    unknown ", Span(curtain.since[:10], Style.COMMIT), f" {told}")
    if outage.held_up:
        yield line(Span(f"    {count(len(outage.held_up), 'object')} held up", Style.FAINT))


def _told(attempt: Attempt, outage: Outage) -> Line:
    commit = attempt.commit
    role = "opened" if attempt is outage.opened_by else "closed" if attempt is outage.closed_by else "changed"
    style = {"opened": Style.FAILURE, "closed": Style.REPAIR}.get(role, Style.PLAIN)
    moment = f"{commit.date:%Y-%m-%d %H:%M}"
    late = f"({attempt.late:,} out of sight until then) " if attempt.late else ""
    return line(
        Span(f"    {role:<8}", style),
        Span(commit.oid[:10], Style.COMMIT),
        f" {moment} +{attempt.introduced} -{attempt.resolved} {late}",
        Span(commit.author, Style.FAINT),
        f" {commit.subject}",
    )


def summary(audit: Audit) -> Iterator[Line]:
    """What it comes to, after the incidents."""
    yield BLANK
    for said in (*_sums(audit.totals), *audit.notes):
        yield line(said)


def _sums(totals: Totals) -> Iterator[str]:
    searched = count(totals.commits, "commit")
    unseen = f", {totals.out_of_sight} of them out of sight" if totals.out_of_sight else ""
    yield f"{count(totals.incidents, 'incident')} in {searched}, {totals.open} still open{unseen}"
    if totals.mean_time_to_repair is not None and totals.median_time_to_repair is not None:
        middle = duration(totals.median_time_to_repair)
        yield f"mean time to repair {duration(totals.mean_time_to_repair)}, median {middle}"
    if totals.recurrences:
        yield f"{totals.recurrences} came back in the same shape"
    if totals.doubtful:
        yield f"{totals.doubtful} not counted in these times: their dates cannot be true"
    for rule, incidents in sorted(totals.by_rule.items(), key=lambda item: (-item[1], item[0])):
        yield f"{rule}: {count(incidents, 'incident')}"
