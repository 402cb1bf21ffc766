"""What to learn and how to prevent it: said only of the kinds of failure that were found.

The sentences are data: advice.toml has a table for each rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from bisectops.incident.incident import Advice, Link, Role
from bisectops.rules.finding import Finding


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(resources.files("bisectops.incident").joinpath("advice.toml").read_text("utf-8"))


def _told(findings: Iterable[Finding]) -> dict[str, Any]:
    """The tables of the rules that found something, in the order of the findings."""
    rules = dict.fromkeys(finding.rule for finding in findings)
    return {rule: _texts()[rule] for rule in rules if rule in _texts()}


def learnings(findings: Iterable[Finding], chain: tuple[Link, ...]) -> tuple[Advice, ...]:
    """What the failures teach, and what the order of the commits does."""
    told = [Advice(table["title"], tuple(table["learning"])) for table in _told(findings).values()]
    if points := tuple(_of_chain(chain)):
        told.append(Advice("Troubleshooting Methodology", points))
    return tuple(told)


def _of_chain(chain: tuple[Link, ...]) -> Iterator[str]:
    if names := _commits(chain, Role.ATTEMPTED_FIX):
        yield f"**An attempted fix broke more**: {names} resolved failures and introduced others"
    if names := _commits(chain, Role.PARTIAL_FIX, Role.COMPLETED_PARTIAL_FIX):
        yield f"**A symptom less is no cure**: {names} resolved failures and left others standing"
    if len(chain) > 1:
        first = chain[0].commit.short
        yield f"**Look at the first change**: the chain starts with `{first}`, not with the last commit in it"


def _commits(chain: tuple[Link, ...], *roles: Role) -> str:
    return ", ".join(f"`{link.commit.short}`" for link in chain if link.role in roles)


def prevention(findings: Iterable[Finding]) -> tuple[Advice, ...]:
    """Checks before the merge, rules of the house, and what to watch, for these failures."""
    told = _told(findings)
    rules = ",".join(told)
    testing = [
        "**Before the merge**: run `bisectops check` on the commit of the pull request; it exits with 1 on "
        "failures like these",
        "**Stage changes of the architecture**: one namespace first, the others once it reconciles",
    ]
    if rules:
        testing.insert(1, f"**Only this kind of failure**: `bisectops check --rule {rules}`")
    watched = dict.fromkeys(table["watch"] for table in told.values() if "watch" in table)
    ready = "**Ready conditions**: alert on a Kustomization or HelmRelease that stays not Ready"
    return (
        Advice("Testing Strategy", tuple(testing)),
        Advice("Architecture Guidelines", tuple(table["guideline"] for table in told.values())),
        Advice("Monitoring", (ready, *watched)),
    )


def references(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """The documentation of the fields that failed: title and link."""
    links = (table["link"] for table in _told(findings).values())
    return tuple(dict.fromkeys((link["title"], link["url"]) for link in links))
