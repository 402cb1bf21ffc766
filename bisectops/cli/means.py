"""The options of commands that walk whole histories: cache and processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cache.place import default_folder
from bisectops.cache.store import Store
from bisectops.cli.progress import reporting
from bisectops.history.child import cores
from bisectops.history.events import Means
from bisectops.report.escape import visible


class HistoryForm(StrEnum):
    """How the answer about a history is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


Form = Annotated[HistoryForm, typer.Option("--format", help="How the answer is written.")]


def cache_folder(named: Path | None) -> Path | None:
    """Where the cache lies: as named, or in the user's cache folder."""
    return named if named is not None else default_folder()


@contextmanager
def means(
    *, jobs: int | None, cache_dir: Path | None, no_cache: bool, progress: bool | None, quiet: bool
) -> Iterator[Means]:
    """The means that the options name, let go of in the end."""
    folder = None if no_cache else cache_folder(cache_dir)
    with closing(Store(folder, warn=_warn)) as store, reporting(progress, quiet=quiet) as reporter:
        yield Means(store, jobs or cores(), reporter)


def _warn(message: str) -> None:
    print(f"bisectops: warning: {visible(message)}", file=sys.stderr)
