"""The journal of a run: every change of it in words, in the history and in the run's folder.

The folder's file is what a lost history is rebuilt from. It is appended to after the change is committed, by a
single write, so that several processes can do so at once.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from storage.bulk import execute_many
from storage.home import Home
from storage.models import journal
from storage.plain import clean, to_json
from storage.records import JournalEntry

logger = logging.getLogger(__name__)

_ADD = insert(journal)


def write(
    connection: Connection,
    run_id: int,
    time: int,
    kind: str,
    text: str,
    details: Mapping[str, Any],
) -> None:
    """Add an entry, inside the transaction that makes the change."""
    write_many(connection, time, kind, {run_id: (text, details)})


def write_many(
    connection: Connection,
    time: int,
    kind: str,
    entries: Mapping[int, tuple[str, Mapping[str, Any]]],
) -> None:
    """Add an entry to the journal of each of these runs: its text and details."""
    rows = [
        {
            "run_id": run_id,
            "time": time,
            "kind": kind,
            "text": clean(text),
            "details": to_json(dict(details)),
        }
        for run_id, (text, details) in entries.items()
    ]
    execute_many(connection, _ADD, rows)


def read(connection: Connection, run_id: int) -> list[JournalEntry]:
    """The entries of a run, oldest first."""
    query = select(journal).where(journal.c.run_id == run_id).order_by(journal.c.id)
    return [_entry(row) for row in connection.execute(query)]


def last_id(connection: Connection) -> int:
    return connection.scalar(select(func.max(journal.c.id))) or 0


def entries_after(connection: Connection, last: int) -> list[tuple[int, JournalEntry]]:
    """The entries with a larger id, each with its run."""
    query = select(journal).where(journal.c.id > last).order_by(journal.c.id)
    return [(row.run_id, _entry(row)) for row in connection.execute(query)]


def append_to_file(path: Path, entry: JournalEntry) -> None:
    """Append a line. A folder that is gone or full does not undo what the history knows: it is only logged."""
    values = {"time": entry.time, "kind": entry.kind, "text": entry.text, "details": entry.details}
    line = json.dumps(values, sort_keys=True).encode() + b"\n"
    try:
        with open(path, "a+b", buffering=0) as file:
            file.write(b"\n" + line if _is_torn(file) else line)
    except OSError as error:
        logger.warning("%s misses an entry (%s): %s", path, entry.text, error)


def _is_torn(file: RawIOBase) -> bool:
    """Whether the last line has no end, because its writing was cut short."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def complete_files(connection: Connection, home: Home) -> None:
    """Write the files of journals that run folders lack altogether."""
    for run_id in connection.scalars(select(journal.c.run_id).distinct()).all():
        path = home.run_folder(run_id).journal
        if path.parent.is_dir() and not path.exists():
            for entry in read(connection, run_id):
                append_to_file(path, entry)


RESTORABLE = (
    "name", "experiment", "color", "created", "parent", "state", "reason", "attempt", "position",
    "priority", "held", "alone", "memory_bytes", "started", "ended", "pid", "pid_created", "exit_code",
    "assigned_device", "request", "deadline", "trashed", "note", "starred", "archived", "tags", "environment",
)  # fmt: skip


def restored(entries: Iterable[JournalEntry]) -> dict[str, Any]:
    """What the entries of a run leave, the last value of each column: some of `RESTORABLE`, ``tags`` as a list, ``environment`` as a mapping."""
    values: dict[str, Any] = {}
    for entry in entries:
        values |= {name: entry.details[name] for name in RESTORABLE if name in entry.details}
    return values


def read_file(path: Path) -> tuple[list[JournalEntry], int]:
    """The entries of a run folder's file, and how many lines were damaged. Raises OSError."""
    lines = path.read_bytes().split(b"\n")
    lines = [line for line in lines if line]
    entries = [entry for line in lines if (entry := _parse(line))]
    return entries, len(lines) - len(entries)


def _parse(line: bytes) -> JournalEntry | None:
    try:
        raw = json.loads(line)
        entry = JournalEntry(raw["time"], raw["kind"], raw["text"], raw["details"])
    except (ValueError, KeyError, TypeError):
        return None
    texts = isinstance(entry.kind, str) and isinstance(entry.text, str)
    sound = texts and isinstance(entry.time, int) and isinstance(entry.details, dict)
    return entry if sound else None


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(row.time, row.kind, row.text, json.loads(row.details))
