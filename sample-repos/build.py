"""Make a sample repository from its plain text: `python sample-repos/build.py NAME DEST`.

A sample is a folder with `story.md` and numbered folders, `001-import-the-cluster` and so on: one
commit each, in order. `commit.toml` says who, when and why; every other file of the folder is a file
that the commit adds or changes, as it stands in the repository. `README.md` beside this script
describes the format. The commit ids depend on that text alone.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

SAMPLES = Path(__file__).resolve().parent
COMMIT_FILE = "commit.toml"
EXPECTED = "expected"
"""A sample's folder of expected answers, no commit."""
NUMBERED = re.compile(r"\d{3}-[a-z0-9][a-z0-9-]*")
AUTHOR = re.compile(r"[^<>\n]+ <[^<>\s]+>")
VERSION = re.compile(r"v?\d+(?:\.\d+)*")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}")
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

COMMIT_KEYS = frozenset(
    {"message", "author", "date", "branch", "from", "merge", "reverts", "tags", "delete", "move", "replace"}
)
BOTS_KEYS = frozenset({"message", "author", "branch", "tags", "bots"})
RUN_KEYS = frozenset({"count", "start", "every", "bumps"})
BUMP_KEYS = frozenset({"name", "path", "paths", "after"})

Table = Mapping[str, Any]
Tree = dict[str, bytes]


class SampleError(Exception):
    """The sample's text, or the request, is not usable; the sentence says where."""


class Built(NamedTuple):
    """One commit of a built repository, and the folder that it was made from."""

    oid: str
    folder: str
    branch: str
    date: datetime
    subject: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit before it has an id: parents and the reverted commit are positions in the history."""

    folder: str
    branch: str
    parents: tuple[int, ...]
    author: str
    date: datetime
    message: str
    tree: Tree
    reverts: int | None
    tags: tuple[str, ...] = ()


# -- the door ---------------------------------------------------------------------------------------


def names() -> list[str]:
    """The samples that can be built, in alphabetical order."""
    return sorted(story.parent.name for story in SAMPLES.glob("*/story.md"))


def build(name: str, dest: Path) -> list[Built]:
    """Make the sample's git repository at `dest`, HEAD on main, and list its commits, oldest first.

    It is made beside `dest` and moved there when whole: an error leaves nothing behind.
    """
    if name not in names():
        raise SampleError(f"no sample is called '{name}'; there are: {', '.join(names())}")
    return build_folder(SAMPLES / name, dest)


def build_folder(sample: Path, dest: Path) -> list[Built]:
    """Make a repository from any folder in the samples' format, as `build` does for a named one."""
    if dest.is_symlink() or (dest.exists() and not (dest.is_dir() and not any(dest.iterdir()))):
        raise SampleError(f"{dest} exists and is not an empty folder; name another place")
    commits, dest = read_history(sample), dest.absolute()
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{dest.name}-", dir=dest.parent) as scratch:
        repository = Path(scratch) / "repository"
        oids = _import(commits, repository)
        _git("reset", "--quiet", "--hard", "refs/heads/main", cwd=repository)
        repository.rename(dest)
    return [
        Built(oid, commit.folder, commit.branch, commit.date, commit.message.splitlines()[0])
        for oid, commit in zip(oids, commits, strict=True)
    ]


# -- the history, from the sample's text ------------------------------------------------------------


def read_history(sample: Path) -> list[Commit]:
    """Every commit of the sample with its whole tree, oldest first."""
    history: list[Commit] = []
    for folder in _numbered_folders(sample):
        try:
            _append(history, folder)
        except SampleError as error:
            raise SampleError(f"{sample.name}/{folder.name}: {error}") from None
    if not any(commit.branch == "main" for commit in history):
        raise SampleError(f"{sample.name}: no commit is on the branch main")
    return history


def _numbered_folders(sample: Path) -> list[Path]:
    entries = sorted(entry for entry in sample.iterdir() if entry.is_dir() and entry.name != EXPECTED)
    for before, entry in zip([None, *entries], entries, strict=False):
        if not NUMBERED.fullmatch(entry.name):
            raise SampleError(f"{sample.name}/{entry.name}: a commit's folder is called NNN-some-words")
        if before is not None and before.name[:3] == entry.name[:3]:
            raise SampleError(f"{sample.name}: {before.name} and {entry.name} share a number")
    return entries


