"""The command line: `bisectops`, or `python -m bisectops`."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
"""What a shell shows for a command that Ctrl-C ended."""


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    try:
        from bisectops.cli.app import run  # Ctrl-C while modules load ends as quietly as later

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status == INTERRUPTED:
        # At once, and with this status: after a Ctrl-C inside exec(), which makes every dataclass,
        # CPython would end in exit_sigint() whatever sys.exit() is told (Modules/main.c).
        os._exit(INTERRUPTED)
    sys.exit(status)


if __name__ == "__main__":
    main()
