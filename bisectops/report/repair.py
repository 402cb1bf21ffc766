"""Real text of files, quoted in Markdown: excerpts, and changes from broken to working."""

from __future__ import annotations

from collections.abc import Iterator

from bisectops.git.objects import Commit
from bisectops.incident.incident import Excerpt, Resolution
from bisectops.report.escape import block, language_of, one_line
from bisectops.report.phrases import are, count


def excerpt_block(excerpt: Excerpt) -> str:
    """An excerpt that says where it stands."""
    return block(f"# {_place(excerpt)} at {excerpt.commit}\n{excerpt.text}", language_of(excerpt.path))


def resolution_blocks(resolution: Resolution, bad: Commit) -> Iterator[str]:
    """What a resolution is for, each file from broken to working, and what is known of its effect."""
    yield one_line(resolution.explanation)
    for broken, working in resolution.edits:
        yield _edit(broken, working)
    yield _effect(resolution, bad)


def _place(excerpt: Excerpt) -> str:
    return f"{excerpt.path}, from line {excerpt.line}," if excerpt.line > 1 else excerpt.path


def _edit(broken: Excerpt | None, working: Excerpt | None) -> str:
    shown = broken or working
    if shown is None:
        return ""
    before = f"# FROM (broken):\n{broken.text.rstrip()}" if broken else "# FROM (broken): no such file"
    after = f"# TO (working):\n{working.text.rstrip()}" if working else "# TO (working): the file goes"
    return block(f"# {_place(shown).rstrip(',')}\n\n{before}\n\n{after}", language_of(shown.path))


def _effect(resolution: Resolution, bad: Commit) -> str:
    if not resolution.verified:
        return "**Not verified**: no build of the tree with this change has shown what it repairs."
    resolves, leaves = resolution.resolves, resolution.leaves
    failures = count(resolves + leaves, "failure")
    gone = f"{resolves:,} of {failures}" if leaves else f"all {failures}" if resolves > 1 else "the failure"
    left = f", {leaves:,} {are(leaves)} left" if leaves else ""
    return (
        f"**Verified**: the tree of `{bad.short}` with this change was built and judged in memory: "
        f"{gone} {are(resolves)} gone{left}, and nothing new fails."
    )