def _append(history: list[Commit], folder: Path) -> None:
    table = _load(folder / COMMIT_FILE)
    overlay = _overlay(folder)
    if "bots" in table:
        _known(table, BOTS_KEYS, COMMIT_FILE)
        if overlay:
            raise SampleError(f"a run of bots brings no files of its own, and {min(overlay)} is there")
        history.extend(list(_bot_commits(history, folder.name, table)))
    else:
        _known(table, COMMIT_KEYS, COMMIT_FILE)
        history.append(_commit(history, folder.name, table, overlay))


def _commit(history: Sequence[Commit], folder: str, table: Table, overlay: Tree) -> Commit:
    parents, branch = _parents(history, table), _branch(table)
    before = history[parents[0]].tree if parents else {}
    reverted = _position(history, _text(table, "reverts")) if "reverts" in table else None
    tree = _merged(history, parents) if len(parents) > 1 else dict(before)
    if reverted is not None:
        tree = _undone(history, reverted, tree)
    tree = _edited(tree, table, overlay)
    if tree == before and len(parents) < 2:
        raise SampleError("the commit changes nothing")
    commit = Commit(
        folder=folder,
        branch=branch,
        parents=parents,
        author=_author(table),
        date=_date(table, "date"),
        message=_message(table, history[reverted] if reverted is not None else None),
        tree=tree,
        reverts=reverted,
        tags=_tags(table),
    )
    _check_dates(history, commit)
    _check_paths(tree)
    return commit


def _check_dates(history: Sequence[Commit], commit: Commit) -> None:
    for parent in commit.parents:
        if commit.date < history[parent].date:
            raise SampleError(f"{commit.date} is before its parent {history[parent].folder}")


def _check_paths(tree: Tree) -> None:
    for path in tree:
        for folder in PurePosixPath(path).parents:
            if str(folder) in tree:
                raise SampleError(f"{folder} is both a file and a folder")


def _parents(history: Sequence[Commit], table: Table) -> tuple[int, ...]:
    branch = _branch(table)
    grown = any(commit.branch == branch for commit in history)
    if grown and "from" in table:
        raise SampleError(f"'from' starts a branch, and {branch} has commits already")
    if not history:
        return ()
    if not grown and "from" not in table:
        raise SampleError(f"the first commit of {branch} says where it starts: 'from'")
    first = _position(history, branch if grown else _text(table, "from"))
    return (first, _position(history, _text(table, "merge"))) if "merge" in table else (first,)


def _position(history: Sequence[Commit], name: str) -> int:
    """The newest commit of a branch, or the (last) commit made from a folder."""
    for position in range(len(history) - 1, -1, -1):
        if name in (history[position].branch, history[position].folder):
            return position
    raise SampleError(f"no earlier commit and no branch is called '{name}'")


def _ancestors(history: Sequence[Commit], tip: int) -> set[int]:
    seen: set[int] = set()
    waiting = [tip]
    while waiting:
        position = waiting.pop()
        if position not in seen:
            seen.add(position)
            waiting.extend(history[position].parents)
    return seen


def _merged(history: Sequence[Commit], parents: tuple[int, ...]) -> Tree:
    """Ours, with every file that theirs changed since the newest common ancestor."""
    ours, theirs = parents
    shared = _ancestors(history, ours) & _ancestors(history, theirs)
    if theirs in shared or not shared:
        raise SampleError(f"{history[theirs].branch} has nothing to merge")
    base = history[max(shared)].tree
    return _carried(base, history[theirs].tree, history[ours].tree, "is changed on both sides of the merge")


def _undone(history: Sequence[Commit], reverted: int, tree: Tree) -> Tree:
    parents = history[reverted].parents
    if not parents:
        raise SampleError("the first commit cannot be reverted")
    before = history[parents[0]].tree
    return _carried(history[reverted].tree, before, tree, f"was changed since {history[reverted].folder}")


def _carried(base: Tree, theirs: Tree, ours: Tree, conflict: str) -> Tree:
    """`ours` after the step from `base` to `theirs`, file by file."""
    tree = dict(ours)
    for path in sorted(base.keys() | theirs.keys()):
        old, new = base.get(path), theirs.get(path)
        if old == new or ours.get(path) == new:
            continue
        if ours.get(path) != old:
            raise SampleError(f"{path} {conflict}")
        _put(tree, path, new)
    return tree


def _put(tree: Tree, path: str, content: bytes | None) -> None:
    if content is None:
        del tree[path]
    else:
        tree[path] = content


