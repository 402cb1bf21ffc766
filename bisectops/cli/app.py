"""Every command by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from bisectops.cli import boundary
from bisectops.cli.audit import audit
from bisectops.cli.blame_break import blame_break
from bisectops.cli.build import build
from bisectops.cli.cache import cache
from bisectops.cli.check import check
from bisectops.cli.demo import demo
from bisectops.cli.diff import diff
from bisectops.cli.explain import explain
from bisectops.cli.graph import graph
from bisectops.cli.timeline import timeline
from bisectops.garbage import collect_seldom

app = typer.Typer(
    name="bisectops",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("blame-break")(blame_break)
app.command("timeline")(timeline)
app.command("audit")(audit)
app.command("build")(build)
app.command("check")(check)
app.command("demo")(demo)
app.command("diff")(diff)
app.command("explain")(explain)
app.command("graph")(graph)
app.add_typer(cache, name="cache")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # slow to load, and hardly ever asked for

        print(f"bisectops {version('bisectops')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def bisectops(
    context: typer.Context,
    print_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> int:
    """Find the commits that broke what Flux reconciles.

    bisectops reads git objects and nothing else: it writes nothing, fetches nothing and decrypts nothing.
    """
    if context.invoked_subcommand is None:
        print(context.get_help())
    return boundary.USAGE


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; the exit status."""
    collect_seldom()
    return boundary.run(app, arguments)
