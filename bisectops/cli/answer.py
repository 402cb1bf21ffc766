"""An incident as an answer: its form, and the exit status that goes with it."""

from __future__ import annotations

from bisectops.cli.console import Output
from bisectops.cli.options import Form
from bisectops.incident.incident import Incident
from bisectops.report import json
from bisectops.report.markdown import markdown
from bisectops.report.text import text


def answer(incident: Incident, form: Form, output: Output, *, report_command: str) -> int:
    """Write the incident in the form asked for; the exit status of `blame-break`."""
    match form:
        case Form.TEXT:
            output.lines(text(incident, report_command=report_command))
        case Form.MARKDOWN:
            output.text(markdown(incident))
        case Form.JSON:
            output.text(json.blame_break(incident))
    return exit_status(incident)


def exit_status(incident: Incident) -> int:
    """0: there is a culprit; 1: nothing is broken; 3: broken already at the good end."""
    if incident.culprit is not None:
        return 0
    return 3 if incident.findings or incident.out_of_sight else 1
