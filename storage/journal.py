"""The journal of a run: every change of it in words, in the history and in the run's folder.

The folder's file is what a lost history is rebuilt from. It is appended to after the change is committed, by a
single write, so that several processes can do so at once.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from heapq import merge
from io import RawIOBase
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from runners.protocol import write_atomically
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
    line = _line(entry)
    try:
        with open(path, "a+b", buffering=0) as file:
            file.write(b"\n" + line if _is_torn(file) else line)
    except OSError as error:
        logger.warning("%s misses an entry (%s): %s", path, entry.text, error)


def _line(entry: JournalEntry) -> bytes:
    values = {"time": entry.time, "kind": entry.kind, "text": entry.text, "details": entry.details}
    return json.dumps(values, sort_keys=True).encode() + b"\n"


def _is_torn(file: RawIOBase) -> bool:
    """Whether the last line has no end, because its writing was cut short."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        return False
    file.seek(size - 1)
    return file.read(1) != b"\n"


def runs_after(connection: Connection, last: int) -> list[int]:
    """The runs that have an entry with a larger id."""
    query = select(journal.c.run_id).where(journal.c.id > last).distinct()
    return list(connection.scalars(query.order_by(journal.c.run_id)))


def complete(connection: Connection, home: Home, run_ids: Iterable[int]) -> None:
    """Write what the history knows into the journals' files that lack some of it, or are not there; not into folders that are gone.

    An entry that is just being appended by its writer may get into the file twice; `read_file` takes it once.
    """
    for run_id in run_ids:
        path = home.run_folder(run_id).journal
        try:
            there, missing = _compare(path, read(connection, run_id))
            if missing:  # what only the file has stays in it
                whole = merge(there, missing, key=attrgetter("time"))
                write_atomically(path, b"".join(map(_line, whole)))
        except OSError as error:
            logger.warning("%s cannot be completed: %s", path, error)


def incomplete(connection: Connection, home: Home, run_ids: Iterable[int]) -> list[int]:
    """Those of the runs whose journal's file lacks an entry, or cannot be read."""

    def lacks(run_id: int) -> bool:
        try:
            path = home.run_folder(run_id).journal
            return bool(_compare(path, read(connection, run_id))[1])
        except OSError:
            return True

    return [run_id for run_id in run_ids if lacks(run_id)]


def _compare(
    path: Path, entries: list[JournalEntry]
) -> tuple[list[JournalEntry], list[JournalEntry]]:
    """The entries in a file, and those that it lacks; none where there is no folder for it. Raises OSError."""
    if not path.parent.is_dir():
        return [], []
    there, _ = read_file(path) if path.exists() else ([], 0)
    known = {_line(entry) for entry in there}
    return there, [entry for entry in entries if _line(entry) not in known]


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
    """The entries of a run folder's file, each once, and how many lines were damaged. Raises OSError."""
    lines = list(dict.fromkeys(line for line in path.read_bytes().split(b"\n") if line))
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
