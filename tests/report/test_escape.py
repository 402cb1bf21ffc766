from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bisectops.report.escape import block, cell, code, language_of, literal, visible


def test_a_terminal_is_never_commanded() -> None:
    assert visible("\x1b[31mred\x07 and \u202eback") == "\\x1b[31mred\\x07 and \\u202eback"
    assert visible("tabs\tand\nlines stay") == "tabs\tand\nlines stay"


@given(st.text(alphabet="`ab\n "))
def test_nothing_in_a_block_ends_it(text: str) -> None:
    fence, *inside, last = block(text, "yaml").split("\n")
    assert fence == last + "yaml"
    assert set(last) == {"`"}
    assert all(last not in line for line in inside)


def test_code_holds_backticks() -> None:
    assert code("plain") == "`plain`"
    assert code("a `b` c") == "``a `b` c``"
    assert code("`b`") == "`` `b` ``"


def test_a_cell_keeps_its_column_and_its_row() -> None:
    assert cell("a | `b|c`\nd") == "a \\| `b\\|c` d"
    assert cell("already \\| escaped") == "already \\| escaped"


def test_a_subject_is_no_markup() -> None:
    assert literal("fix *all* [x](y) <b> `z`\nnext") == "fix \\*all\\* \\[x\\](y) \\<b\\> \\`z\\` next"


def test_a_block_is_labelled_after_its_file() -> None:
    assert language_of("a/ks.yaml") == "yaml"
    assert language_of(".sops.yml") == "yaml"
    assert language_of("Makefile") == ""
