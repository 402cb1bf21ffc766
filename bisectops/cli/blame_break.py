"""`bisectops blame-break`: who broke it, how it went, and what would repair it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.answer import answer
from bisectops.cli.console import Output
from bisectops.cli.filters import objects_named, rules_named
from bisectops.cli.options import (
    Clusters,
    Color,
    Directory,
    Form,
    Objects,
    OutputFile,
    Progress,
    Quiet,
    Rules,
    Verbose,
)
from bisectops.cli.progress import reporting
from bisectops.cli.ranges import parse_range
from bisectops.incident.investigate import blame
from bisectops.incident.request import Request, Strategy


def blame_break(
    context: typer.Context,
    range: Annotated[
        str | None,
        typer.Argument(
            metavar="RANGE",
            help="GOOD..BAD, or one revision for its whole line.",
            show_default="HEAD",
        ),
    ] = None,
    directory: Directory = Path("."),
    good: Annotated[str | None, typer.Option(metavar="REV", help="The last commit known to be good.")] = None,
    bad: Annotated[str | None, typer.Option(metavar="REV", help="A broken commit. Default: HEAD.")] = None,
    cluster: Clusters = [],  # noqa: B006  typer copies it
    rule: Rules = [],  # noqa: B006
    object: Objects = [],  # noqa: B006
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="REPO[@REV]", help="Compare with the pattern of this repository, one that works."
        ),
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Events to count: `kubectl get events -A -o json`, or `flux events`."
        ),
    ] = None,
    strategy: Annotated[
        Strategy,
        typer.Option(
            help="Walk the line, or bisect it as git does. auto bisects a long line for a narrow question."
        ),
    ] = Strategy.AUTO,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what a bisection asked, as `git bisect log`.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Begin with what such a log has answered.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How the answer is written.")] = Form.TEXT,
    output: OutputFile = None,
    color: Color = None,
    progress: Progress = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Find the chain and the culprit, and explain them.

    Exit status: 0 there is a culprit, 1 nothing is broken, 3 it was broken before the range.
    """
    asked = parse_range(range, good, bad)
    request = Request(
        directory=str(directory),
        good=asked.good,
        bad=asked.bad,
        clusters=tuple(cluster),
        rules=rules_named(rule),
        objects=objects_named(object),
        reference=reference,
        events=events,
        strategy=strategy,
        log=log,
        replay=replay,
    )
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    with reporting(progress, quiet=quiet, probes=strategy is Strategy.BISECT) as reporter:
        incident = blame(request, reporter)
    return answer(incident, form, out, report_command=report_command(request))


def report_command(request: Request) -> str:
    """The command that writes the whole report of the same question."""
    words = ["bisectops", "blame-break"]
    if request.directory != ".":
        words += ["-C", request.directory]
    words += [f"{request.good}..{request.bad}" if request.good else request.bad]
    for option, values in (
        ("--cluster", request.clusters),
        ("--rule", sorted(request.rules)),
        ("--object", sorted(request.objects)),
        ("--reference", filter(None, [request.reference])),
        ("--events", map(str, filter(None, [request.events]))),
    ):
        for value in values:
            words += [option, value]
    return shlex.join([*words, "--format", "markdown", "-o", "report.md"])
