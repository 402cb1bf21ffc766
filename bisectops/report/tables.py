"""Rows as CSV (RFC 4180) and as Markdown tables, from text that nobody vouches for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from bisectops.report.escape import cell, literal, one_line

Value = str | int | None


class _Text(list[str]):
    """A file for csv.writer that is no file."""

    write = list.append


def csv_rows(rows: Iterable[Sequence[Value]]) -> str:
    """The rows; text that a spreadsheet would take for a formula is marked as text."""
    text = _Text()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_harmless(value) if isinstance(value, str) else value for value in row])
    return "".join(text)


def _harmless(value: str) -> str:
    value = one_line(value)
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table; text of the repository reads as it was written."""
    lines = [_row(header), _row(["---"] * len(header))]
    lines += [
        _row(["" if value is None else cell(literal(str(value))) for value in values]) for values in rows
    ]
    return "".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
