"""Keys whose value was left empty, which kustomize tells from a written `null`."""

from __future__ import annotations


class Blank(str):
    """A key with nothing behind it, as in `emptyDir:`; equal to the plain string.

    A strategic merge drops such a field and keeps one that says `null` (kyaml/yaml/merge2, VisitMap).
    In a flow mapping kustomize's own second read turns the nothing into the empty string.
    """

    __slots__ = ()
