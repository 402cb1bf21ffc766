"""`bisectops check`: the failures at one commit; the CI gate and the `git bisect run` command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.asking import of_commit
from bisectops.cli.console import Output
from bisectops.cli.options import (
    CheckForm,
    Clusters,
    Color,
    Directory,
    Jobs,
    Objects,
    OutputFile,
    Quiet,
    Rules,
    Verbose,
)
from bisectops.incident.checking import check as look
from bisectops.report.check import check_json, check_text
from bisectops.rules.finding import Certainty

UNTESTABLE = 125


def check(
    rev: Annotated[str, typer.Argument(metavar="REV", help="The commit.")] = "HEAD",
    directory: Directory = Path("."),
    cluster: Clusters = [],  # noqa: B006  typer copies it
    rule: Rules = [],  # noqa: B006
    object: Objects = [],  # noqa: B006
    certainty: Annotated[
        Certainty, typer.Option(help="The weakest that counts: certain, likely or possible.")
    ] = Certainty.LIKELY,
    form: Annotated[CheckForm, typer.Option("--format", help="How the answer is written.")] = CheckForm.TEXT,
    output: OutputFile = None,
    jobs: Jobs = None,
    color: Color = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Print what Flux would fail to resolve at one commit.

    Exit status: 0 nothing fails, 1 something does, 125 this commit cannot be judged
    (`git bisect run` skips it), 128 and up it could not run (`git bisect run` stops).
    """
    request = of_commit(directory, rev, cluster, rule, object)
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    checked = look(request, certainty, jobs)
    if form is CheckForm.JSON:
        out.text(check_json(checked))
    else:
        out.lines(check_text(checked, verbose=verbose))
    if checked.findings:
        return 1
    return UNTESTABLE if checked.unknown else 0
