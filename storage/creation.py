"""New runs, each with its folder. Inside a given transaction."""

from __future__ import annotations

from contextlib import ExitStack
from shutil import copytree, ignore_patterns, rmtree

from sqlalchemy import Connection

from runners.protocol import State, write_atomically
from storage import journal
from storage.changes import insert_run, row_of, spec_text, tags_of, write_state, write_tags
from storage.folders import make_folder
from storage.home import Home
from storage.records import Evidence, NewRun

_NOT_KEPT = ignore_patterns("__pycache__", ".*", "*.npz", "*.pt")
_JOURNALLED = (
    "name", "experiment", "color", "created", "parent", "state", "attempt",
    "position", "priority", "held", "alone", "memory_bytes",
)  # fmt: skip


def create(connection: Connection, home: Home, undo: ExitStack, new: NewRun) -> int:
    """Make a queued run's row and its folder with the frozen spec; returns its id.

    ``undo`` gets what removes the folder again. Raises UnknownRun for an unknown parent, and OSError.
    """
    run_id = make_folder(connection, home)
    folder = home.run_folder(run_id)
    undo.callback(rmtree, folder.path, ignore_errors=True)
    insert_run(connection, run_id, new.spec, new.name, new.experiment, new.options, new.parent)
    if new.template is not None:
        copytree(new.template, folder.template / new.spec.template, ignore=_NOT_KEPT)
    write_atomically(folder.spec, spec_text(new.spec))
    write_tags(connection, run_id, new.tags)
    _open_journal(connection, run_id)
    if new.problem:
        write_state(connection, run_id, State.FAILED, new.problem, Evidence())
    return run_id


def _open_journal(connection: Connection, run_id: int) -> None:
    """Begin the journal of a run with what only the history knows of it."""
    row = row_of(connection, run_id)
    details = {name: getattr(row, name) for name in _JOURNALLED}
    details["tags"] = tags_of(connection, [run_id])[run_id]
    journal.write(connection, run_id, row.created, "created", "queued", details)
