"""What can be done with the exports that the history knows. Bound as ``Store.exports``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from storage import exports, folders
from storage.engine import Database
from storage.home import Home
from storage.records import ExportRecord, Stage


class Exports:
    """Each method is one transaction. All raise StoreError; one that names an export raises UnknownExport if there is none."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database

    def add(self, run_id: int, folder: Path, name: str = "") -> ExportRecord:
        """Take in an export that is whole in its folder; without a name it is called after its run and its folder."""
        with self._database.write() as connection:
            export_id = exports.add(connection, self._home, run_id, folder, name)
            return exports.read(connection, export_id)

    def refresh(self, export_id: int) -> ExportRecord:
        """Take over what the manifest of an export says by now. Raises StoreError if it cannot be read."""
        with self._database.write() as connection:
            exports.refresh(connection, self._home, export_id)
            return exports.read(connection, export_id)

    def read(self, export_id: int) -> ExportRecord:
        """Also one in the trash."""
        with self._database.read() as connection:
            return exports.read(connection, export_id)

    def find(self, text: str) -> ExportRecord:
        """By id (``3`` or ``e3``) or by name; the newest of that name."""
        with self._database.read() as connection:
            return exports.find(connection, text)

    def list(
        self, run_ids: Collection[int] | None = None, *, trashed: bool = False
    ) -> Sequence[ExportRecord]:
        """Those of the runs, or of all that are not in the trash, newest first."""
        with self._database.read() as connection:
            return exports.read_all(connection, run_ids, trashed=trashed)

    def state(self) -> tuple[int, int]:
        """Something that is another one as soon as `list` would be. Cheap."""
        with self._database.read() as connection:
            return exports.state(connection)

    # Each of these returns what there was before, of the exports that it changed.
    def rename(self, export_id: int, name: str) -> dict[int, str]:
        """Raises StoreError for an empty name."""
        with self._database.write() as connection:
            return exports.rename(connection, self._home, export_id, name)

    def set_stage(self, export_ids: Iterable[int], stage: Stage) -> dict[int, Stage]:
        with self._database.write() as connection:
            return exports.set_stage(connection, self._home, export_ids, stage)

    def trash(self, export_ids: Iterable[int]) -> dict[int, None]:
        """Hide exports so that `restore` brings them back."""
        with self._database.write() as connection:
            return exports.trash(connection, self._home, export_ids)

    def restore(self, export_ids: Iterable[int]) -> dict[int, int]:
        with self._database.write() as connection:
            return exports.restore(connection, self._home, export_ids)

    def delete(self, export_ids: Iterable[int]) -> None:
        """Remove trashed exports with their folders. Nothing brings them back. Raises StoreError for one that is not in the trash.

        A folder that cannot be removed is a StoreError too; its export is gone from the history all the same.
        """
        with self._database.write() as connection:
            gone = exports.delete_forever(connection, export_ids)
        folders.remove(self._home.path / folder for folder in gone)
