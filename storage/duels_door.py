"""What can be done with the duels that the history knows. Bound as ``Store.duels``."""

from __future__ import annotations

from collections.abc import Sequence

from storage import duels
from storage.creation import create
from storage.deletion import delete_forever
from storage.engine import Database
from storage.folders import undone_unless_whole
from storage.home import Home
from storage.journalling import journalled
from storage.records import DuelRecord, NewRun, RunRecord
from storage.rows import load_runs


class Duels:
    """All raise StoreError, also for a duel that there is none of."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database

    def create(self, duel_id: str, name: str, match: str, new: Sequence[NewRun]) -> DuelRecord:
        """Keep what a duel is about, as JSON, and queue its runs in their order, all of it or nothing."""
        with undone_unless_whole() as undo, journalled(self._database, self._home) as connection:
            for run in new:
                create(connection, self._home, undo, run)
            duels.insert(connection, self._home, duel_id, name, match)
        return self.read(duel_id)

    def add(self, duel_id: str, match: str, new: Sequence[NewRun]) -> None:
        """Queue further runs of a duel, of which more may be asked by now, all of it or nothing."""
        with undone_unless_whole() as undo, journalled(self._database, self._home) as connection:
            for run in new:
                create(connection, self._home, undo, run)
            duels.change(connection, self._home, duel_id, match=match)

    def read(self, duel_id: str) -> DuelRecord:
        """Also one in the trash."""
        with self._database.read() as connection:
            return duels.read(connection, duel_id)

    def list(self, *, trashed: bool = False) -> Sequence[DuelRecord]:
        """Those that are not in the trash, or the others, newest first."""
        with self._database.read() as connection:
            found = duels.read_all(connection)
        return [duel for duel in found if (duel.trashed is not None) == trashed]

    def runs(self, duel_id: str) -> Sequence[RunRecord]:
        """All that were ever queued for it and are not in the trash unless the duel is, oldest first."""
        with self._database.read() as connection:
            return load_runs(connection, self._home, duels.runs_in_sight(connection, duel_id))

    def rename(self, duel_id: str, name: str) -> None:
        """Rename a duel, the experiment of its runs, and those of them that are called after it. Raises StoreError for an empty name."""
        with journalled(self._database, self._home) as connection:
            duels.rename(connection, self._home, duel_id, name)

    def trash(self, duel_id: str) -> None:
        """Hide a duel with its runs so that `restore` brings them back. Raises StoreError while one of them is active."""
        with journalled(self._database, self._home) as connection:
            duels.trash(connection, self._home, duel_id)

    def restore(self, duel_id: str) -> None:
        with journalled(self._database, self._home) as connection:
            duels.bring_back(connection, self._home, duel_id)

    def delete(self, duel_id: str) -> None:
        """Remove a trashed duel with its runs and their folders. Nothing brings it back. Raises StoreError if it is not in the trash."""
        with self._database.read() as connection:
            duels.require_trashed(connection, duel_id)
            found = duels.run_ids(connection, duel_id)
        delete_forever(self._database, self._home, found)
