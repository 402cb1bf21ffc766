"""How often Python looks for cycles among objects that live as long as their command."""

from __future__ import annotations

import gc

_YOUNG = 500_000
"""Containers made and not yet freed, at which the youngest are looked through."""


def collect_seldom() -> None:
    """Look for cycles by the half million: trees of YAML have none, and looking took a sixth of a walk."""
    gc.set_threshold(_YOUNG, 10, 10)


def collect_now() -> None:
    """Free what a finished piece of work leaves behind."""
    gc.collect()
