"""`bisectops diff`: how the resource graph changed between two commits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.asking import of_two
from bisectops.cli.console import Output
from bisectops.cli.options import CheckForm, Clusters, Color, Directory, OutputFile, Quiet, Verbose
from bisectops.incident.contrast import contrast
from bisectops.report.contrast import diff_json, diff_text


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The older commit.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The newer commit.")] = "HEAD",
    directory: Directory = Path("."),
    cluster: Clusters = [],  # noqa: B006  typer copies it
    form: Annotated[CheckForm, typer.Option("--format", help="How the answer is written.")] = CheckForm.TEXT,
    output: OutputFile = None,
    color: Color = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Print what changed by meaning: objects, owners, references, decryption, failures.

    What a build that fails would have made is unknown, and never called vanished.
    """
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    found = contrast(of_two(directory, old, new, cluster))
    if form is CheckForm.JSON:
        out.text(diff_json(found))
    else:
        out.lines(diff_text(found))
    return 0
