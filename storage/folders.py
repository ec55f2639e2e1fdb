"""The folders of runs and exports: made with what the history says of them, and removed after it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree

from sqlalchemy import Connection

from storage.changes import next_number
from storage.errors import StoreError
from storage.home import Home


@contextmanager
def undone_unless_whole() -> Iterator[ExitStack]:
    """What is put on the stack is called unless all goes well; to be entered before the transaction, so that it sees its end."""
    with ExitStack() as undo:
        yield undo
        undo.pop_all()


def make_folder(connection: Connection, home: Home) -> int:
    """Make a run's folder and return the run's id: the next one whose folder is free.

    A crash or a lost database leaves folders that no run owns; they are not touched.
    """
    home.runs.mkdir(mode=0o700, exist_ok=True)
    while True:
        run_id = next_number(connection, "run")
        try:
            home.run_folder(run_id).path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return run_id


def remove(folders: Iterable[Path]) -> None:
    """Raises StoreError for what stays."""
    left: list[str] = []
    for folder in folders:
        rmtree(folder, onerror=lambda _, path, __: left.append(path))
    if left := [path for path in left if os.path.lexists(path)]:
        raise StoreError(f"It is deleted, but this could not be removed: {left[0]}")
