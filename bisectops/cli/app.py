"""Every command by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Annotated

import typer

from bisectops.cli import boundary
from bisectops.cli.common import with_common_options

COMMANDS = {
    "blame-break": "blame_break",
    "timeline": "timeline",
    "audit": "audit",
    "build": "build",
    "check": "check",
    "demo": "demo",
    "diff": "diff",
    "explain": "explain",
    "graph": "graph",
    "cache": "cache",
}
"""The commands, and the module and function that each one is."""


def application(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(
        name="bisectops",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(bisectops)
    for name in commands:
        command = getattr(import_module(f"bisectops.cli.{COMMANDS[name]}"), COMMANDS[name])
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(with_common_options(command))
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # slow to load, and hardly ever asked for

        print(f"bisectops {version('bisectops')}")
        raise typer.Exit


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
    """Run the command that the arguments name; the exit status.

    What the other commands need is not loaded: it would take as long as many a commit takes to judge.
    """
    named = [name for name in arguments[:1] if name in COMMANDS]
    return boundary.run(application(named or COMMANDS), arguments)