# -- edits ------------------------------------------------------------------------------------------


def _edited(tree: Tree, table: Table, overlay: Tree) -> Tree:
    """The tree after the commit's moves, deletions, replacements and files, in this order."""
    for entry in _tables(table, "move", frozenset({"from", "to"})):
        tree = _moved(tree, _path(_text(entry, "from")), _path(_text(entry, "to")))
    for name in _texts(table, "delete"):
        tree = {path: content for path, content in tree.items() if path not in _under(tree, _path(name))}
    for entry in _tables(table, "replace", frozenset({"path", "paths", "from", "to"})):
        for path in _paths(entry):
            tree = tree | {path: _replaced(tree, path, entry)}
    for path, content in overlay.items():
        if tree.get(path) == content:
            raise SampleError(f"{path} stands already as it is here")
    return tree | overlay


def _under(tree: Tree, name: str) -> set[str]:
    found = {path for path in tree if path == name or path.startswith(f"{name}/")}
    if not found:
        raise SampleError(f"there is no {name} to move or delete")
    return found


def _moved(tree: Tree, source: str, target: str) -> Tree:
    leaving = _under(tree, source)
    staying = {path: content for path, content in tree.items() if path not in leaving}
    arriving = {target + path.removeprefix(source): tree[path] for path in leaving}
    if taken := staying.keys() & arriving.keys():
        raise SampleError(f"{min(taken)} is there already")
    return staying | arriving


def _replaced(tree: Tree, path: str, entry: Table) -> bytes:
    text, old, new = _standing(tree, path), _text(entry, "from"), _text(entry, "to", may_be_empty=True)
    if text.count(old) != 1:
        raise SampleError(f"{path} holds {old!r} {text.count(old)} times, not once")
    return text.replace(old, new).encode()


def _standing(tree: Tree, path: str) -> str:
    if path not in tree:
        raise SampleError(f"there is no {path} to change")
    return tree[path].decode()


# -- runs of bot commits ----------------------------------------------------------------------------


def _bot_commits(history: Sequence[Commit], folder: str, table: Table) -> Iterator[Commit]:
    """`count` commits, `every` so long from `start`, each raising the next bump's version by one."""
    run = _run(table)
    step, count, first = _duration(_text(run, "every")), _count(run), len(history)
    commit = _before_the_run(history, folder, table)
    for number, bump in enumerate(itertools.islice(itertools.cycle(_bumps(run)), count)):
        tree, words = _bumped(commit.tree, bump)
        commit = replace(
            commit,
            parents=(first + number - 1,) if number else commit.parents,
            date=commit.date + step if number else commit.date,
            message=_filled(_text(table, "message"), words),
            tree=tree,
            tags=_tags(table) if number == count - 1 else (),
        )
        yield commit


def _before_the_run(history: Sequence[Commit], folder: str, table: Table) -> Commit:
    parent = _position(history, _branch(table))
    commit = Commit(
        folder=folder,
        branch=_branch(table),
        parents=(parent,),
        author=_author(table),
        date=_date(table["bots"], "start"),
        message="",
        tree=history[parent].tree,
        reverts=None,
    )
    _check_dates(history, commit)
    return commit


def _run(table: Table) -> Table:
    run = table["bots"]
    if not isinstance(run, dict):
        raise SampleError("'bots' is a table")
    _known(run, RUN_KEYS, "bots")
    return run


def _filled(template: str, words: Mapping[str, str]) -> str:
    try:
        return template.format(**words).strip() + "\n"
    except (KeyError, IndexError, ValueError):
        raise SampleError(f"'message' can name {', '.join(f'{{{word}}}' for word in words)} only") from None


def _bumps(run: Table) -> list[Table]:
    bumps = list(_tables(run, "bumps", BUMP_KEYS))
    if not bumps:
        raise SampleError("'bots' names no bumps")
    return bumps


def _bumped(tree: Tree, bump: Table) -> tuple[Tree, dict[str, str]]:
    name, after = _text(bump, "name"), _text(bump, "after")
    old = new = ""
    for path in _paths(bump):
        text = _standing(tree, path)
        match = VERSION.match(text, text.find(after) + len(after)) if text.count(after) == 1 else None
        if match is None:
            raise SampleError(f"{path} does not hold {after!r} once, with a version behind it")
        old, new = match[0], _next(match[0])
        rest = DIGEST.sub(f"@sha256:{_digest(name, new)}", text[match.end() :], count=1)
        tree = tree | {path: (text[: match.start()] + new + rest).encode()}
    return tree, {"name": name, "old": old, "new": new}


