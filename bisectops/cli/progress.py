"""Progress on stderr while a history is walked; gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bisectops.report.escape import visible
from bisectops.search.reporter import Reporter


class ProbeReporter(Reporter):
    """Prints what a bisection asks, a line each, as git does."""

    def probing(self, told: str) -> None:
        print(visible(told), file=sys.stderr)


@contextmanager
def reporting(wanted: bool | None, *, quiet: bool, probes: bool = False) -> Iterator[Reporter]:
    """Who listens to a search: nobody, unless a person looks at stderr or asked for it.

    Whatever ends the search, the terminal is left as it was.
    """
    if wanted is None:
        wanted = sys.stderr.isatty() and not quiet
    silent = ProbeReporter() if probes and not quiet else Reporter()
    reporter = _bar() if wanted else silent
    try:
        yield reporter
    finally:
        reporter.end()


def _bar() -> Reporter:
    from bisectops.cli.bar import TerminalReporter  # loads rich, which only a terminal needs

    return TerminalReporter()
