"""`bisectops graph`: every object at one commit, and what refers to what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.asking import of_commit
from bisectops.cli.console import Output
from bisectops.cli.options import Clusters, Directory, OutputFile, Quiet, Verbose
from bisectops.incident.drawing import draw
from bisectops.report.drawing import graph_text


class GraphForm(StrEnum):
    """How a graph is written."""

    JSON = "json"
    DOT = "dot"
    MERMAID = "mermaid"
    GRAPHML = "graphml"


def graph(
    rev: Annotated[str, typer.Argument(metavar="REV", help="The commit.")] = "HEAD",
    directory: Directory = Path("."),
    cluster: Clusters = [],  # noqa: B006  typer copies it
    object: Annotated[
        list[str],
        typer.Option(
            "--object", metavar="KIND/NAMESPACE/NAME", help="Only what is near this; again for more."
        ),
    ] = [],  # noqa: B006
    depth: Annotated[int, typer.Option(min=0, help="How many edges away is still near.")] = 1,
    form: Annotated[GraphForm, typer.Option("--format", help="How the graph is written.")] = GraphForm.JSON,
    output: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Print the resource graph of one commit.

    Exit status: 0, or 128 where the commit has and names no such object.
    """
    request = of_commit(directory, rev, cluster, object=object)
    out = Output(file=output, quiet=quiet)
    out.check()
    out.text(graph_text(draw(request, depth), form.value))
    return 0
