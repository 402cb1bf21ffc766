"""Short names for clusters: the part of each path that tells it from the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bisectops.git.objects import RepoPath

_COMMONPLACE = frozenset(
    (
        *("k8s", "kubernetes", "kube", "cluster", "clusters", "flux", "flux2", "flux-system", "gitops"),
        *("deploy", "deployment", "deployments", "apps", "config", "sync", "infrastructure", "manifests"),
        *("environments", "envs", "env", "base", "src", "entrypoint"),
    )
)


def labelled(paths: Sequence[RepoPath]) -> tuple[str, ...]:
    """A name for each path, stable while the path's telling part is.

    >>> labelled([RepoPath("kubernetes/main/flux"), RepoPath("clusters/prod/00"), RepoPath("k8s/flux")])
    ('main', 'prod/00', 'cluster')
    """
    names = [_telling(path) for path in paths]
    often = Counter(names)
    whole = [path if often[name] > 1 else name for path, name in zip(paths, names, strict=True)]
    return tuple(_numbered(whole))


def _telling(path: RepoPath) -> str:
    return "/".join(part for part in path.split("/") if part and part not in _COMMONPLACE) or "cluster"


def _numbered(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return numbered
