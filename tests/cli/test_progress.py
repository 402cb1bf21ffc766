from __future__ import annotations

import sys
from io import StringIO

import pytest

from bisectops.cli.bar import TerminalReporter
from bisectops.cli.progress import reporting


def test_nobody_listens_where_nobody_looks() -> None:
    with reporting(None, quiet=False) as reporter:
        assert not isinstance(reporter, TerminalReporter)


def test_progress_is_gone_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with reporting(True, quiet=False) as reporter:
        reporter.begin(3)
        reporter.advanced(1)
        reporter.begun(2)
    assert "/3" in stderr.getvalue()
    assert "2 incidents" in stderr.getvalue()
    assert stderr.getvalue().endswith("\x1b[1A\x1b[2K")


def interrupted_search() -> None:
    with reporting(True, quiet=False) as reporter:
        reporter.begin(3)
        raise KeyboardInterrupt


def test_an_interrupted_search_leaves_the_cursor_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with pytest.raises(KeyboardInterrupt):
        interrupted_search()
    assert stderr.getvalue().rfind("\x1b[?25h") > stderr.getvalue().rfind("\x1b[?25l")
