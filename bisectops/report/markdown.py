"""The report of an incident as a Markdown document that an operator could have written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bisectops.incident.incident import (
    Advice,
    Bystander,
    Comparison,
    Incident,
    Link,
    OutOfSight,
    Pattern,
    Symptom,
)
from bisectops.report.escape import cell, code, literal, one_line
from bisectops.report.phrases import count, joined, listed, moment, plural, role, sentence, several_years
from bisectops.report.repair import excerpt_block, resolution_blocks
from bisectops.rules.finding import Finding

_OBJECTS_SHOWN = 12
_ERRORS_SHOWN = 3
EVENTS_HINT = "`--events FILE` (the output of `kubectl get events -A -o json`, or of `flux events`)"


def markdown(incident: Incident) -> str:
    """The whole document; the same incident gives the same bytes."""
    blocks = (
        f"# {one_line(incident.subject) or 'Flux'} Troubleshooting",
        *_summary(incident),
        *_timeline(incident),
        *_pattern(incident),
        *_resolution(incident),
        *_advice("Key Learnings", incident.learnings, "Nothing is broken, so there is nothing to learn."),
        *_advice("Prevention", incident.prevention, "Nothing is broken, so there is nothing to prevent."),
        *_related(incident),
        *_references(incident),
    )
    return "\n\n".join(block for block in blocks if block) + "\n"


def _bullets(points: Sequence[str], indent: str = "") -> str:
    return "\n".join(f"{indent}- {point}" for point in points)


# -- Issue Summary ------------------------------------------------------------------------------------


def _summary(incident: Incident) -> Iterator[str]:
    yield "## Issue Summary"
    yield "  \n".join(
        (
            f"**Problem**: {one_line(incident.problem) or _no_problem(incident)}",
            f"**Error**: {_errors(incident)}",
            f"**Root Cause**: {one_line(incident.root_cause) or _no_cause(incident)}",
        )
    )


def _no_problem(incident: Incident) -> str:
    if incident.findings:
        return f"{count(len(incident.findings), 'reference')} cannot be resolved at `{incident.bad.short}`"
    return f"Nothing is broken at `{incident.bad.short}`"


def _no_cause(incident: Incident) -> str:
    if not incident.findings:
        return "None: every reference that git can judge is resolved"
    return "Older than the range: no commit that was searched introduced a failure"


def _errors(incident: Incident) -> str:
    loud = [symptom for symptom in incident.symptoms if not symptom.cascade and not symptom.silent]
    causes = [code(symptom.message) for symptom in loud if not symptom.older or not incident.chain]
    if not causes and any(symptom.silent for symptom in incident.symptoms):
        return "None: no controller complains of what was applied"
    if not causes:
        return "None" if not incident.findings else code(incident.findings[0].message)
    more = len(causes) - _ERRORS_SHOWN
    return joined([*causes[:_ERRORS_SHOWN], f"{more} more"] if more > 0 else causes)


# -- Investigation Timeline ---------------------------------------------------------------------------


def _timeline(incident: Incident) -> Iterator[str]:
    yield "## Investigation Timeline"
    yield _searched(incident)
    yield "### Initial Symptoms"
    yield from _symptoms(incident)
    yield "### Root Cause Analysis"
    yield from _chain(incident)
    yield from _aside(
        f"Failing when last judged, unknown at `{incident.bad.short}`:",
        [_out_of_sight(each, finding) for each in incident.out_of_sight for finding in each.findings],
    )
    yield from _aside(
        "Failing before the range began:",
        [code(str(f.subject)) + f" - {code(f.message)}" for f in incident.already_broken],
    )
    yield from _aside("Not to blame, although it looks so:", [_bystander(b) for b in incident.not_to_blame])
    yield from _aside("Commits that could not be judged:", [_bystander(b) for b in incident.untestable])
    yield from _aside("What this answer could not see:", [one_line(note) for note in incident.notes])


def _searched(incident: Incident) -> str:
    start = f"after `{incident.good.short}`" if incident.good else "from the first commit"
    said = f"{count(incident.line, 'commit')} searched, {start} up to `{incident.bad.short}`."
    return " ".join((said, *(sentence(f"Cluster root {one_line(root)}") for root in incident.roots)))


def _symptoms(incident: Incident) -> Iterator[str]:
    causes = [symptom for symptom in incident.symptoms if not symptom.cascade]
    cascade = [symptom for symptom in incident.symptoms if symptom.cascade]
    if not incident.symptoms:
        yield "No object shows an error."
    if causes:
        yield _bullets([_silence(s) if s.silent else _symptom(s, "fail") for s in causes])
    if cascade:
        yield "The cascade, which ends when the causes above do:"
        yield _bullets([_symptom(symptom, "wait") for symptom in cascade])
    if incident.symptoms and not incident.events_given:
        yield f"No events were given. How often each error was seen needs {EVENTS_HINT}."


def _silence(symptom: Symptom) -> str:
    objects = listed([code(name) for name in symptom.objects], shown=_OBJECTS_SHOWN)
    return f"No error at all, {objects} is Ready: {symptom.message}"


def _symptom(symptom: Symptom, verb: str) -> str:
    kinds = sorted({name.partition("/")[0] for name in symptom.objects})
    number, names = len(symptom.objects), symptom.objects
    noun = "object"
    if len(kinds) == 1:
        noun, names = kinds[0], tuple(name.partition("/")[2] for name in names)
    who = f"{count(number, noun, plural(noun))} {verb}{'s' if number == 1 else ''}"
    seen = f"{count(symptom.count, 'event')}; " if symptom.count is not None else ""
    objects = listed([code(name) for name in names], shown=_OBJECTS_SHOWN)
    return f"{who}: {code(symptom.message)} ({seen}{objects})"


def _chain(incident: Incident) -> Iterator[str]:
    if not incident.chain:
        yield "No commit of the range changed what fails."
        return
    yield "**Commit Chain That Introduced Issues:**"
    year = several_years([link.commit for link in incident.chain])
    yield "\n\n".join(_link(n, link, year) for n, link in enumerate(incident.chain, 1))


def _link(number: int, link: Link, year: bool) -> str:
    commit = link.commit
    head = f"{number}. **{commit.short}** ({moment(commit.date, year=year)}) - {role(link).capitalize()}"
    indent = " " * (len(str(number)) + 2)
    points = [
        f"{literal(commit.author)}: *{literal(commit.subject)}*",
        *(one_line(change) for change in link.changes),
        f"**Impact**: {one_line(link.impact)}",
    ]
    return f"{head}\n{_bullets(points, indent)}"


def _out_of_sight(each: OutOfSight, finding: Finding) -> str:
    since = f"since `{each.introduced_by.short}`" if each.introduced_by else "older than the range"
    why = f"unknown since `{each.since.short}`, from which on {code(each.behind)} cannot be built"
    return f"{code(str(finding.subject))} - {code(finding.message)} ({since}; {why})"


def _bystander(bystander: Bystander) -> str:
    commit = bystander.commit
    return f"**{commit.short}** (*{literal(commit.subject)}*) - {one_line(bystander.reason)}"


def _aside(title: str, points: Sequence[str]) -> Iterator[str]:
    if points:
        yield f"**{title}**"
        yield _bullets(points)


# -- Pattern Analysis ---------------------------------------------------------------------------------


def _pattern(incident: Incident) -> Iterator[str]:
    pattern = incident.pattern or Pattern("", (), (), ())
    name = _name(pattern.reference) or "Working"
    yield f"## {name} Pattern Analysis"
    if pattern.reference:
        yield f"The working pattern is that of {one_line(pattern.reference)}."
    yield "### Key Architectural Differences"
    yield _table(name, pattern.rows) if pattern.rows else _nothing_to_compare(incident)
    yield f"### {_possessive(name)} Working Pattern" if pattern.reference else "### Working Pattern"
    yield from map(excerpt_block, pattern.working)
    if not pattern.working:
        yield "No file of the working setup has a counterpart to show."
    yield "### Our Broken Pattern"
    yield from map(excerpt_block, pattern.broken)
    if not pattern.broken:
        yield "No file of the broken setup has a counterpart to show."


def _name(reference: str) -> str:
    """What headings call a reference: `the last good commit (`1a2b3c4`)` is the Last Good Commit."""
    name = one_line(reference).partition(" (")[0]
    words = name.removeprefix("the ")
    return words.title() if words != name else name


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _nothing_to_compare(incident: Incident) -> str:
    if not incident.findings:
        return "Nothing is broken, so there is nothing to compare."
    return "No working setup is known to compare with: name one with `--reference REPO[@REV]`."


def _table(name: str, rows: Sequence[Comparison]) -> str:
    head = ("Component", f"{name} Pattern", "Our Broken Setup", "Issue")
    lines = [
        (f"**{row.component}**", row.reference, row.ours, f"{row.verdict.value} {row.issue}") for row in rows
    ]
    rule = "|".join("-" * (len(title) + 2) for title in head)
    return "\n".join((_row(head), f"|{rule}|", *map(_row, lines)))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(cell, cells)) + " |"


# -- Resolution Strategy, and what is to be learned ---------------------------------------------------


def _resolution(incident: Incident) -> Iterator[str]:
    yield "## Resolution Strategy"
    for number, resolution in enumerate(incident.resolutions, 1):
        yield f"### {number}. {one_line(resolution.title)}"
        yield from resolution_blocks(resolution, incident.bad)
    if not incident.resolutions:
        yield (
            "No change was found that repairs this by itself; the chain above says what to take back."
            if incident.findings
            else "Nothing is broken, so there is nothing to repair."
        )


def _advice(title: str, parts: Sequence[Advice], nothing: str) -> Iterator[str]:
    yield f"## {title}"
    for number, advice in enumerate(parts, 1):
        yield f"### {number}. {one_line(advice.title)}"
        yield _bullets([one_line(point) for point in advice.points])
    if not parts:
        yield nothing


def _related(incident: Incident) -> Iterator[str]:
    yield "## Related Files"
    files = [f"{code(path)} - {one_line(part)}" for path, part in incident.related]
    yield _bullets(files) or "No file has a part in this."


def _references(incident: Incident) -> Iterator[str]:
    yield "## References"
    links = [
        f"[{literal(title)}](<{one_line(link)}>)" if " " in link else f"[{literal(title)}]({one_line(link)})"
        for title, link in incident.references
    ]
    yield _bullets(links) or "Nothing beyond this repository was needed."
