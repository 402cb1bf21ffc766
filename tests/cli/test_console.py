from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bisectops.cli.console import Output, OutputError
from bisectops.report.lines import Line, Span, Style, line

Show = Callable[[Output], str]
LINES = (line(Span("8b06063", Style.COMMIT), " broke it"),)


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Show:
    """Write the lines while stdout is a terminal; what appears on it."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def shown(output: Output, lines: Sequence[Line] = LINES) -> str:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        output.lines(lines)
        return capsys.readouterr().out

    return shown


def test_a_terminal_has_colour(show: Show) -> None:
    assert show(Output()) == "\x1b[33m8b06063\x1b[0m broke it\n"


def test_no_color_is_respected(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert show(Output()) == "8b06063 broke it\n"


def test_the_option_beats_no_color(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert show(Output(color=True)).startswith("\x1b[33m")
    assert show(Output(color=False)) == "8b06063 broke it\n"


def test_a_file_has_no_colour_even_on_a_terminal(show: Show, tmp_path: Path) -> None:
    assert show(Output(file=tmp_path / "answer")) == ""
    assert (tmp_path / "answer").read_text() == "8b06063 broke it\n"


def test_a_pipe_has_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    Output().lines(LINES)
    assert capsys.readouterr().out == "8b06063 broke it\n"


def test_brackets_in_an_answer_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Output(color=True).lines((line("[red]a[/red] [0]"),))
    assert capsys.readouterr().out == "[red]a[/red] [0]\n"


def test_quiet_prints_nothing_but_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Output(quiet=True).text("answer\n")
    Output(quiet=True, file=tmp_path / "report.md").text("answer\n")
    assert capsys.readouterr().out == ""
    assert (tmp_path / "report.md").read_text() == "answer\n"


def test_a_report_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    (tmp_path / "report.md").write_text("the old one\n")
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Output(file=tmp_path / "report.md").text("the new one\n")
    assert [file.name for file in tmp_path.iterdir()] == ["report.md"]
    assert (tmp_path / "report.md").read_text() == "the old one\n"


def test_a_new_report_has_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        Output(file=tmp_path / "report.md").text("answer\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.md").stat().st_mode) == 0o644


def test_a_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to("report.md")
    Output(file=tmp_path / "link.md").text("answer\n")
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "report.md").read_text() == "answer\n"


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to(os.devnull)
    Output(file=tmp_path / "null").text("answer\n")
    assert not stat.S_ISREG(Path(os.devnull).stat().st_mode)


def test_a_missing_folder_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        Output(file=tmp_path / "nowhere" / "report.md").check()
