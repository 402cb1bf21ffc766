"""What is asked about, from --rule and --object as typed."""

from __future__ import annotations

from collections.abc import Iterable

from bisectops.errors import RequestError

RULES = (
    "decryption-secret-missing",
    "encrypted-without-decryption",
    "source-not-found",
    "substitute-source-missing",
    "values-source-missing",
    "dependency-not-found",
    "build-failed",
    "namespace-unspecified",
    "patch-matches-nothing",
)
"""The rules that find causes; `dependency-not-ready` follows from these and is never asked about."""


def rules_named(options: Iterable[str]) -> frozenset[str]:
    """The rules of every --rule NAME[,NAME]; empty for all."""
    names = frozenset(name.strip() for option in options for name in option.split(","))
    for name in sorted(names - set(RULES)):
        raise RequestError(f"no rule is called '{name}'", hint=f"the rules are {', '.join(RULES)}")
    return names


def objects_named(options: Iterable[str]) -> frozenset[str]:
    """The objects of every --object; empty for all."""
    names = frozenset(options)
    for name in sorted(names):
        parts = name.split("/")
        if not 2 <= len(parts) <= 3 or not all(parts):
            raise RequestError(
                f"'{name}' names no object",
                hint="say KIND/NAMESPACE/NAME, as in Kustomization/default/echo, or KIND/NAME",
            )
    return names
