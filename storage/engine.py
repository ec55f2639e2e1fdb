"""The database file: how it is connected to, read, written, watched and copied.

Everything that only SQLite understands is in this module. Readers see one snapshot for as long as
their transaction lasts; writers BEGIN IMMEDIATE, because a transaction that reads first and writes
later fails at once with SQLITE_BUSY_SNAPSHOT when another process wrote in between.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.errors import StoreError

BUSY_SECONDS = 30


class Database:
    """One database, for any number of threads."""

    def __init__(self, path: Path, *, foreign_keys: bool = True) -> None:
        self.path = path
        self._engine = _engine(path, foreign_keys)
        self._writer = self._engine.execution_options(immediate=True)
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises StoreError."""
        with translated_errors(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes during; an exception undoes it. Raises StoreError."""
        with translated_errors(self.path), self._writer.begin() as connection:
            yield connection

    def version(self) -> int:
        """A number that changes with every commit of any connection in any process."""
        with translated_errors(self.path), self._watch_lock:
            if self._watch is None:  # the number means something within one connection only
                self._watch = _connect(self.path, check_same_thread=False)
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()


class FileState(NamedTuple):
    """``version`` is the schema's, "" for a file without tables. ``wal`` is whether readers and writers can overlap."""

    version: str
    wal: bool


def inspect(path: Path) -> FileState:
    """What stands in the file. Raises StoreError if it is no history."""
    if not path.exists() or path.stat().st_size == 0:
        return FileState("", wal=False)
    with translated_errors(path), closing(_connect(path)) as connection:
        wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            return FileState("", wal)
        if "alembic_version" not in tables or "runs" not in tables:
            raise StoreError(f"{path} is the database of another program. Nothing was changed.")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return FileState(str(row[0]) if row else "", wal)


def enable_wal(path: Path) -> None:
    """Let readers and writers of the file overlap, from now on and for everybody."""
    with translated_errors(path), closing(_connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def copy(source: Path, target: Path) -> None:
    """Copy a database as one consistent state, whoever uses it meanwhile. Raises StoreError."""
    with (
        translated_errors(source),
        closing(_connect(source)) as original,
        closing(_connect(target)) as duplicate,
    ):
        original.backup(duplicate)


def broken_references(connection: Connection) -> int:
    """How many rows refer to a row that is not there."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_explanation(path, error.orig or error)) from error
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
        raise StoreError(_explanation(path, error)) from error


def _explanation(path: Path, error: BaseException) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return (
            f"{path} is no database, or it is damaged. Nothing was changed. "
            "Move it away to start a new history, or put a copy from the folder backups in its place."
        )
    if "locked" in text:
        return f"{path} has been in use by another program for {BUSY_SECONDS} s. Try again later."
    if "readonly" in text or "unable to open" in text:
        return f"{path} cannot be written. See that the folder and the file belong to you."
    if "full" in text or "No space" in text:
        return f"{path} cannot grow: the disk is full."
    return f"{path} cannot be used: {text}"


def _connect(path: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=check_same_thread
    )


def _engine(path: Path, foreign_keys: bool) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        max_overflow=-1,  # a thread never waits for another one's connection
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is deferred and comes too late
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
