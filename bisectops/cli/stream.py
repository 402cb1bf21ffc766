"""Answers that grow: printed as they are found, or gathered for a file."""

from __future__ import annotations

from collections.abc import Iterable

from bisectops.cli.console import Output
from bisectops.report.lines import Line, plain


class Stream:
    """One answer in pieces. A file appears only when it is whole; a reader of stdout sees each at once."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._pieces: list[str] = []

    def text(self, piece: str) -> None:
        """Add text."""
        if self._output.file is None:
            self._output.text(piece)
        else:
            self._pieces.append(piece)

    def lines(self, lines: Iterable[Line]) -> None:
        """Add styled lines."""
        if self._output.file is None:
            self._output.lines(lines)
        else:
            self._pieces.append(plain(lines))

    def close(self) -> None:
        """The answer is whole."""
        if self._output.file is not None:
            self._output.text("".join(self._pieces))
