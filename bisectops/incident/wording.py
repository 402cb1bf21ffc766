"""Sentences about findings: counted, grouped by what is missing, the same for the same findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from bisectops.rules.finding import Finding


class _Words(NamedTuple):
    """How failures of one rule are told; braces stand for who, what, message and inflected words."""

    topic: str
    broken: str
    repaired: str


_FOUND = "{who} no longer {miss} {what}"
_RULES = {
    "decryption-secret-missing": _Words(
        "SOPS Secret Management",
        "{who} {have} no decryption key: {what} is not in {their} namespace",
        "{who} no longer {miss} the decryption key {what}",
    ),
    "encrypted-without-decryption": _Words(
        "SOPS Secret Management",
        "{who} {build} SOPS-encrypted {what} with no decryption in effect",
        "{who} no longer {apply} {what} undecrypted",
    ),
    "source-not-found": _Words("{kind} Resolution", "{who} {do} not find {what}", _FOUND),
    "substitute-source-missing": _Words(
        "Variable Substitution", "{who} cannot substitute from {what}", _FOUND
    ),
    "values-source-missing": _Words("Helm Values", "{who} cannot read values from {what}", _FOUND),
    "dependency-not-found": _Words(
        "Dependency",
        "{who} {depend} on {what}, which is not there",
        _FOUND,
    ),
    "build-failed": _Words("Kustomize Build", "{who} cannot be built: {message}", "{who} can be built"),
    "namespace-unspecified": _Words(
        "Namespace", "{who} {apply} {what} without a namespace", "{what} no longer without a namespace"
    ),
    "patch-matches-nothing": _Words(
        "Patch Coverage",
        "{who} {hold} a patch that selects nothing",
        "{who} no longer {hold} a patch that selects nothing",
    ),
}
_SINGULAR = {
    "have": "has",
    "build": "builds",
    "do": "does",
    "depend": "depends",
    "apply": "applies",
    "hold": "holds",
    "their": "its",
    "miss": "misses",
}
_CLAUSES = 4
"""Clauses told of one commit or one problem; the rest is counted."""


def title(findings: Iterable[Finding]) -> str:
    """What a report on these findings is about: the kind of failure that most of them show."""
    topics = Counter(_RULES[finding.rule].topic.format(kind=finding.reference.kind) for finding in findings)
    return max(sorted(topics), key=lambda topic: topics[topic]) if topics else "Flux"


def grouped(findings: Iterable[Finding]) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """Findings by rule and by what is missing, its namespace apart; the largest group first."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.rule, missing(finding)].append(finding)
    order = sorted(groups, key=lambda key: (-len(groups[key]), key))
    return {key: tuple(sorted(groups[key], key=lambda finding: finding.id)) for key in order}


def by_message(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Findings by error string, the most frequent first; strings that differ in a name only are told once."""
    alike: defaultdict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        alike[finding.rule, missing(finding), _without_names(finding)].append(finding)
    told: dict[str, tuple[Finding, ...]] = {}
    for group in sorted(alike.values(), key=lambda group: (-len(group), group[0].id)):
        messages = sorted({finding.message for finding in group})
        told[messages[0]] = tuple(group)
    return told


def _without_names(finding: Finding) -> str:
    place = f"{finding.reference.namespace}/{finding.reference.name}"
    return finding.message.replace(place, "") if finding.silent else finding.message


def missing(finding: Finding) -> str:
    """What a finding misses, without its namespace."""
    if finding.rule == "build-failed":
        return finding.message
    return f"{finding.reference.kind} `{finding.reference.name}`"


def broken(findings: Iterable[Finding]) -> str:
    """What fails, a clause for each group: who, and for want of what."""
    return _told([_clause(_RULES[rule].broken, what, group) for rule, what, group in _clauses(findings)])


def repaired(findings: Iterable[Finding]) -> str:
    """What works again, a clause for each group."""
    return _told([_clause(_RULES[rule].repaired, what, group) for rule, what, group in _clauses(findings)])


def _told(clauses: list[str]) -> str:
    if len(clauses) > _CLAUSES:
        clauses = [*clauses[:_CLAUSES], f"{len(clauses) - _CLAUSES} more kinds of failure"]
    return "; ".join(clauses)


def _clauses(findings: Iterable[Finding]) -> list[tuple[str, str, tuple[Finding, ...]]]:
    """Groups, put together where they differ in one thing only: in what is missing, or in who misses it."""
    by_subjects: defaultdict[tuple[str, frozenset[str]], list[tuple[str, tuple[Finding, ...]]]]
    by_subjects = defaultdict(list)
    for (rule, what), group in grouped(findings).items():
        by_subjects[rule, frozenset(str(finding.subject) for finding in group)].append((what, group))
    return [
        (rule, _several([what for what, _ in same]), tuple(f for _, group in same for f in group))
        for (rule, _), same in by_subjects.items()
    ]


def _several(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _clause(sentence: str, what: str, group: tuple[Finding, ...]) -> str:
    subjects = sorted({finding.subject for finding in group})
    one = len(subjects) == 1
    kind = subjects[0].kind
    who = f"{kind} `{subjects[0].namespace}/{subjects[0].name}`" if one else f"{len(subjects)} {kind}s"
    words = {word: single if one else word for word, single in _SINGULAR.items()}
    namespaces = {finding.reference.namespace for finding in group}
    if one and len(namespaces) > 1:
        what = f"{what} for {len(namespaces)} namespaces"
    return sentence.format(who=who, what=what, message=group[0].message, **words)


def impact(introduced: tuple[Finding, ...], resolved: tuple[Finding, ...], left: tuple[Finding, ...]) -> str:
    """What a commit did to the failures of the story, in a line."""
    told = []
    if introduced:
        told.append(f"Broke: {broken(introduced)}" if resolved else broken(introduced))
    if resolved:
        told.append(f"Fixed: {repaired(resolved)}")
    new = {finding.id for finding in introduced}
    if resolved and (still := [finding for finding in left if finding.id not in new]):
        told.append(f"Still broken: {broken(still)}")
    return ". ".join(told)
