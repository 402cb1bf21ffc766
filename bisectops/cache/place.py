"""Where the cache lies, as the XDG base directory specification says."""

from __future__ import annotations

import os
from pathlib import Path


def default_folder() -> Path | None:
    """The user's cache folder of bisectops; None where there is no home to have one in.

    A relative XDG_CACHE_HOME is invalid, says the specification, and is not looked at.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named.startswith("/"):
        return Path(named) / "bisectops"
    try:
        return Path.home() / ".cache" / "bisectops"
    except RuntimeError:
        return None
