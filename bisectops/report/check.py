"""The answer of `check`: one finding a paragraph for people, one object for programs."""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.flux.left_out import PATCH
from bisectops.incident.checking import Checked
from bisectops.incident.namesakes import unheard_of
from bisectops.report.lines import BLANK, Line, Span, Style, line, wrapped
from bisectops.report.phrases import count, listed
from bisectops.report.records import findings, printed
from bisectops.rules.finding import Finding

_WIDTH = 100
_HELD_SHOWN = 6
_FOLLOWING_SHOWN = 12


def check_json(checked: Checked) -> str:
    """The answer as JSON, schema bisectops/check/v1."""
    size = checked.size
    return printed(
        {
            "schema": "bisectops/check/v1",
            "commit": checked.commit,
            "graph": {"nodes": size.nodes, "edges": size.edges, "kustomizations": size.kustomizations},
            "findings": findings(checked.findings, checked.lines, checked.blocks),
            "cascade": findings(checked.cascade, checked.lines, checked.blocks),
            "left_out": [each._asdict() for each in checked.left_out],
        }
    )


def check_text(checked: Checked, *, verbose: bool = False) -> tuple[Line, ...]:
    """The answer as lines: `path:line: certainty rule`, what fails, why, and what it holds up.

    `verbose` names each Kustomization that is part of no cluster.
    """
    lines: list[Line] = []
    for finding in checked.findings:
        lines += [*_finding(checked, finding), BLANK]
    if checked.cascade:
        lines += [*_following(checked), BLANK]
    return (*lines, *_left_out(checked, verbose), *_unheard_of(checked), *_summary(checked))


def _finding(checked: Checked, finding: Finding) -> Iterator[Line]:
    place = f"{finding.origin.path}:{checked.lines[finding.id]}: "
    yield line(place, Span(f"{finding.certainty.value} {finding.rule}", Style.FAILURE))
    cluster = (" in ", finding.cluster) if finding.cluster else ()
    yield line("  ", Span(str(finding.subject), Style.OBJECT), *cluster)
    yield from wrapped(line(finding.message), width=_WIDTH, indent=4)
    for step in finding.because:
        yield from wrapped(line(Span(f"- {step}", Style.FAINT)), width=_WIDTH, indent=4, hanging=6)
    if held := checked.blocks[finding.id]:
        said = f"- holds up {listed(held, shown=_HELD_SHOWN)}"
        yield from wrapped(line(Span(said, Style.FAINT)), width=_WIDTH, indent=4, hanging=6)


def _following(checked: Checked) -> Iterator[Line]:
    yield line(Span("What follows from these, and is no cause:", Style.HEADING))
    for finding in checked.cascade[:_FOLLOWING_SHOWN]:
        yield line("  ", Span(str(finding.subject), Style.OBJECT), f": {finding.message}")
    if len(checked.cascade) > _FOLLOWING_SHOWN:
        yield line(f"  … and {len(checked.cascade) - _FOLLOWING_SHOWN} more")


def _left_out(checked: Checked, verbose: bool) -> Iterator[Line]:
    whole = sum(each.reason != PATCH for each in checked.left_out)
    if whole and not verbose:
        said = f"{count(whole, 'Kustomization')} part of no cluster: -v lists what, and why"
        yield line(Span(said, Style.FAINT))
    for each in checked.left_out if verbose else ():
        yield line(f"{each.path}: ", Span(each.name, Style.OBJECT), f" is part of no cluster: {each.reason}")


def _unheard_of(checked: Checked) -> Iterator[Line]:
    for name, alike in checked.unheard_of.items():
        yield from wrapped(line(unheard_of(name, checked.commit, alike)), width=_WIDTH, indent=0)


def _summary(checked: Checked) -> Iterator[Line]:
    size = checked.size
    judged = f"{count(size.kustomizations, 'Kustomization')}, {count(size.nodes, 'object')}"
    at = Span(checked.commit[:10], Style.COMMIT)
    if checked.findings:
        yield line(at, ": ", Span(count(len(checked.findings), "finding"), Style.FAILURE), f" in {judged}")
    elif checked.unknown:
        yield from wrapped(line(at, f": cannot be judged: {checked.unknown}"), width=_WIDTH)
    else:
        yield line(at, ": ", Span("no finding", Style.REPAIR), f" in {judged}")
