"""Bring a home's database to this program's schema, or say why that cannot be.

What an up-to-date database needs is one look into the file; Alembic is imported only where a database
is made or migrated. A migration happens in one transaction, with foreign keys off because Alembic's
way to change a table drops the old one, which would delete the rows that refer to it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

from storage import engine, journal
from storage.backup import backup
from storage.engine import Database
from storage.errors import NewerSchema, StoreError, VanishedDatabase
from storage.filesystem import refuse_remote
from storage.home import Home

SCHEMA = "0005"
"""The schema version that this program reads and writes."""

SCRIPTS = Path(__file__).parent / "migrations"


def prepare(home: Home) -> None:
    """Make the home or bring its database up to date.

    Raises StoreError: NewerSchema for a newer database, VanishedDatabase for none beside the folders of runs, since
    an empty history in its place would look as if these were lost.
    """
    refuse_remote(home.path)
    _make_folders(home)
    if _is_ready(home.database):
        return
    from filelock import FileLock

    with engine.translated_errors(home.path), FileLock(home.migration_lock):
        if not _is_ready(home.database):  # another process may have done it while this one waited
            _require_history(home)
            engine.create(home.database)
            if not _is_ready(home.database):
                _upgrade(home)


def _make_folders(home: Home) -> None:
    """Make what is missing of the home, private to its user."""
    try:
        for folder in (home.path, home.runs, home.datasets, home.backups):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.migration_lock.touch(mode=0o600)
    except OSError as error:
        raise StoreError(
            f"The folder {home.path} cannot be written: {error.strerror or error}. "
            "Choose another home with --home or TWINBENCH_HOME."
        ) from error


def _is_ready(path: Path) -> bool:
    state = engine.inspect(path)
    if state.version > SCHEMA:
        raise NewerSchema(
            f"{path} was written by a newer Twinbench (schema {state.version}, this one knows {SCHEMA}). "
            "Nothing was changed. Install the newer Twinbench, or choose another home with --home."
        )
    return state.wal and state.version == SCHEMA


def _require_history(home: Home) -> None:
    if not engine.inspect(home.database).version and (left := len(home.run_folders())):
        raise VanishedDatabase(
            f"{home.database} is not there, or empty, while folders of {left:,} runs are. Put it back, or a copy from the "
            "folder backups in its place, or let `twinbench rebuild` make it again from the folders of the runs. "
            f"To begin anew, move {home.runs} away."
        )


def _upgrade(home: Home) -> None:
    old = engine.inspect(home.database).version
    if old:
        backup(home, label=f"schema-{old}-")
    build(home.database)
    _complete_journals(home)


def build(path: Path) -> None:
    """Bring a database file, which may be empty, to the schema of this program. Raises StoreError."""
    old = engine.inspect(path).version
    database = Database(path, foreign_keys=False)
    try:
        with database.write() as connection:
            before = _row_counts(connection)
            _run_migrations(connection)
            _check(connection, before)
    except Exception as error:
        raise StoreError(
            f"{path} could not be brought from schema {old or 'none'} to {SCHEMA}. "
            f"Nothing was changed. The reason: {error}"
        ) from error
    finally:
        database.close()


def _complete_journals(home: Home) -> None:
    database = Database(home.database)
    try:
        with database.read() as connection:
            journal.complete(connection, home, journal.runs_after(connection, 0))
    finally:
        database.close()


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA)


def _check(connection: Connection, before: dict[str, int]) -> None:
    after = _row_counts(connection)
    changed = [name for name in before if name in after and before[name] != after[name]]
    if changed:
        raise StoreError(f"rows of {', '.join(changed)} would have been lost.")
    if engine.broken_references(connection):
        raise StoreError("rows would refer to rows that are not there.")


def _row_counts(connection: Connection) -> dict[str, int]:
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    return {
        name: connection.scalar(select(func.count()).select_from(table(name))) or 0
        for name in sorted(names)
    }
