from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bisectops.report.escape import block, cell, code, language_of, literal, one_line, visible


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
    assert literal("fix *all* _of_ [x](y) <b> `z` ~~w~~\nnext") == (
        "fix \\*all\\* \\_of\\_ [x]\\(y) \\<b> \\`z\\` \\~~w\\~~ next"
    )


@given(st.text(alphabet="a1 _*`\\\\[]()<>&;#~!|:/-", max_size=30))
def test_any_subject_renders_as_it_was_written(subject: str) -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).renderInline(f"x: *x{literal(subject)}x*")
    assert rendered == f"x: <em>x{escape(one_line(subject), quote=False)}x</em>"


def test_what_is_no_markup_is_left_alone() -> None:
    subject = "renovate[bot]: merge #164, cluster_settings -> cluster_vars (a | b) ~1"
    assert literal(subject) == subject


def test_a_block_is_labelled_after_its_file() -> None:
    assert language_of("a/ks.yaml") == "yaml"
    assert language_of(".sops.yml") == "yaml"
    assert language_of("Makefile") == ""
