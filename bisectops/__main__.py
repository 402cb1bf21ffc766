"""The command line: `bisectops`, or `python -m bisectops`."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from bisectops.garbage import collect_seldom

INTERRUPTED = 130
"""What a shell shows for a command that Ctrl-C ended."""
UNTOLD = 128
"""For an answer that could not be written."""


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    try:
        collect_seldom()
        from bisectops.cli.app import run  # Ctrl-C while modules load ends as quietly as later

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    # At once, and with this status: after a Ctrl-C inside exec(), which makes every dataclass, CPython
    # would end in exit_sigint() whatever sys.exit() is told (Modules/main.c). Freeing the trees of a
    # large repository one by one would take a tenth of the time that it took to judge them.
    os._exit(status if _is_told() else status or UNTOLD)


def _is_told() -> bool:
    """Write out what waits to be written; a reader who has left, `| head`, has been told enough."""
    return all([_is_flushed(sys.stdout), _is_flushed(sys.stderr)])


def _is_flushed(stream: TextIO) -> bool:
    try:
        stream.flush()
    except BrokenPipeError:
        return True
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
