"""The answer of `explain`: steps with file and line."""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.incident.explanation import Explained, Explanation, Step
from bisectops.report.lines import BLANK, Line, Span, Style, line, wrapped
from bisectops.report.records import printed

_WIDTH = 100
_HEADINGS = {
    "written": "Where it comes from",
    "namespace": "Its namespace",
    "applied": "Who applies it",
    "decryption": "Decryption",
    "source": "Source",
    "substitution": "Substitution",
    "values": "Values",
    "dependencies": "Dependencies",
    "wanted": "Who needs it",
    "fails": "What fails",
}


def explain_json(explained: Explained) -> str:
    """The answer as JSON, schema bisectops/explain/v1."""
    return printed(
        {
            "schema": "bisectops/explain/v1",
            "commit": explained.commit,
            "object": explained.object,
            "clusters": [
                {
                    "cluster": each.cluster,
                    "present": each.present,
                    "steps": [
                        {"topic": step.topic, "said": step.said, "path": step.path, "line": step.line}
                        for step in each.steps
                    ],
                }
                for each in explained.explanations
            ],
        }
    )


def explain_text(explained: Explained) -> tuple[Line, ...]:
    """The answer as lines, a heading for each topic."""
    lines: list[Line] = []
    for each in explained.explanations:
        lines += [BLANK] if lines else []
        lines += _explanation(explained, each)
    return tuple(lines)


def _explanation(explained: Explained, explanation: Explanation) -> Iterator[Line]:
    where = f" in {explanation.cluster}" if explanation.cluster else ""
    missing = "" if explanation.present else " (not there)"
    at = Span(explained.commit[:10], Style.COMMIT)
    yield line(Span(explained.object, Style.OBJECT), f"{missing}{where} at ", at)
    for topic, heading in _HEADINGS.items():
        steps = [step for step in explanation.steps if step.topic == topic]
        if steps:
            yield line(Span(heading, Style.HEADING))
        for step in steps:
            yield from _step(step)


def _step(step: Step) -> Iterator[Line]:
    yield from wrapped(line(step.said), width=_WIDTH, indent=2, hanging=4)
    if step.path:
        place = f"{step.path}:{step.line}" if step.line else str(step.path)
        yield line("    ", Span(place, Style.FAINT))
