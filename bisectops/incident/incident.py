"""What happened, as data: everything that an answer or a report says, and nothing about its form."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bisectops.git.objects import Commit, RepoPath
from bisectops.rules.finding import Finding


class Role(Enum):
    """A commit's part in the chain, from what it introduced, resolved and left."""

    INITIAL_CHANGE = "initial-change"
    ATTEMPTED_FIX = "attempted-fix"
    PARTIAL_FIX = "partial-fix"
    COMPLETED_PARTIAL_FIX = "completed-partial-fix"
    REGRESSION = "regression"
    FIX = "fix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One commit of the chain."""

    commit: Commit
    role: Role
    changes: tuple[str, ...]
    """What it did to the architecture, a phrase each; file and object names in backticks."""
    impact: str
    introduced: tuple[Finding, ...]
    resolved: tuple[Finding, ...]
    paths: tuple[RepoPath, ...]
    made_by: tuple[Commit, ...] = ()
    """Of a merge: the commits of its side that made the fault which it shipped."""


@dataclass(frozen=True, slots=True)
class Bystander:
    """A commit that only looks guilty, and why it is not."""

    commit: Commit
    reason: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures at the bad commit that have one reason: a rule, and one thing that is not there."""

    rule: str
    what: str
    """What is missing, without its namespace: `Secret "sops-age"`."""
    findings: tuple[Finding, ...]
    introduced_by: Commit | None
    """None where the failure is older than the range."""


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """Failures of one reason that were there when they were last judged; nobody knows of them since."""

    rule: str
    findings: tuple[Finding, ...]
    introduced_by: Commit | None
    """None where they are older than the range."""
    behind: str
    """The Kustomization that cannot be built, and had applied what fails."""
    since: Commit


@dataclass(frozen=True, slots=True)
class Symptom:
    """One error string, the objects that show it, and how often events told it."""

    message: str
    objects: tuple[str, ...]
    cascade: bool = False
    silent: bool = False
    """No controller says it, and no condition shows it."""
    older: bool = False
    """Was it there before the line that was searched?"""
    count: int | None = None
    """None where no events were given or none matches."""


class Verdict(Enum):
    """How a component of the broken setup compares with the working one."""

    SAME = "✅"
    DIFFERENT = "⚠️"
    BROKEN = "❌"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the pattern analysis."""

    component: str
    reference: str
    ours: str
    verdict: Verdict
    issue: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Real text of a file at a commit, secrets masked."""

    path: RepoPath
    line: int
    """One-based line of its first line."""
    commit: str
    """Short commit id."""
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """The working pattern held against the broken one."""

    reference: str
    """Whose pattern it is: `the last good commit` by its short id, or a reference repository's name."""
    rows: tuple[Comparison, ...]
    working: tuple[Excerpt, ...]
    broken: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A change that would repair failures, tried on the bad commit's tree in memory."""

    title: str
    explanation: str
    edits: tuple[tuple[Excerpt | None, Excerpt | None], ...]
    """FROM (None: the file is not there) and TO (None: the file goes), a pair a file."""
    resolves: int
    """How many of the failures at the bad commit are gone with it."""
    leaves: int
    verified: bool
    """The tree with the change was built and judged: what it resolves is gone and nothing new fails."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A heading with its bullets."""

    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The answer of `blame-break`."""

    repository: str
    good: Commit | None
    """The good end; None where the line starts at a root commit."""
    bad: Commit
    line: int
    """How many commits were searched."""
    roots: tuple[str, ...]
    """The cluster roots at the bad commit, a sentence each: which folder, and how it was found."""
    chain: tuple[Link, ...] = ()
    culprit: Link | None = None
    findings: tuple[Finding, ...] = ()
    """The failures at the bad commit that were asked about, or hide what was; causes only."""
    lines: dict[str, int] = field(default_factory=dict)
    """Finding id to the one-based line of its field in its file at the bad commit."""
    blocks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Finding id to the objects that it holds up."""
    cascade: tuple[Finding, ...] = ()
    causes: tuple[Cause, ...] = ()
    out_of_sight: tuple[OutOfSight, ...] = ()
    """What was asked about, failed when it was last judged, and cannot be judged at the bad commit."""
    already_broken: tuple[Finding, ...] = ()
    """Failures at the bad commit that the good end had too."""
    untestable: tuple[Bystander, ...] = ()
    """Commits that could not be judged, and why."""
    not_to_blame: tuple[Bystander, ...] = ()
    notes: tuple[str, ...] = ()
    """What the answer could not see: a shallow end, stalled Kustomizations, inputs from elsewhere."""
    subject: str = ""
    """What the report is about: "SOPS Secret Management", "OCIRepository Resolution", …"""
    problem: str = ""
    root_cause: str = ""
    symptoms: tuple[Symptom, ...] = ()
    events_given: bool = False
    pattern: Pattern | None = None
    resolutions: tuple[Resolution, ...] = ()
    learnings: tuple[Advice, ...] = ()
    prevention: tuple[Advice, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    """Path and role."""
    references: tuple[tuple[str, str], ...] = ()
    """Title and link."""
