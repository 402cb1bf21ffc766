"""The options that commands share, each declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.boundary import Session


class Form(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class CheckForm(StrEnum):
    """How the answer of `check` is written."""

    TEXT = "text"
    JSON = "json"


def _be_verbose(context: typer.Context, value: bool) -> bool:
    if value and isinstance(context.obj, Session):
        context.obj.verbose = True
    return value


Directory = Annotated[
    Path, typer.Option("-C", metavar="DIR", help="The repository: a work tree, a folder in it, or bare.")
]
Range = Annotated[
    str | None,
    typer.Argument(
        metavar="RANGE", help="GOOD..BAD, or one revision for its whole line.", show_default="HEAD"
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Begin with the first commit of this date or later, as `git log`: by committer date.",
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="End with the last commit of this date or earlier.")
]
Clusters = Annotated[
    list[str],
    typer.Option(
        "--cluster", metavar="PATH", help="A cluster's root folder; again for more. Default: found."
    ),
]
Rules = Annotated[
    list[str], typer.Option("--rule", metavar="NAME[,NAME]", help="Ask only about these kinds of failure.")
]
Objects = Annotated[
    list[str],
    typer.Option(
        "--object",
        metavar="KIND/NAMESPACE/NAME",
        help="Ask only about failures of this object, or for want of it. KIND/NAME: in any namespace.",
    ),
]
OutputFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write the answer there, whole or not at all."),
]
Color = Annotated[
    bool | None, typer.Option("--color/--no-color", help="Default: on a terminal, unless NO_COLOR is set.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing; the exit status tells.")]
Verbose = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        callback=_be_verbose,
        help="Say more: what a check leaves out, the traceback of an unexpected error.",
    ),
]
Progress = Annotated[
    bool | None, typer.Option("--progress/--no-progress", help="Default: on stderr, when that is a terminal.")
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, metavar="N", help="Processes. Default: the cores there are.")
]
CacheDir = Annotated[
    Path | None,
    typer.Option("--cache-dir", metavar="DIR", help="Default: bisectops in the user's cache folder."),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the cache.")]
