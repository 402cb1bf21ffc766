"""`bisectops blame-break`: who broke it, how it went, and what would repair it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.answer import answer
from bisectops.cli.asking import of_range
from bisectops.cli.console import Output
from bisectops.cli.options import (
    Clusters,
    Color,
    Directory,
    Form,
    Jobs,
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
from bisectops.cli.progress import reporting
from bisectops.history.child import cores
from bisectops.history.request import Request, Strategy
from bisectops.incident.investigate import blame


def blame_break(
    context: typer.Context,
    range: Range = None,
    directory: Directory = Path("."),
    good: Annotated[str | None, typer.Option(metavar="REV", help="The last commit known to be good.")] = None,
    bad: Annotated[str | None, typer.Option(metavar="REV", help="A broken commit. Default: HEAD.")] = None,
    since: Since = None,
    until: Until = None,
    all_parents: Annotated[
        bool,
        typer.Option(
            "--all-parents/--first-parent",
            help="Search every commit, as git bisect does, or what Flux reconciled: the first parents.",
        ),
    ] = False,
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
    jobs: Jobs = None,
    color: Color = None,
    progress: Progress = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Find the chain and the culprit, and explain them.

    Exit status: 0 there is a culprit, 1 nothing is broken, 3 it was broken before the range.
    """
    request = replace(
        of_range(directory, range, good, bad, since, until, cluster, rule, object),
        all_parents=all_parents,
        reference=reference,
        events=events,
        strategy=strategy,
        log=log,
        replay=replay,
    )
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    with reporting(progress, quiet=quiet, probes=strategy is Strategy.BISECT) as reporter:
        incident = blame(request, reporter, jobs or cores())
    return answer(incident, form, out, report_command=report_command(request))


def report_command(request: Request) -> str:
    """The command that writes the whole report of the same question."""
    words = ["bisectops", "blame-break"]
    if request.directory != ".":
        words += ["-C", request.directory]
    words += [f"{request.good}..{request.bad}" if request.good else request.bad]
    words += ["--all-parents"] if request.all_parents else []
    for option, values in (
        ("--since", _moments(request.since)),
        ("--until", _moments(request.until)),
        ("--cluster", request.clusters),
        ("--rule", sorted(request.rules)),
        ("--object", sorted(request.objects)),
        ("--reference", filter(None, [request.reference])),
        ("--events", map(str, filter(None, [request.events]))),
    ):
        for value in values:
            words += [option, value]
    return shlex.join([*words, "--format", "markdown", "-o", "report.md"])


def _moments(seconds: int | None) -> Iterable[str]:
    return () if seconds is None else (datetime.fromtimestamp(seconds, UTC).isoformat(),)
