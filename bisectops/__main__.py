"""The command line: `bisectops`, or `python -m bisectops`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    try:
        from bisectops.cli.app import run  # Ctrl-C while modules load ends as quietly as later

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
