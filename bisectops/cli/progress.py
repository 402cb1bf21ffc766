"""Progress on stderr while a history is walked; gone when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from bisectops.git.objects import Oid
from bisectops.report.escape import visible
from bisectops.search.reporter import Reporter


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


class TerminalReporter(Reporter):
    """Shows commits done of all, commits a second and the time left."""

    def __init__(self) -> None:
        self._progress = Progress(
            "judging commits",
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def begin(self, commits: int) -> None:
        self._progress.reset(self._task, total=commits)
        self._progress.start()

    def judged(self, commit: Oid, broken: bool) -> None:
        self._progress.advance(self._task)

    def advanced(self, commits: int) -> None:
        self._progress.advance(self._task, commits)

    def probing(self, told: str) -> None:
        self._progress.console.print(visible_lines(told), markup=False, highlight=False)

    def end(self) -> None:
        self._progress.stop()


class ProbeReporter(Reporter):
    """Prints what a bisection asks, a line each, as git does."""

    def probing(self, told: str) -> None:
        print(visible_lines(told), file=sys.stderr)


def visible_lines(told: str) -> str:
    """Text of several lines, safe for a terminal."""
    return "\n".join(map(visible, told.splitlines()))


@contextmanager
def reporting(wanted: bool | None, *, quiet: bool, probes: bool = False) -> Iterator[Reporter]:
    """Who listens to a search: nobody, unless a person looks at stderr or asked for it.

    Whatever ends the search, the terminal is left as it was.
    """
    if wanted is None:
        wanted = sys.stderr.isatty() and not quiet
    silent = ProbeReporter() if probes and not quiet else Reporter()
    reporter = TerminalReporter() if wanted else silent
    try:
        yield reporter
    finally:
        reporter.end()
