"""A finding: one reference that Flux would fail to resolve at one commit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bisectops.flux.kinds import ObjectId, is_meant
from bisectops.kustomize.resource import Origin


class Certainty(Enum):
    """How much git alone proves."""

    CERTAIN = "certain"
    """Git alone proves it."""
    LIKELY = "likely"
    """Git proves it unless something outside git provides the object."""
    POSSIBLE = "possible"
    """Something outside git may well provide the object, or nothing may depend on it."""

    @property
    def rank(self) -> int:
        """0 for the strongest."""
        return list(Certainty).index(self)


class Absence(NamedTuple):
    """An object that is not there: how far git proves it, and why."""

    certainty: Certainty
    because: tuple[str, ...]


class Missing(NamedTuple):
    """What a field names, and what is not there."""

    kind: str
    namespace: str
    name: str
    field: str

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind}/{place}"


def missing(target: ObjectId, field: str) -> Missing:
    """What a finding says of an object that a field names and that is not there."""
    return Missing(target.kind, target.namespace, target.name, field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One failure, shown by `subject`, in the controllers' own words.

    `origin` is where the subject is written; the line of `reference.field` is found when a report
    is written, since most findings of a walk are never shown.
    """

    rule: str
    certainty: Certainty
    subject: ObjectId
    reference: Missing
    message: str
    origin: Origin
    because: tuple[str, ...]
    cluster: str = ""
    silent: bool = False
    """No controller ever says so: the message is bisectops' own, and the subject reports to be Ready."""

    @property
    def counts(self) -> bool:
        """Is it more than possible? What is only possible counts where history proves it."""
        return self.certainty is not Certainty.POSSIBLE

    @property
    def id(self) -> str:
        """Stable across commits: what fails to find what, by which rule, in which cluster."""
        cluster = f"{self.cluster}:" if self.cluster else ""
        return f"{cluster}{self.rule}:{self.subject}:{self.reference}"


def concerns(finding: Finding, name: str) -> bool:
    """Is a finding of, or for want of, what a typed name means?"""
    return is_meant(str(finding.subject), name) or is_meant(str(finding.reference), name)
