"""`bisectops audit`: every incident of a history, and what they come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.asking import of_range
from bisectops.cli.console import Output
from bisectops.cli.means import Form, HistoryForm, means
from bisectops.cli.options import (
    CacheDir,
    Clusters,
    Color,
    Directory,
    Jobs,
    NoCache,
    Objects,
    OutputFile,
    Progress,
    Quiet,
    Range,
    Rules,
    Since,
    Until,
    Verbose,
)
from bisectops.cli.stream import Stream
from bisectops.incident.chronicle import Course
from bisectops.incident.outages import Outage
from bisectops.report import audit as report
from bisectops.report.tables import csv_rows


def audit(
    range: Range = None,
    directory: Directory = Path("."),
    good: Annotated[str | None, typer.Option(metavar="REV", help="Begin after this commit.")] = None,
    bad: Annotated[
        str | None, typer.Option(metavar="REV", help="End with this commit. Default: HEAD.")
    ] = None,
    since: Since = None,
    until: Until = None,
    cluster: Clusters = [],  # noqa: B006  typer copies it
    rule: Rules = [],  # noqa: B006
    object: Objects = [],  # noqa: B006
    form: Form = HistoryForm.TEXT,
    output: OutputFile = None,
    jobs: Jobs = None,
    cache_dir: CacheDir = None,
    no_cache: NoCache = False,
    color: Color = None,
    progress: Progress = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Tell every incident of a history: opened by, attempts, closed by, duration, objects, recurrence.

    Exit status 0 unless it could not run.
    """
    request = of_range(directory, range, good, bad, since, until, cluster, rule, object)
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    with means(jobs=jobs, cache_dir=cache_dir, no_cache=no_cache, progress=progress, quiet=quiet) as how:
        _tell(Course(request, how), form, Stream(out))
    return 0


def _tell(course: Course, form: HistoryForm, stream: Stream) -> None:
    if form is HistoryForm.CSV:
        stream.text(csv_rows([report.HEADER]))

    def tell(outage: Outage) -> None:
        match form:
            case HistoryForm.TEXT:
                stream.lines(report.text(outage))
            case HistoryForm.JSONL:
                stream.text(report.json_line(outage))
            case HistoryForm.CSV:
                stream.text(report.csv_line(outage))
            case HistoryForm.JSON | HistoryForm.MARKDOWN:
                pass  # told as one, below

    found = course.audit(tell)
    if form is HistoryForm.JSON:
        stream.text(report.whole(found))
    elif form is HistoryForm.MARKDOWN:
        stream.text(report.markdown(found))
    elif form is HistoryForm.TEXT:
        stream.lines(report.summary(found))
    stream.close()
