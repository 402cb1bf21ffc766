"""How far a walk has come, as a bar on the terminal."""

from __future__ import annotations

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
        self._progress.console.print(visible(told), markup=False, highlight=False)

    def end(self) -> None:
        self._progress.stop()
