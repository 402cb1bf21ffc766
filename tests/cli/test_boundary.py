from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import pytest
import typer

from bisectops.cli import boundary
from bisectops.cli.options import Form, Verbose
from bisectops.errors import RequestError, UnknownRevision

Run = Callable[[Sequence[str]], int]


def fail(
    kind: Annotated[str, typer.Argument()] = "", form: Form = Form.TEXT, verbose: Verbose = False
) -> int:
    match kind:
        case "revision":
            raise UnknownRevision("unknown revision 'x\x1b[2J'", hint="name another")
        case "request":
            raise RequestError("this cannot be asked")
        case "interrupt":
            raise KeyboardInterrupt
        case "bug":
            raise ValueError("a secret value")
        case "abort":
            raise typer.Abort
        case "exit":
            raise typer.Exit(7)
    return 3


@pytest.fixture
def run() -> Run:
    app = typer.Typer(rich_markup_mode=None)
    app.command("fail")(fail)
    app.callback()(lambda: None)
    return lambda arguments: boundary.run(app, arguments)


def test_a_command_decides_its_exit_status(run: Run) -> None:
    assert run(["fail"]) == 3
    assert run(["fail", "exit"]) == 7


def test_an_expected_failure_is_one_sentence_and_a_hint(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fail", "revision"]) == 128
    assert capsys.readouterr() == ("", "bisectops: error: unknown revision 'x\\x1b[2J'\n  name another\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fail", "request"],
        ["fail", "--nope"],
        ["fail", "--form", "yaml"],
        ["fail", "one", "two"],
        ["fial"],
        ["--nope"],
    ],
)
def test_wrong_usage_exits_129(
    run: Run, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 129
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("bisectops: error: ")
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["interrupt", "abort"])
def test_ctrl_c_exits_130_without_a_word(run: Run, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fail", kind]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_names_itself_without_its_values(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fail", "bug"]) == 128
    err = capsys.readouterr().err
    assert err.startswith("bisectops: error: this should not happen: ValueError in fail\n")
    assert "please report it" in err
    assert "a secret value" not in err
    assert "Traceback" not in err


def test_a_bug_has_its_traceback_with_v(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fail", "bug", "-v"]) == 128
    assert "Traceback (most recent call last)" in capsys.readouterr().err
