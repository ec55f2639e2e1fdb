"""How runs are deleted for good: from the history, then their folders."""

from __future__ import annotations

from collections.abc import Iterable

from storage import duels, edits, folders
from storage.engine import Database
from storage.home import Home


def delete_forever(database: Database, home: Home, run_ids: Iterable[int]) -> None:
    """Remove trashed runs with their folders, and trashed duels that no run is left of. Nothing brings them back.

    Raises StoreError for one that is not in the trash. A folder that cannot be removed is a StoreError too; its run is gone from the history all the same.
    """
    with database.write() as connection:
        gone = edits.delete_forever(connection, run_ids)
        deserted = duels.forget_deserted(connection)
    for duel_id in deserted:
        home.duel_file(duel_id).unlink(missing_ok=True)
    folders.remove(home.run_folder(run_id).path for run_id in gone)
