"""Sentences about findings: counted, grouped by what is missing, the same for the same findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bisectops.rules.finding import Finding

_SUBJECTS = {
    "decryption-secret-missing": "Secret Management",
    "encrypted-without-decryption": "Secret Management",
    "source-not-found": "Resolution",
    "substitute-source-missing": "Variable Substitution",
    "values-source-missing": "Helm Values",
    "dependency-not-found": "Dependency",
    "build-failed": "Kustomize Build",
    "namespace-unspecified": "Namespace",
    "patch-matches-nothing": "Patch Coverage",
}
_LOSES = {
    "decryption-secret-missing": "{who} {have} no decryption key: {what} is not in {their} namespace",
    "encrypted-without-decryption": "{who} {build} SOPS-encrypted {what} with no decryption in effect",
    "source-not-found": "{who} {do} not find {what}",
    "substitute-source-missing": "{who} cannot substitute from {what}",
    "values-source-missing": "{who} cannot read values from {what}",
    "dependency-not-found": "{who} {depend} on {what}, which is not there",
    "build-failed": "{who} cannot be built: {message}",
    "namespace-unspecified": "{who} {apply} {what} without a namespace",
    "patch-matches-nothing": "{who} {hold} a patch that selects nothing",
}
_SINGULAR = {
    "have": "has",
    "build": "builds",
    "do": "does",
    "depend": "depends",
    "apply": "applies",
    "hold": "holds",
    "their": "its",
}


def title(findings: Iterable[Finding]) -> str:
    """What a report on these findings is about: the kind of failure that most of them show."""
    counted: defaultdict[str, int] = defaultdict(int)
    for finding in findings:
        counted[_topic(finding)] += 1
    return max(sorted(counted), key=lambda topic: counted[topic]) if counted else "Flux"


def _topic(finding: Finding) -> str:
    if finding.rule in ("decryption-secret-missing", "encrypted-without-decryption"):
        return "SOPS Secret Management"
    if finding.rule == "source-not-found":
        return f"{finding.reference.kind} Resolution"
    return _SUBJECTS[finding.rule]


def grouped(findings: Iterable[Finding]) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """Findings by rule and by what is missing, its namespace apart; the largest group first."""
    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.rule, missing(finding)].append(finding)
    order = sorted(groups, key=lambda key: (-len(groups[key]), key))
    return {key: tuple(sorted(groups[key], key=lambda finding: finding.id)) for key in order}


def missing(finding: Finding) -> str:
    """What a finding misses, without its namespace."""
    if finding.rule == "build-failed":
        return finding.message
    return f"{finding.reference.kind} `{finding.reference.name}`"


def sentences(findings: Iterable[Finding]) -> list[str]:
    """A clause for each group of findings: who fails, and for want of what."""
    return [_clause(rule, what, group) for (rule, what), group in _by_who(findings).items()]


def _by_who(findings: Iterable[Finding]) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """Groups, those that differ only in what is missing put together: one clause for many Secrets."""
    by_subjects: defaultdict[tuple[str, frozenset[str]], list[tuple[str, tuple[Finding, ...]]]]
    by_subjects = defaultdict(list)
    for (rule, what), group in grouped(findings).items():
        by_subjects[rule, frozenset(str(f.subject) for f in group)].append((what, group))
    return {
        (rule, _several([what for what, _ in same])): same[0][1] for (rule, _), same in by_subjects.items()
    }


def _several(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _clause(rule: str, what: str, group: tuple[Finding, ...]) -> str:
    subjects = sorted({finding.subject for finding in group})
    kind = subjects[0].kind
    one = len(subjects) == 1
    who = f"{kind} `{subjects[0].namespace}/{subjects[0].name}`" if one else f"{len(subjects)} {kind}s"
    words = {word: single if one else word for word, single in _SINGULAR.items()}
    return _LOSES[rule].format(who=who, what=what, message=group[0].message, **words)


def impact(introduced: tuple[Finding, ...], resolved: tuple[Finding, ...], left: tuple[Finding, ...]) -> str:
    """What a commit did to the failures of the story, in a line."""
    told = []
    if resolved:
        told.append(f"Resolved {_count(resolved)}")
    if introduced:
        told.append("; ".join(sentences(introduced)))
    if resolved and left:
        told.append(f"left {_count(left)}" if not introduced else f"{len(left)} failures in all")
    return "; ".join(told)


def _count(findings: tuple[Finding, ...]) -> str:
    groups = [f"{len(group)} × {rule} ({what})" for (rule, what), group in grouped(findings).items()]
    if len(groups) > 3:
        return f"{', '.join(groups[:3])} and {sum(1 for _ in groups[3:])} kinds more"
    return ", ".join(groups)