def _next(version: str) -> str:
    head, last = re.fullmatch(r"(.*?)(\d+)", version).groups()  # type: ignore[union-attr]
    return f"{head}{int(last) + 1}"


def _digest(name: str, version: str) -> str:
    return hashlib.sha256(f"{name}:{version}".encode()).hexdigest()


# -- readers of the text ----------------------------------------------------------------------------


def _load(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SampleError(f"there is no {path.name}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SampleError(f"{path.name}: {error}") from None


def _overlay(folder: Path) -> Tree:
    overlay: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise SampleError(f"{name} is a symbolic link; overlays hold plain files")
        if path.is_file() and name != COMMIT_FILE:
            overlay[_path(name)] = _plain_text(path, name)
    return overlay


def _plain_text(path: Path, name: str) -> bytes:
    content = path.read_bytes()
    try:
        content.decode()
    except UnicodeDecodeError:
        raise SampleError(f"{name} is not UTF-8 text") from None
    return content


def _known(table: Table, keys: frozenset[str], where: str) -> None:
    if unknown := table.keys() - keys:
        raise SampleError(f"{where} does not know '{min(unknown)}'; it knows {', '.join(sorted(keys))}")


def _text(table: Table, key: str, *, may_be_empty: bool = False) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not (value or may_be_empty):
        raise SampleError(f"'{key}' is a text that has to be given")
    return value


def _texts(table: Table, key: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise SampleError(f"'{key}' is a list of texts")
    return value


def _tables(table: Table, key: str, keys: frozenset[str]) -> Iterator[Table]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SampleError(f"'{key}' is a list of tables")
    for entry in entries:
        _known(entry, keys, f"'{key}'")
        yield entry


def _paths(entry: Table) -> list[str]:
    if ("path" in entry) == ("paths" in entry):
        raise SampleError("an entry names one 'path', or several as 'paths'")
    return [_path(name) for name in (_texts(entry, "paths") if "paths" in entry else [_text(entry, "path")])]


def _path(name: str) -> str:
    parts = name.split("/")
    if not name.isprintable() or '"' in name or "\\" in name or {"", ".", "..", ".git"} & set(parts):
        raise SampleError(f"{name!r} is no path of a file in the repository")
    return name


def _branch(table: Table) -> str:
    return _ref(_text(table, "branch")) if "branch" in table else "main"


def _tags(table: Table) -> tuple[str, ...]:
    return tuple(_ref(tag) for tag in _texts(table, "tags"))


def _ref(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:[-/][a-z0-9]+)*", name):
        raise SampleError(f"'{name}' is no name for a branch or a tag here")
    return name


def _author(table: Table) -> str:
    if not AUTHOR.fullmatch(_text(table, "author")):
        raise SampleError("'author' reads like: Name <name@example.net>")
    return _text(table, "author")


def _date(table: Table, key: str) -> datetime:
    value = table.get(key)
    if not isinstance(value, datetime) or value.tzinfo is None or value.microsecond:
        raise SampleError(f"'{key}' is a time with its offset: 2025-07-19T15:19:36+02:00")
    return value


def _count(run: Table) -> int:
    value = run.get("count")
    if not isinstance(value, int) or not 1 <= value <= 1000:
        raise SampleError("'count' is a number from 1 to 1000")
    return value


def _duration(text: str) -> timedelta:
    match = DURATION.fullmatch(text)
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise SampleError(f"'{text}' is no duration such as 6h37m")
    return duration


def _message(table: Table, reverted: Commit | None) -> str:
    if reverted is not None and "message" not in table:
        merge = ", reversing\nchanges made to {merged-into}" if len(reverted.parents) > 1 else ""
        return f'Revert "{reverted.message.splitlines()[0]}"\n\nThis reverts commit {{reverted}}{merge}.\n'
    return _text(table, "message").strip() + "\n"


# -- git --------------------------------------------------------------------------------------------


def _import(commits: Sequence[Commit], repository: Path) -> list[str]:
    """Write the history through one `git fast-import`; the answer is each commit's id."""
    _git("init", "--quiet", "--template=", str(repository), cwd=repository.parent)
    _git("symbolic-ref", "HEAD", "refs/heads/main", cwd=repository)
    with tempfile.TemporaryFile() as complaints:
        try:
            oids, status = _fast_import(commits, repository, complaints)
        except BrokenPipeError:
            oids, status = [], 1
        if status:
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise SampleError(f"git fast-import: {said[0]}")
    return oids


def _fast_import(commits: Sequence[Commit], repository: Path, complaints: IO[bytes]) -> tuple[list[str], int]:
    oids: list[str] = []
    with subprocess.Popen(
        ["git", "fast-import", "--quiet", "--date-format=raw", "--done"],
        cwd=repository,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
    ) as process:
        assert process.stdin, "a pipe was asked for"
        assert process.stdout, "a pipe was asked for"
        while len(oids) < len(commits):
            process.stdin.write(b"".join(_stream(commits, oids)))
            process.stdin.flush()
            oids.append(process.stdout.readline().decode().strip())
        process.stdin.write(b"done\n")
        process.stdin.close()
    return oids, process.returncode


def _stream(commits: Sequence[Commit], oids: Sequence[str]) -> Iterator[bytes]:
    """The next commit, after those that have their ids, and a question for its own."""
    position = len(oids)
    commit = commits[position]
    person = f"{commit.author} {int(commit.date.timestamp())} {commit.date:%z}"
    message = _with_ids(commit, commits, oids).encode()
    yield f"commit refs/heads/{commit.branch}\nmark :{position + 1}\n".encode()
    yield f"author {person}\ncommitter {person}\ndata {len(message)}\n".encode() + message + b"\n"
    for word, parent in zip(["from", "merge"], commit.parents, strict=False):
        yield f"{word} :{parent + 1}\n".encode()
    yield from _changes(commits[commit.parents[0]].tree if commit.parents else {}, commit.tree)
    for tag in commit.tags:
        yield f"reset refs/tags/{tag}\nfrom :{position + 1}\n\n".encode()
    yield f"get-mark :{position + 1}\n".encode()


def _with_ids(commit: Commit, commits: Sequence[Commit], oids: Sequence[str]) -> str:
    if commit.reverts is None:
        return commit.message
    merged_into = oids[commits[commit.reverts].parents[0]]
    return commit.message.replace("{reverted}", oids[commit.reverts]).replace("{merged-into}", merged_into)


def _changes(before: Tree, after: Tree) -> Iterator[bytes]:
    for path in sorted(before.keys() - after.keys()):
        yield f"D {path}\n".encode()
    for path in sorted(after):
        if before.get(path) != after[path]:
            yield f"M 100644 inline {path}\ndata {len(after[path])}\n".encode() + after[path] + b"\n"


def _git(*arguments: str, cwd: Path) -> None:
    try:
        subprocess.run(
            ["git", *arguments], cwd=cwd, env=_environment(), check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise SampleError("git is not installed, or not on the PATH") from None
    except subprocess.CalledProcessError as error:
        raise SampleError(f"git {arguments[0]}: {error.stderr.strip()}") from None


def _environment() -> dict[str, str]:
    """The caller's environment without anything that makes git behave otherwise."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DEFAULT_HASH": "sha1",
        "HOME": os.devnull,
        "LC_ALL": "C",
        "XDG_CONFIG_HOME": os.devnull,
    }


# -- the command ------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the sample that the command line names; 0 when it stands, 1 with a sentence if not."""
    parser = argparse.ArgumentParser(prog="build.py", description="Make a sample git repository.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of: " + ", ".join(names()))
    parser.add_argument("dest", nargs="?", metavar="DEST", type=Path, help="a new or empty folder")
    parser.add_argument(
        "--list", action="store_true", help="print the commits that were made; without NAME, the samples"
    )
    asked = parser.parse_args(arguments)
    if asked.name is None and asked.list:
        print("\n".join(names()))
        return 0
    if asked.name is None or asked.dest is None:
        parser.error("NAME and DEST are needed; --list alone prints the samples")
    try:
        built = build(asked.name, asked.dest)
    except (SampleError, OSError) as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    if asked.list:
        print("\n".join(_lines(built)))
    return 0


def _lines(built: Iterable[Built]) -> Iterator[str]:
    for commit in built:
        yield f"{commit.oid} {commit.date.isoformat()} {commit.branch} {commit.folder}: {commit.subject}"


if __name__ == "__main__":
    raise SystemExit(main())
