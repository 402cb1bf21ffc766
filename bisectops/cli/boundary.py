"""The one place where errors become a sentence and an exit status.

0 and up is what a command answered; 128 is fatal and 129 wrong usage, as in git, so that
`git bisect run` stops at either; 130 is what a shell expects after Ctrl-C.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import typer
from typer.main import get_command

from bisectops.errors import BisectopsError
from bisectops.report.escape import visible

FATAL = 128
USAGE = 129
INTERRUPTED = 130

_UsageError = typer.BadParameter.__mro__[1]
"""Every complaint of the parser, unknown commands and options included; typer exports only this heir."""


@dataclass
class Session:
    """What the boundary has to know of the command that ran."""

    verbose: bool = False


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command; the exit status."""
    session = Session()
    try:
        status = get_command(app).main(
            list(arguments), prog_name="bisectops", standalone_mode=False, obj=session
        )
        return status if isinstance(status, int) else 0
    except BisectopsError as error:
        complain(error.message, hint=error.hint)
        return error.exit_status
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, _UsageError):
            return _misused(error)
        return _unexpected(error, session)


def complain(message: str, *, hint: str = "") -> None:
    """One sentence on stderr, and what to do next on a second line."""
    print(f"bisectops: error: {visible(message)}", file=sys.stderr)
    if hint:
        print(f"  {visible(hint)}", file=sys.stderr)


def _misused(error: Exception) -> int:
    message: str = getattr(error, "format_message", error.__str__)().replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "bisectops"
    complain(message[:1].lower() + message[1:].removesuffix("."), hint=f"`{command} --help` tells the usage")
    return USAGE


def _unexpected(error: Exception, session: Session) -> int:
    if session.verbose:
        traceback.print_exception(error)
    where = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" in {frame.name}" for frame in where)
    complain(
        f"this should not happen: {type(error).__name__}{place}",
        hint="it is a fault of bisectops; please report it with the traceback that -v prints",
    )
    return FATAL
