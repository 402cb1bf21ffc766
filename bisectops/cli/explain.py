"""`bisectops explain`: what decides an object, step by step, with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.asking import of_commit
from bisectops.cli.console import Output
from bisectops.cli.options import CheckForm, Clusters, Color, Directory, Jobs, OutputFile, Quiet, Verbose
from bisectops.incident.explanation import explain as tell
from bisectops.report.explanation import explain_json, explain_text


def explain(
    rev: Annotated[str, typer.Argument(metavar="REV", help="The commit.")],
    name: Annotated[
        str, typer.Argument(metavar="OBJECT", help="KIND/NAMESPACE/NAME, there or only referred to.")
    ],
    directory: Directory = Path("."),
    cluster: Clusters = [],  # noqa: B006  typer copies it
    form: Annotated[CheckForm, typer.Option("--format", help="How the answer is written.")] = CheckForm.TEXT,
    output: OutputFile = None,
    jobs: Jobs = None,
    color: Color = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Tell where an object comes from, and what decides its decryption and source.

    Exit status: 0, or 128 where the commit has and names no such object.
    """
    request = of_commit(directory, rev, cluster, object=[name])
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    explained = tell(request, name, jobs)
    if form is CheckForm.JSON:
        out.text(explain_json(explained))
    else:
        out.lines(explain_text(explained))
    return 0
