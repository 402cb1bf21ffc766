"""`bisectops build`: what `kustomize build` prints, for folders of any commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bisectops.cli.boundary import complain
from bisectops.cli.console import Output, write_whole
from bisectops.cli.options import Directory, OutputFile, Quiet, Verbose
from bisectops.errors import BuildError, RequestError
from bisectops.git.objects import repo_path
from bisectops.git.repository import Repository
from bisectops.git.snapshot import Snapshot
from bisectops.kustomize import Broken, Builder
from bisectops.yaml.writer import dump_all


def build(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Folders, from the repository's root.")],
    directory: Directory = Path("."),
    rev: Annotated[str, typer.Option("--rev", metavar="REV", help="The commit.")] = "HEAD",
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", metavar="DIR", help="Write DIR/<path, / as __>.yaml instead of stdout."),
    ] = None,
    output: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Print the kustomize build of folders at a commit.

    Nothing is checked out and nothing is fetched: a remote base is an error of its path.
    Exit status: 0 every path was built, 1 one or more could not be.
    """
    if output is not None and output_dir is not None:
        raise RequestError("-o and --output-dir name two places for one answer", hint="leave one of them out")
    out = Output(file=output, quiet=quiet)
    out.check()
    repository = Repository(directory)
    snapshot = repository.snapshot(repository.resolve(rev))
    if output_dir is None:
        return _print_all(snapshot, paths, out)
    _make(output_dir)
    failed = False
    for path, text in _builds(snapshot, paths):
        if text is None:
            failed = True
        else:
            write_whole(output_dir / f"{path.rstrip('/').replace('/', '__')}.yaml", text)
    return int(failed)


def _print_all(snapshot: Snapshot, paths: list[str], out: Output) -> int:
    built = [text for _, text in _builds(snapshot, paths)]
    out.text("---\n".join(text for text in built if text))
    return int(None in built)


def _builds(snapshot: Snapshot, paths: list[str]) -> Iterator[tuple[str, str | None]]:
    """Each path with its build; None, after a word on stderr, where it has none."""
    builder = Builder()
    for path in paths:
        try:
            yield path, _built(builder, snapshot, path)
        except BuildError as error:
            complain(f"{path}: {error.message}", hint=error.hint)
            yield path, None


def _built(builder: Builder, snapshot: Snapshot, path: str) -> str:
    outcome = builder.build(snapshot, repo_path(path))
    if isinstance(outcome, Broken):
        raise outcome.error
    return dump_all(resource.content for resource in outcome.resources)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"cannot make the folder '{folder}': {error.strerror}") from error
