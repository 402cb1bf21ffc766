"""Where answers go: stdout, in colour on a terminal, or a file that appears only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import TextIO

from bisectops.errors import BisectopsError
from bisectops.report.lines import Line, Style, plain

_LOOKS = {
    Style.PLAIN: "",
    Style.HEADING: "bold",
    Style.COMMIT: "yellow",
    Style.FAILURE: "red",
    Style.REPAIR: "green",
    Style.OBJECT: "cyan",
    Style.FAINT: "dim",
}


class OutputError(BisectopsError):
    """The answer could not be written where it was asked for."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where one command's answer goes, and how it looks there."""

    file: Path | None = None
    """None is stdout."""
    color: bool | None = None
    """None leaves it to the terminal and NO_COLOR."""
    quiet: bool = False

    def check(self) -> None:
        """Complain before any work is done of a file that could never be written."""
        if self.file is not None and not self.file.parent.is_dir():
            raise OutputError(f"cannot write '{self.file}': there is no folder '{self.file.parent}'")

    def lines(self, lines: Iterable[Line]) -> None:
        """Write styled lines."""
        if self._colored():
            self.text(_colored(lines))
        else:
            self.text(plain(lines))

    def text(self, text: str) -> None:
        """Write text as it is."""
        if self.file is not None:
            write_whole(self.file, text)
        elif not self.quiet:
            _print(text)

    def _colored(self) -> bool:
        if self.color is not None:
            return self.color
        plain_terminal = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.file is None and sys.stdout.isatty() and not plain_terminal


def _colored(lines: Iterable[Line]) -> str:
    from rich.console import Console  # takes as long to load as a commit to judge: only for terminals
    from rich.text import Text

    console = Console(force_terminal=True, no_color=False, color_system="standard", soft_wrap=True)
    with console.capture() as captured:
        for line in lines:
            console.print(Text.assemble(*((span.text, _LOOKS[span.style]) for span in line)), highlight=False)
    return captured.get()


def _print(text: str) -> None:
    """Write to stdout; a reader who has left, `| head`, is no error."""
    try:
        _utf8(sys.stdout).write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise OutputError(f"cannot write the answer: {error.strerror}") from error


def _utf8(stream: TextIO) -> TextIO:
    """Answers hold ✅ and … whatever the locale says."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    return stream


def write_whole(file: Path, text: str) -> None:
    """Write a file that appears, or replaces the old one, only when it is whole."""
    target = Path(os.path.realpath(file))
    try:
        if target.exists() and not S_ISREG(target.stat().st_mode):
            target.write_text(text, encoding="utf-8")  # a device or a pipe: nothing to replace
            return
        with _beside(target) as scratch:
            scratch.write_text(text, encoding="utf-8")
            scratch.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write '{file}': {error.strerror}") from error


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A file's place while it is written, gone whatever happens."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)
