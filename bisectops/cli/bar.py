"""How far a walk has come, as a bar on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from bisectops.report.escape import visible
from bisectops.search.reporter import Reporter


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")


class _Breaks(ProgressColumn):
    def render(self, task: Task) -> Text:
        breaks: int = task.fields["breaks"]
        return Text("" if not breaks else "1 break" if breaks == 1 else f"{breaks:,} breaks", style="red")


class TerminalReporter(Reporter):
    """Shows commits done of all, commits a second, the time left, and how many broke something so far."""

    def __init__(self) -> None:
        self._progress = Progress(
            "judging commits",
            BarColumn(),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(),
            _Breaks(),
            console=Console(stderr=True),
            transient=True,
        )
        self._breaks = 0
        self._task = self._progress.add_task("", total=None, breaks=0)

    def begin(self, commits: int) -> None:
        self._progress.reset(self._task, total=commits)
        self._progress.start()

    def advanced(self, commits: int) -> None:
        self._progress.advance(self._task, commits)

    def broken(self, commits: int) -> None:
        self._breaks += commits
        self._progress.update(self._task, breaks=self._breaks)

    def probing(self, told: str) -> None:
        self._progress.console.print(visible(told), markup=False, highlight=False)

    def end(self) -> None:
        self._progress.stop()
