"""The database file: how it is connected to, read, written, watched and copied.

Everything that only SQLite understands is in this module. Readers see one snapshot for as long as
their transaction lasts; writers BEGIN IMMEDIATE, because a transaction that reads first and writes
later fails at once with SQLITE_BUSY_SNAPSHOT when another process wrote in between.

SQLite goes on with a file that was deleted or replaced, and everything that it then writes is lost without a
word. So each connection remembers which file it opened, and each transaction looks whether that is still the one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import NamedTuple, cast
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.errors import StoreError, VanishedDatabase
from storage.identity import Identity, file_identity

BUSY_SECONDS = 30
_SWAP_SECONDS = 1
_LITTLE_SPACE = 256 * 1024
"""With so few bytes free, an error of input or output is taken for a full disk."""


class Database:
    """One database, for any number of threads.

    Every method raises VanishedDatabase where the file is gone. Where another file is in its place, it goes on with that one.
    """

    def __init__(self, path: Path, *, foreign_keys: bool = True) -> None:
        self.path = path
        self._engine = _engine(path, foreign_keys)
        self._writer = self._engine.execution_options(immediate=True)
        self._watch: _Link | None = None
        self._watch_lock = Lock()
        self._version_base = self._version = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database. Raises StoreError."""
        with translated_errors(self.path), self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else writes during; an exception undoes it. Raises StoreError."""
        with translated_errors(self.path):
            with self._transaction(self._writer) as connection:
                link = _link(connection)
                yield connection
            if link.identity != _present(self.path):
                raise StoreError(f"{self.path} was replaced while it was written. Do it again.")

    def version(self) -> int:
        """A number that grows with every commit of any connection in any process, and when the file is replaced."""
        with translated_errors(self.path), self._watch_lock:
            if self._watch is not None and self._watch.identity != _present(self.path):
                self._watch.retire()
                self._watch, self._version_base = None, self._version
            if self._watch is None:  # SQLite's number means something within one connection only
                self._watch = _connect(self.path)
            found = self._watch.execute("PRAGMA data_version").fetchone()[0]
            self._version = self._version_base + int(found)
            return self._version

    def close(self) -> None:
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        connection = self._begun(engine)
        with connection:
            transaction = cast("RootTransaction", connection.get_transaction())
            with transaction:
                yield connection

    def _begun(self, engine: Engine) -> Connection:
        """A connection to the file that is there now, in a transaction. Each one to another file is closed."""
        while True:
            connection = engine.connect()
            try:
                connection.begin()
                link = _link(connection)
                if link.identity == _present(self.path):
                    return connection
                link.retire()
                connection.invalidate()
                connection.close()
            except BaseException:
                connection.close()
                raise


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


def create(path: Path) -> None:
    """Make the file, private to its user and for overlapping readers and writers, unless it is there. Raises StoreError."""
    with translated_errors(path):
        path.touch(mode=0o600)
        with closing(_connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def copy(source: Path, target: Path) -> None:
    """Copy a database as one consistent state, whoever uses it meanwhile. Raises StoreError."""
    with translated_errors(source), closing(_connect(source)) as original:
        with translated_errors(target):
            target.touch(mode=0o600)
        with closing(_connect(target)) as duplicate:
            try:
                original.backup(duplicate)
            except sqlite3.Error as error:
                at_fault = source if _code(error) in _DAMAGED else target
                raise StoreError(_explanation(at_fault, error)) from error


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep everybody else from writing; reading and copying go on. Raises StoreError."""
    with translated_errors(path), closing(_connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def put_in_place(new: Path, path: Path) -> None:
    """Let a finished database take the place of another one, which is lost. Raises StoreError.

    Whoever waits to write to the old one meanwhile must be held; see `held`.
    """
    aside = _aside(path)
    with translated_errors(path):
        if path.exists():
            os.replace(
                path, aside
            )  # nobody opens the new one while the old one's files are beside it
        for old in sidecars(path):
            old.unlink(missing_ok=True)
        os.replace(new, path)
        aside.unlink(missing_ok=True)


def damage(path: Path) -> list[str]:
    """What SQLite finds wrong with the file, a sentence each, at most 100; empty if it is sound. Raises StoreError."""
    with translated_errors(path), closing(_connect(path)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    lines = [line for text in found for line in text.splitlines() if not line.startswith("***")]
    return [] if lines == ["ok"] else lines[:100]


def sidecars(path: Path) -> tuple[Path, Path]:
    """The files beside a database in use: what was written last, and its index."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def broken_references(connection: Connection) -> int:
    """How many rows refer to a row that is not there."""
    return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _translated(path, error.orig or error) from error
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
        raise _translated(path, error) from error


_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DENIED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_DENIED_ERRNO = (EACCES, EPERM, EROFS)
_SHARING_VIOLATION = 32
"""How Windows says that a file cannot be moved or deleted while somebody has it open."""


def _translated(path: Path, error: BaseException) -> StoreError:
    if _code(error) in _DENIED and file_identity(path) is None:
        return VanishedDatabase(_gone(path))
    return StoreError(_explanation(path, error))


def _explanation(path: Path, error: BaseException) -> str:
    code, number = _code(error), getattr(error, "errno", None)
    if code in _DAMAGED:
        return (
            f"{path} is no database, or it is damaged. Nothing was changed. `twinbench rebuild` makes it "
            "again from the run folders; copies of it are in the folder backups."
        )
    if code in _BUSY:
        return f"{path} has been in use by another program for {BUSY_SECONDS} s. Try again later."
    if getattr(error, "winerror", None) == _SHARING_VIOLATION:
        return f"{path} is in use by another program. Close what uses this home, and try again."
    if code in _DENIED or number in _DENIED_ERRNO:
        return f"{path} cannot be written. See that the folder and the file belong to you."
    if code == sqlite3.SQLITE_FULL or number in (ENOSPC, EDQUOT) or _is_full(path, code):
        return f"{path} cannot grow: the disk is full. Make space on it, and it goes on."
    name = getattr(error, "sqlite_errorname", "")
    return f"{path} cannot be used: {error}{f' ({name})' if name else ''}"


def _code(error: BaseException) -> int | None:
    """SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_full(path: Path, code: int | None) -> bool:
    """Whether an error of input or output comes from want of space: SQLite tells so only for some of its files."""
    try:
        return code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < _LITTLE_SPACE
    except OSError:
        return False


def _gone(path: Path) -> str:
    return (
        f"{path} is gone: it was moved or deleted. Put it back, or a copy from the folder backups in its place, or let "
        "`twinbench rebuild` make it again from the run folders."
    )


def _present(path: Path) -> Identity:
    """Raises VanishedDatabase. Waits a moment where another one is just being put in place."""
    deadline = monotonic() + _SWAP_SECONDS
    while (found := file_identity(path)) is None:
        swapping = _aside(path).exists()
        if found := file_identity(path):
            break
        if not swapping or monotonic() > deadline:
            raise VanishedDatabase(_gone(path))
        sleep(0.005)
    return found


def _aside(path: Path) -> Path:
    """Where a database stands that is just being replaced."""
    return path.with_name(f"{path.name}.old")


class _Link(sqlite3.Connection):
    """A connection that knows which file it opened, and which one beside it has what was written last."""

    identity: Identity | None = None
    log: Identity | None = None

    def close(self) -> None:
        self.log = None
        super().close()

    def retire(self) -> None:
        """End a connection to a file in whose place there is another one now.

        What was written last is put into the old file, which may have been moved elsewhere.
        """
        with suppress(sqlite3.Error):
            self.rollback()
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()


_links: WeakSet[_Link] = WeakSet()
_connecting = Lock()
"""Two connections of a process that opened different databases of one name must not meet in the files beside it."""


def _connect(path: Path) -> _Link:
    """Connect to a file that is there, for any thread. Raises VanishedDatabase, sqlite3.Error or OSError."""
    with _connecting:
        while True:
            identity = _present(path)
            _remove_leftovers(path, identity)
            try:
                link = _opened(path)
            except sqlite3.Error:
                if identity == file_identity(path):
                    raise
                continue
            if identity == file_identity(path):
                link.identity, link.log = identity, file_identity(sidecars(path)[0])
                _links.add(link)
                return link
            link.close()


def _remove_leftovers(path: Path, identity: Identity) -> None:
    """Remove what a database left beside it that was replaced: SQLite would take it for part of the new one."""
    log, index = sidecars(path)
    found = file_identity(log)
    if found and any(link.log == found and link.identity != identity for link in _links):
        log.unlink()
        index.unlink(missing_ok=True)


def _opened(path: Path) -> _Link:
    address = f"{path.absolute().as_uri()}?mode=rw"  # by a path alone, SQLite makes an empty file
    link = sqlite3.connect(
        address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=_Link
    )  # fmt: skip
    try:
        link.execute("PRAGMA schema_version")  # opens the files beside it, too
    except BaseException:
        link.close()
        raise
    return link


def _link(connection: Connection) -> _Link:
    return cast("_Link", connection.connection.dbapi_connection)


def _casefold(text: str | None) -> str | None:
    """SQLite's own functions know the small letters of ASCII only."""
    return None if text is None else text.casefold()


def _engine(path: Path, foreign_keys: bool) -> Engine:
    def connected() -> _Link:
        link = _connect(path)
        link.execute("PRAGMA synchronous = NORMAL")
        link.create_function("casefold", 1, _casefold, deterministic=True)
        link.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        return link

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=connected,
        max_overflow=-1,  # a thread never waits for another one's connection
    )

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
