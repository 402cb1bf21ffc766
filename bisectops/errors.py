"""Every exception of bisectops, on one screen.

A fault in the repository under study is data (`Broken`, a finding); a fault in the request is one
of these; a fault in bisectops itself is an assertion. Exit statuses follow git: 128 fatal, 129 usage.
"""

from __future__ import annotations

from typing import ClassVar


class BisectopsError(Exception):
    """An expected failure: one clear sentence, and what to do next in `hint`.

    It names where (commit, path, line), never a document's contents: those may hold secrets.
    """

    exit_status: ClassVar[int] = 128

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(BisectopsError):
    """What was asked for is not well-formed; the status is git's for wrong usage."""

    exit_status = 129


class RepositoryError(BisectopsError):
    """The repository cannot give what was asked: not a repository, no such revision, a damaged object."""


class UnknownRevision(RepositoryError):
    """`git rev-parse` would not resolve this revision to a commit."""


class UnrelatedRange(RepositoryError):
    """The good end is no ancestor of the bad end on the commit line that is searched."""


class MissingObject(RepositoryError):
    """An object that a commit names is not in the object store."""


class NoClusterRoot(RepositoryError):
    """No folder of the commit starts a reconciliation, and none was named with --cluster."""


class BuildError(BisectopsError):
    """A kustomize build fails, in words an operator recognises from kustomize; becomes `Broken`."""


class YamlError(BuildError):
    """Text that kustomize's YAML parser refuses; the message carries the line as go-yaml prints it."""


class Unsupported(BuildError):
    """What only a network or a plugin could build: a remote base, a Helm chart, an exec function."""
