"""What kustomize would fetch: URLs of files, and of git repositories to clone.

Facts: kustomize api/internal/loader/fileloader.go and api/internal/git/repospec.go.
"""

from __future__ import annotations

import re
from functools import lru_cache
from posixpath import normpath

_FILE = re.compile(r"https?:", re.IGNORECASE)
_SCHEMES = ("ssh://", "https://", "http://", "file://")
_USER = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*@")


def is_remote_file(path: str) -> bool:
    """Would kustomize ask a web server for this file?"""
    return _FILE.match(path) is not None and not any(character < " " for character in path)


@lru_cache(maxsize=1024)
def is_repository(path: str) -> bool:
    """Would kustomize clone a git repository for this folder?"""
    if path.startswith("/"):
        return False
    address = _without(path.partition("?")[0], "git::")
    scheme, address = _scheme(address)
    user = _USER.match(address)
    address = address[user.end() :] if user else address
    github = address.lower().startswith(("github.com/", "github.com:"))
    scp = not scheme and (user is not None or github)
    if not scheme and not scp:
        return False
    if scheme == "file://":
        return _has_repository((user.group() if user else "") + address, needs_segments=False)
    cut = _separator(address, scp)
    host, rest = (address[: cut + 1], address[cut + 1 :]) if cut >= 0 else (address, "")
    return (github or host != "") and _has_repository(rest, needs_segments=True)


def is_cloned(path: str) -> bool:
    """Would kustomize clone a repository for this, whatever a web server may answer to its URL?"""
    if " " in path or not is_repository(path):
        return False
    address = path.partition("?")[0]
    if not is_remote_file(path):
        return True
    marked = path != address or ".git" in address or "//" in address.partition("://")[2]
    return marked and not address.endswith((".yaml", ".yml", ".json"))


def _without(text: str, prefix: str) -> str:
    return text[len(prefix) :] if text[: len(prefix)].lower() == prefix else text


def _scheme(address: str) -> tuple[str, str]:
    for scheme in _SCHEMES:
        if address[: len(scheme)].lower() == scheme:
            return scheme, address[len(scheme) :]
    return "", address


def _separator(address: str, scp: bool) -> int:
    slash = address.find("/")
    colon = address.find(":") if scp else -1
    return colon if scp and (slash == -1 or 0 < colon < slash) else slash


def _has_repository(path: str, *, needs_segments: bool) -> bool:
    """Does a path hold a repository and a folder in it, by a marker or by its first two segments?"""
    if "_git/" in path:
        before, _, after = path.partition("_git/")
        name, _, folder = after.partition("/")
        repository = f"{before}_git/{name}"
    elif "//" in path:
        repository, _, folder = path.partition("//")
    elif ".git" in path:
        repository, _, folder = path.partition(".git")
        repository += ".git"
    elif needs_segments:
        segments = path.split("/")
        if len(segments) < 2:
            return False
        repository, folder = "/".join(segments[:2]), "/".join(segments[2:])
    else:
        repository, folder = path, ""
    return repository != "" and normpath(folder.lstrip("/") or ".").split("/")[0] != ".."
