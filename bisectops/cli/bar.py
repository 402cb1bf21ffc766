"""How far a walk has come, as a bar on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from bisectops.report.escape import visible
from bisectops.report.phrases import count
from bisectops.search.reporter import Reporter


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


class _Incidents(ProgressColumn):
    def render(self, task: Task) -> Text:
        begun: int = task.fields["incidents"]
        return Text(count(begun, "incident") if begun else "", style="red")


class TerminalReporter(Reporter):
    """Shows commits done of all, commits a second, the time left, and incidents so far."""

    def __init__(self) -> None:
        self._progress = Progress(
            "judging commits",
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(),
            _Incidents(),
            console=Console(stderr=True),
            transient=True,
        )
        self._incidents = 0
        self._task = self._progress.add_task("", total=None, incidents=0)

    def begin(self, commits: int) -> None:
        self._progress.reset(self._task, total=commits)
        self._progress.start()

    def advanced(self, commits: int) -> None:
        self._progress.advance(self._task, commits)

    def begun(self, incidents: int) -> None:
        self._incidents += incidents
        self._progress.update(self._task, incidents=self._incidents)

    def probing(self, told: str) -> None:
        self._progress.console.print(visible(told), markup=False, highlight=False)

    def end(self) -> None:
        self._progress.stop()
