"""Answers by key in one SQLite file: safe under parallel runs and kill -9, and never in the way.

A cache that cannot be opened, read or written is no error: the run goes on without it and says so once.
Every entry is whole or not there; a damaged file is put away and begun anew.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

FILE = "answers-1.sqlite"
_LIMIT = 256 << 20
"""Bytes kept, compressed; the entries unused for longest go first."""
_LARGEST_ANSWER = 512 << 20
_PATIENCE = 5.0
_SCHEMA = (
    "create table if not exists answers"
    " (key blob primary key, used integer not null, size integer not null, answer blob not null)"
    " without rowid",
    "create index if not exists by_use on answers (used, size)",
    "create table if not exists clock (id integer primary key check (id = 1), turn integer not null)",
    "insert or ignore into clock values (1, 0)",
)
T = TypeVar("T")


class Usage(NamedTuple):
    """What a cache holds."""

    file: Path
    entries: int
    size: int
    """Bytes of the answers, compressed."""
    limit: int


class Store:
    """A cache in a folder; every method works without one."""

    def __init__(
        self, folder: Path | None, *, warn: Callable[[str], None] = lambda _: None, limit: int = _LIMIT
    ) -> None:
        """`warn` hears, once, why the cache cannot be used. None is no cache at all."""
        self._warn = warn
        self._limit = limit
        self._file = folder / FILE if folder else None
        self._connection: sqlite3.Connection | None = None
        self._turn = 0
        if self._file is not None:
            self._open(self._file)

    def _open(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._connection = _connected(file)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                _put_away(file)
                self._connection = _connected(file)
            self._turn = self._next_turn()
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def _next_turn(self) -> int:
        """The number of this run: what is used now outlives what was used in earlier ones."""
        assert self._connection is not None
        with self._connection:
            self._connection.execute("update clock set turn = turn + 1")
        turn: int = self._connection.execute("select turn from clock").fetchone()[0]
        return turn

    def _give_up(self, error: Exception) -> None:
        self.close()
        self._warn(f"the cache {self._file} cannot be used, going on without it: {error}")

    def _tried(self, attempt: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        if self._connection is None:
            return otherwise
        try:
            return attempt(self._connection)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)
            return otherwise

    def get(self, key: bytes) -> bytes | None:
        """An answer, None where it is not known."""
        return self._tried(lambda connection: self._read(connection, key), None)

    def _read(self, connection: sqlite3.Connection, key: bytes) -> bytes | None:
        row = connection.execute("select answer, used from answers where key = ?", (key,)).fetchone()
        if row is None:
            return None
        answer = _unpacked(row[0])
        if answer is not None and row[1] != self._turn:
            with connection:
                connection.execute("update answers set used = ? where key = ?", (self._turn, key))
        return answer

    def put(self, key: bytes, answer: bytes) -> None:
        """Remember an answer."""
        packed = zlib.compress(answer, 6)
        if len(packed) <= self._limit // 4:
            self._tried(lambda connection: self._write(connection, key, packed), None)

    def _write(self, connection: sqlite3.Connection, key: bytes, packed: bytes) -> None:
        with connection:
            row = (key, self._turn, len(packed), packed)
            connection.execute("insert or replace into answers values (?, ?, ?, ?)", row)
            total = connection.execute("select coalesce(sum(size), 0) from answers").fetchone()[0]
            if total > self._limit:
                self._shrink(connection, total - self._limit * 3 // 4)

    def _shrink(self, connection: sqlite3.Connection, excess: int) -> None:
        for key, size in connection.execute("select key, size from answers order by used").fetchall():
            if excess <= 0:
                return
            connection.execute("delete from answers where key = ?", (key,))
            excess -= size

    def usage(self) -> Usage | None:
        """What is held; None without a cache."""
        counted = "select count(*), coalesce(sum(size), 0) from answers"
        found = self._tried(lambda connection: connection.execute(counted).fetchone(), None)
        return Usage(self._file, found[0], found[1], self._limit) if found and self._file else None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def clear(folder: Path) -> int:
    """Delete the cache's own files in a folder; the bytes that were freed. Raises OSError."""
    freed = 0
    for file in sorted(folder.glob("answers-*.sqlite*")):
        freed += file.stat().st_size
        file.unlink()
    return freed


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_PATIENCE)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        with connection:
            for statement in _SCHEMA:
                connection.execute(statement)
        with closing(connection.execute("pragma quick_check(1)")) as checked:
            if checked.fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("database disk image is malformed")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _put_away(file: Path) -> None:
    """Take a damaged cache out of the way: whoever has it open keeps what they have."""
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _unpacked(packed: bytes) -> bytes | None:
    """An answer's bytes; None for what is damaged or would fill the memory."""
    unpacking = zlib.decompressobj()
    try:
        answer = unpacking.decompress(packed, _LARGEST_ANSWER)
    except zlib.error:
        return None
    return answer if unpacking.eof else None
