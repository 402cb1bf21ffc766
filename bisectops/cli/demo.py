"""`bisectops demo`: a real incident, made and explained on the spot."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from bisectops.cli.answer import answer
from bisectops.cli.blame_break import report_command
from bisectops.cli.console import Output
from bisectops.cli.options import Color, Form, OutputFile, Progress, Quiet, Verbose
from bisectops.cli.progress import reporting
from bisectops.cli.samples import build_sample
from bisectops.history.request import Request
from bisectops.incident.investigate import blame

_SAMPLE = "sops-inheritance"


def demo(
    dest: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="Make the repository here and keep it.", show_default="a temporary folder"
        ),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How the answer is written.")] = Form.MARKDOWN,
    output: OutputFile = None,
    color: Color = None,
    progress: Progress = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Make a sample repository and run blame-break on it.

    The sample tells an incident of 2025: SOPS keys that no longer reach their namespaces.
    DIR is a new or empty folder; without it the repository is gone afterwards.
    """
    out = Output(file=output, color=color, quiet=quiet)
    out.check()
    with TemporaryDirectory(prefix="bisectops-demo-") if dest is None else nullcontext(str(dest)) as folder:
        repository = Path(folder) / _SAMPLE if dest is None else dest
        build_sample(_SAMPLE, repository)
        request = Request(directory=str(repository), good="good", bad="main")
        if not quiet:
            print(f"blame-break good..main, in the sample repository {_SAMPLE}", file=sys.stderr)
        with reporting(progress, quiet=quiet) as reporter:
            incident = blame(request, reporter)
    again = report_command(request) if dest else "bisectops demo --format markdown -o report.md"
    return answer(incident, form, out, report_command=again)
