"""The answer of `blame-break` for a terminal: one screen, the culprit first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bisectops.flux.kinds import ObjectId
from bisectops.incident.incident import Cause, Incident, Link
from bisectops.report.lines import BLANK, GLUE, Line, Span, Style, line, wrapped
from bisectops.report.phrases import (
    are,
    count,
    full_moment,
    joined,
    listed,
    listed_within,
    moment,
    plural,
    role,
    several_years,
)
from bisectops.rules.finding import Finding

WIDTH = 80
_LINKS_SHOWN = 8
_CAUSES_SHOWN = 6
_ASIDE_SHOWN = 4
_INNOCENT_SHOWN = 4
_MESSAGE_SHOWN = 180
_REASON_SHOWN = 200
_LINK_INDENT = 11
_COUNT_WIDTH = 7


def text(incident: Incident, *, report_command: str) -> tuple[Line, ...]:
    """The answer as lines of at most 80 columns; `report_command` is what writes the whole report."""
    parts = (
        _verdict(incident),
        _chain(incident),
        _failures(incident),
        _out_of_sight(incident),
        _next(incident, report_command),
        _notes(incident),
    )
    lines: list[Line] = []
    for part in parts:
        if said := list(part):
            lines += [BLANK, *said] if lines else said
    return tuple(lines)


def _heading(said: str) -> Line:
    return line(Span(said, Style.HEADING))


def _prose(said: str, indent: int = 2) -> Iterator[Line]:
    """A sentence with `names` in backticks, wrapped; the backticks become a style."""
    pieces = said.split("`")
    spans = [Span(piece, Style.OBJECT if odd % 2 else Style.PLAIN) for odd, piece in enumerate(pieces)]
    yield from wrapped(line(*spans), width=WIDTH, indent=indent)


def _brief(said: str, length: int) -> str:
    """The start of a long text, cut between two clauses or, where the first is too long, two words."""
    if len(said) <= length:
        return said
    end = said.rfind("; ", 0, length)
    return f"{said[:end]}; …" if end > 0 else f"{said[: said.rfind(' ', 0, length)]} …"


def _commit(link: Link) -> Span:
    return Span(link.commit.short, Style.COMMIT)


# -- who ----------------------------------------------------------------------------------------------


def _verdict(incident: Incident) -> Iterator[Line]:
    if incident.culprit is not None:
        yield from _culprit(incident, incident.culprit)
    elif incident.findings:
        yield from _older(incident)
    else:
        yield line(Span(f"Nothing is broken at {incident.bad.short}.", Style.REPAIR))
        yield from _prose(f"{_searched(incident).capitalize()}.")


def _culprit(incident: Incident, culprit: Link) -> Iterator[Line]:
    commit = culprit.commit
    head = line(_commit(culprit), Span(" broke it: ", Style.HEADING), commit.subject)
    yield from wrapped(head, width=WIDTH, hanging=2)
    yield from wrapped(
        line(Span(f"{commit.author}, {full_moment(commit.date)}", Style.FAINT)), width=WIDTH, indent=2
    )
    yield from _prose(_brief(incident.root_cause or culprit.impact, _REASON_SHOWN))


def _older(incident: Incident) -> Iterator[Line]:
    end = incident.good or incident.bad
    failures = count(len(incident.findings), "failure")
    which = f"The {failures} at {incident.bad.short} {are(len(incident.findings))} older"
    yield line(Span(f"Broken already at {end.short}: no commit of the range introduced it.", Style.FAILURE))
    yield from _prose(f"{which} than the range. Take a good end further back.")


def _searched(incident: Incident) -> str:
    start = f"{incident.good.short}.." if incident.good else "the whole line up to "
    return f"{count(incident.line, 'commit')} searched, {start}{incident.bad.short}"


# -- how ----------------------------------------------------------------------------------------------


def _chain(incident: Incident) -> Iterator[Line]:
    if not incident.chain:
        return
    yield _heading(f"The chain ({_searched(incident)})")
    shown = incident.chain[:_LINKS_SHOWN]
    year = several_years([link.commit for link in incident.chain])
    dates = _column([moment(link.commit.date, year=year) for link in shown])
    for link, date in zip(shown, dates, strict=True):
        yield line("  ", _commit(link), "  ", Span(date, Style.FAINT), "  ", role(link))
        yield line(
            " " * _LINK_INDENT, Span(_shortened(link.commit.subject, WIDTH - _LINK_INDENT), Style.FAINT)
        )
        yield from wrapped(line(*_balance(link)), width=WIDTH, indent=_LINK_INDENT)
    if (hidden := len(incident.chain) - _LINKS_SHOWN) > 0:
        yield line(Span(f"  … and {count(hidden, 'more commit')}", Style.FAINT))


def _column(entries: Sequence[str]) -> list[str]:
    width = max(map(len, entries))
    return [entry.ljust(width) for entry in entries]


def _balance(link: Link) -> Iterator[Span | str]:
    """How many failures of each kind a commit brought, and how many it took away."""
    brought = Counter(finding.rule for finding in link.introduced)
    taken = Counter(finding.rule for finding in link.resolved)
    told = [
        *((f"+{number:,}{GLUE}{rule}", Style.FAILURE) for rule, number in brought.most_common()),
        *((f"-{number:,}{GLUE}{rule}", Style.REPAIR) for rule, number in taken.most_common()),
    ]
    for position, (said, style) in enumerate(told):
        if position:
            yield ", "
        yield Span(said, style)


# -- what ---------------------------------------------------------------------------------------------


def _failures(incident: Incident) -> Iterator[Line]:
    if not incident.findings:
        return
    failures, causes = len(incident.findings), len(incident.causes)
    why = f", {count(causes, 'cause')}" if causes else ""
    yield _heading(f"What fails at {incident.bad.short}: {count(failures, 'failure')}{why}")
    for cause in incident.causes[:_CAUSES_SHOWN]:
        yield from _cause(cause)
    if (hidden := causes - _CAUSES_SHOWN) > 0:
        yield line(Span(f"  … and {count(hidden, 'more cause')}", Style.FAINT))
    if incident.cascade:
        yield from _cascade(incident.cascade)


def _cascade(cascade: Sequence[Finding]) -> Iterator[Line]:
    waiting = sorted({finding.subject for finding in cascade})
    told = line("dependency-not-ready", Span(", which follows from these", Style.FAINT))
    yield from _counted(len(waiting), told)
    yield line(" " * _COUNT_WIDTH, *_objects(waiting))


def _cause(cause: Cause) -> Iterator[Line]:
    commit = cause.introduced_by
    since = f"since {commit.short}" if commit else "older than the range"
    messages = list(dict.fromkeys(finding.message for finding in cause.findings))
    message = Span(_shortened(listed(messages, shown=1), _MESSAGE_SHOWN), Style.FAILURE)
    yield from _counted(len(cause.findings), line(cause.rule, Span(f", {since}", Style.FAINT)))
    yield from wrapped(line(message), width=WIDTH, indent=_COUNT_WIDTH)
    yield line(" " * _COUNT_WIDTH, *_objects(sorted({finding.subject for finding in cause.findings})))


def _out_of_sight(incident: Incident) -> Iterator[Line]:
    if not incident.out_of_sight:
        return
    number = sum(len(each.findings) for each in incident.out_of_sight)
    yield _heading(f"Failing when last judged, unknown at {incident.bad.short}: {count(number, 'failure')}")
    for each in incident.out_of_sight[:_CAUSES_SHOWN]:
        yield from _cause(Cause(each.rule, "", each.findings, each.introduced_by))
        why = f"unknown since {each.since.short}, from which on {each.behind} cannot be built"
        yield from wrapped(line(Span(why, Style.FAINT)), width=WIDTH, indent=_COUNT_WIDTH)
    if (hidden := len(incident.out_of_sight) - _CAUSES_SHOWN) > 0:
        yield line(Span(f"  … and {count(hidden, 'more cause')}", Style.FAINT))


def _counted(number: int, said: Line) -> Iterator[Line]:
    """What is said, wrapped beside its number."""
    for position, part in enumerate(wrapped(said, width=WIDTH - _COUNT_WIDTH)):
        yield (Span(f"{number:>5,}  " if not position else " " * _COUNT_WIDTH), *part)


def _shortened(said: str, length: int) -> str:
    return said if len(said) <= length else f"{said[: length - 1]}…"


def _objects(ids: Sequence[ObjectId]) -> Iterator[str | Span]:
    """The first of the objects, as many as a line holds; their kind once if they share it."""
    names, kind = [str(found) for found in ids], ""
    if len({found.kind for found in ids}) == 1:
        names = [name.partition("/")[2] for name in names]
        kind = f"{ids[0].kind if len(ids) == 1 else plural(ids[0].kind)} "
        yield kind
    yield Span(listed_within(names, WIDTH - _COUNT_WIDTH - len(kind)), Style.OBJECT)


# -- what next ----------------------------------------------------------------------------------------


def _next(incident: Incident, report_command: str) -> Iterator[Line]:
    if not incident.findings:
        return
    yield _heading("What to do next")
    for resolution in incident.resolutions[:1]:
        yield from _prose(_brief(f"{resolution.title}: {resolution.explanation}", _REASON_SHOWN))
        if resolution.verified:
            failures = count(resolution.resolves + resolution.leaves, "failure")
            tried = f"Verified in memory: repairs {resolution.resolves:,} of {failures}, breaks nothing."
            yield line("  ", Span(tried, Style.REPAIR))
    yield line("  The whole report:")
    yield line("    ", Span(report_command, Style.OBJECT))


def _notes(incident: Incident) -> Iterator[Line]:
    said = [*(f"Cluster root {root}" for root in incident.roots), *incident.notes]
    said += [f"{b.commit.short} could not be judged: {b.reason}" for b in incident.untestable]
    if innocent := [bystander.commit.short for bystander in incident.not_to_blame]:
        few = innocent[:_INNOCENT_SHOWN]
        names = joined(few if few == innocent else [*few, f"{len(innocent) - len(few)} more"])
        said.append(f"{names} only look{'s' * (len(innocent) == 1)} guilty: the report says why")
    if incident.culprit is not None and incident.already_broken:
        said.append(f"{count(len(incident.already_broken), 'failure')} older than the range")
    if not said:
        return
    yield _heading("Notes")
    for note in said[:_ASIDE_SHOWN]:
        yield from _prose(note)
    if (hidden := len(said) - _ASIDE_SHOWN) > 0:
        yield line(Span(f"  … and {hidden} more in the report", Style.FAINT))
