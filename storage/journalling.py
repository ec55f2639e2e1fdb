"""How entries of journals get from the history into the files of the run folders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from storage import beside, journal
from storage.engine import Database
from storage.home import Home
from storage.records import JournalEntry

_COMPLETED = "journal.completed"
"""The setting with the id of the last entry that is known to be in its folder's file."""


@contextmanager
def journalled(database: Database, home: Home) -> Iterator[Connection]:
    """A transaction whose entries in journals go to the files of the run folders once it is committed."""
    with database.write() as connection:
        last = journal.last_id(connection)
        yield connection
        entries = journal.entries_after(connection, last)
    for run_id, entry in entries:
        _to_file(database, home, run_id, entry)


def _to_file(database: Database, home: Home, run_id: int, entry: JournalEntry) -> None:
    """Append an entry to the file in the run's folder, or all of them if somebody deleted that file."""
    path = home.run_folder(run_id).journal
    if entry.kind == "created" or path.exists():
        journal.append_to_file(path, entry)
        return
    with database.read() as connection:
        journal.complete(connection, home, [run_id])


def complete(database: Database, home: Home) -> None:
    """Write into the journals of run folders what processes that were killed had no time to write there.

    Only journals with entries that are newer than the last call are looked at.
    """
    with database.read() as connection:
        last = journal.last_id(connection)
        since = int(beside.setting(connection, _COMPLETED) or 0)
        new = journal.runs_after(connection, since if since <= last else 0)
        lacking = journal.incomplete(connection, home, new)
    if new:
        with database.write() as connection:  # so that nobody else adds entries meanwhile
            journal.complete(connection, home, lacking)
            beside.set_setting(connection, _COMPLETED, last)
