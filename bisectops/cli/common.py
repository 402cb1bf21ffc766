"""What every command takes, of use to it or not: scripts give the same options to all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "jobs": (Annotated[int | None, typer.Option("--jobs", min=1, hidden=True)], None),
    "cache_dir": (Annotated[Path | None, typer.Option("--cache-dir", hidden=True)], None),
    "no_cache": (Annotated[bool, typer.Option("--no-cache", hidden=True)], False),
    "color": (Annotated[bool | None, typer.Option("--color/--no-color", hidden=True)], None),
    "progress": (Annotated[bool | None, typer.Option("--progress/--no-progress", hidden=True)], None),
}
"""By the name of the parameter, how an option reads where it changes nothing, and its default."""


def with_common_options(command: Callable[..., int]) -> Callable[..., int]:
    """The command, taking those of the common options too that it has no use for."""
    own = inspect.signature(command, eval_str=True)
    unused = {name: told for name, told in _OPTIONS.items() if name not in own.parameters}

    @wraps(command)
    def taking(**given: Any) -> int:
        return command(**{name: value for name, value in given.items() if name not in unused})

    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in unused.items()
    ]
    taking.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
    taking.__annotations__ = command.__annotations__ | {each.name: each.annotation for each in more}
    return taking
