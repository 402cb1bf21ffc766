"""What the README shows is what the tool says."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from bisectops.cli.app import COMMANDS, run

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_answer_in_the_readme_is_the_demos() -> None:
    with redirect_stdout(StringIO()) as said:
        assert run(["demo", "--format", "text"]) == 0
    shown = re.search(r"\$ bisectops demo --format text\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == said.getvalue()


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"^\| `bisectops ([a-z-]+)", README, re.MULTILINE))
    assert named == COMMANDS.keys()
