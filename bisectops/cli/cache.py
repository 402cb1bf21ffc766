"""`bisectops cache info|clear`: what is remembered between runs, and forgetting it."""

from __future__ import annotations

from contextlib import closing

import typer

from bisectops.cache.store import Store, clear
from bisectops.cli.means import cache_folder
from bisectops.cli.options import CacheDir
from bisectops.errors import BisectopsError

cache = typer.Typer(help="What is remembered between runs, and forgetting it.", rich_markup_mode=None)


class CacheError(BisectopsError):
    """The cache cannot be shown or cleared."""


@cache.command("info")
def info(cache_dir: CacheDir = None) -> int:
    """Say where the cache is and what it holds."""
    with closing(Store(cache_folder(cache_dir), warn=_refuse)) as store:
        usage = store.usage()
    if usage is None:
        raise CacheError("there is no folder for a cache", hint="name one with --cache-dir DIR")
    print(f"{usage.file}")
    print(f"{usage.entries:,} answers, {usage.size / 2**20:.1f} MiB of at most {usage.limit >> 20} MiB")
    return 0


@cache.command("clear")
def clear_cache(cache_dir: CacheDir = None) -> int:
    """Forget every answer."""
    folder = cache_folder(cache_dir)
    if folder is None:
        raise CacheError("there is no folder for a cache", hint="name one with --cache-dir DIR")
    try:
        freed = clear(folder)
    except OSError as error:
        raise CacheError(f"cannot clear the cache in {folder}: {error.strerror}") from error
    print(f"{freed / 2**20:.1f} MiB freed in {folder}")
    return 0


def _refuse(message: str) -> None:
    raise CacheError(message)
