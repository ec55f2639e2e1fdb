"""Whether the history is sound, and says what the run folders say. Nothing is changed.

Each run is looked at in a transaction of its own, so that a scheduler can go on writing between them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sqlalchemy import Connection, Row, select

from runners.protocol import RunFolder, RunSpec, State
from storage import duels, engine, exports, journal, migrate, overviews
from storage.changes import now
from storage.engine import Database
from storage.errors import StoreError
from storage.filesystem import refuse_remote
from storage.home import Home
from storage.models import chunks, metrics, runs
from storage.plain import clean
from storage.records import JournalEntry
from storage.replay import expected_series
from storage.series import Series, read_points, summary_of
from storage.summaries import pack

REBUILD = "`twinbench rebuild` makes the history again from the run folders."
COPIED = "What is missing in the files is only in the history now: `twinbench backup` copies it."
EXPORTS = "`twinbench rebuild` takes over what the files say; a model whose files are damaged is to be exported again."
_RECENT_US = 10_000_000
"""An entry of a journal gets into the folder's file a moment after it is in the history."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: ``what`` it is and how to ``mend`` it, in words.

    An ``error`` means that something is lost or wrong, a ``warning`` that it may come to that, an ``info`` what one may want to know.
    """

    level: Literal["error", "warning", "info"]
    what: str
    run_id: int | None
    mend: str


def check(
    home: Home, on_progress: Callable[[int, int], None] = lambda _done, _of: None
) -> list[Finding]:
    """Everything that is found, in the order of the runs. ``on_progress`` is told how many runs are done, and of how many.

    Raises StoreError only for a home that is no folder of this computer.
    """
    refuse_remote(home.path)
    if not home.path.is_dir():
        raise StoreError(f"There is no folder {home.path}.")
    found = list(_private(home.path, None))
    try:
        found += _whole_file(home)
        if not any(finding.level == "error" for finding in found):
            found += _runs(home, on_progress)
    except StoreError as error:
        found.append(Finding("error", str(error), None, REBUILD))
    return found


def _whole_file(home: Home) -> Iterator[Finding]:
    """What is wrong with the file as such."""
    if not home.database.exists():
        count = len(home.run_folders())
        yield Finding("error", f"There is no history, but {count} folders of runs.", None, REBUILD)
        return
    state = engine.inspect(home.database)
    if state.version != migrate.SCHEMA:
        what = f"The history has schema {state.version or 'none'}, this program reads {migrate.SCHEMA}."
        yield Finding(
            "error", what, None, "Open it once with the program that fits; it is migrated then."
        )
        return
    for line in engine.damage(home.database):
        yield Finding("error", f"{home.database} is damaged: {line}", None, REBUILD)


def _runs(home: Home, on_progress: Callable[[int, int], None]) -> Iterator[Finding]:
    database = Database(home.database)
    try:
        folders = home.run_folders()
        with database.read() as connection:
            if broken := engine.broken_references(connection):
                yield Finding(
                    "error", f"{broken} rows refer to rows that are not there.", None, REBUILD
                )
            ids = list(connection.scalars(select(runs.c.id).order_by(runs.c.id)))
        for done, run_id in enumerate(ids):
            on_progress(done, len(ids))
            yield from _run(database, home, run_id)
        on_progress(len(ids), len(ids))
        with database.read() as connection:  # by now, a run that was just being made has its row
            known = set(connection.scalars(select(runs.c.id)))
            yield from _duels(connection, home)
    finally:
        database.close()
    for run_id in sorted(set(folders) - known):
        what = f"The folder {folders[run_id].path} belongs to no run of the history."
        yield Finding(
            "warning",
            what,
            run_id,
            "`twinbench rebuild` brings the run back; or delete the folder.",
        )


def _run(database: Database, home: Home, run_id: int) -> Iterator[Finding]:
    folder = home.run_folder(run_id)
    if not folder.path.is_dir():
        what = f"The folder {folder.path} of the run is gone."
        yield Finding("error", what, run_id, COPIED)
        return
    yield from _private(folder.path, run_id)
    try:
        entries = _entries_of_file(folder)
        with database.read() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
            if row is None:  # a rebuilding took it away meanwhile
                return
            yield from _spec(row, folder)
            yield from _journal(connection, run_id, entries, folder)
            yield from _series(connection, row, folder)
            for what in exports.problems(connection, home, run_id):
                yield Finding("warning", what, run_id, EXPORTS)
    except (OSError, ValueError, KeyError, TypeError, StoreError) as error:
        yield Finding("error", f"The run cannot be checked: {error}", run_id, REBUILD)


def _duels(connection: Connection, home: Home) -> Iterator[Finding]:
    for duel in duels.read_all(connection):
        path = home.duel_file(duel.id)
        try:
            if duels.read_file(path) == duel:
                continue
            what = f"{path} does not say what the history has of the duel."
        except (OSError, ValueError, KeyError, TypeError) as error:
            what = f"{path} cannot be read: {error}"
        yield Finding("error", what, None, COPIED)


def _private(folder: Path, run_id: int | None) -> Iterator[Finding]:
    if sys.platform != "win32" and (mode := folder.stat().st_mode & 0o077):
        what = f"Other users may look into {folder} (mode 7{mode:02o})."
        yield Finding("warning", what, run_id, f"`chmod 700 '{folder}'` makes it private.")


def _spec(row: Row[*tuple[Any, ...]], folder: RunFolder) -> Iterator[Finding]:
    mend = "The history has the spec: clone the run to train it once more."
    try:
        spec = folder.read_spec()
    except FileNotFoundError:
        yield Finding("error", f"{folder.spec} is missing.", row.id, mend)
        return
    except (OSError, ValueError) as error:
        yield Finding("error", f"{folder.spec} cannot be read: {error}", row.id, mend)
        return
    if spec != RunSpec.from_json(row.spec):
        what = f"{folder.spec} is not the spec that the history has."
        yield Finding("error", what, row.id, f"If the file is the right one: {REBUILD}")


def _entries_of_file(folder: RunFolder) -> tuple[list[JournalEntry], int] | None:
    return journal.read_file(folder.journal) if folder.journal.exists() else None


def _journal(
    connection: Connection,
    run_id: int,
    of_file: tuple[list[JournalEntry], int] | None,
    folder: RunFolder,
) -> Iterator[Finding]:
    if of_file is None:
        what = f"{folder.journal} is missing; a rebuilding would know less of the run."
        yield Finding("error", what, run_id, COPIED)
        return
    entries, damaged = of_file
    if damaged:
        what = f"{damaged} lines of {folder.journal} are unreadable."
        yield Finding("warning", what, run_id, COPIED)
    in_file = Counter(map(_key, entries))
    in_history = Counter(_key(entry) for entry in journal.read(connection, run_id))
    recent = now() - _RECENT_US
    missing = sum(count for key, count in (in_history - in_file).items() if key[0] < recent)
    if missing:
        what = f"{missing} entries of the journal are missing in {folder.journal}."
        yield Finding("warning", what, run_id, COPIED)
    if surplus := (in_file - in_history).total():
        what = f"{surplus} entries of {folder.journal} are missing in the history."
        yield Finding("error", what, run_id, REBUILD)


def _key(entry: JournalEntry) -> tuple[int, str, str, str]:
    return entry.time, entry.kind, entry.text, json.dumps(entry.details, sort_keys=True)


def _series(
    connection: Connection, row: Row[*tuple[Any, ...]], folder: RunFolder
) -> Iterator[Finding]:
    content = expected_series(folder, row.event_offset, row.system_offset)
    yield from _files(row, folder, content.damaged_bytes, content.missing_bytes)
    expected = {clean(name): points for name, points in content.series().items()}
    rows = _metric_rows(connection, row.id)
    for name in sorted({*expected, *rows}):
        yield from _metric(connection, row.id, name, expected.get(name), rows.get(name))
    if row.summary != pack(rows.values()):
        what = "The summary in the list of runs is not that of the run's metrics."
        yield Finding("error", what, row.id, REBUILD)


def _files(
    row: Row[*tuple[Any, ...]], folder: RunFolder, damaged: int, missing: int
) -> Iterator[Finding]:
    """What is wrong with the files of records, whatever the history has of them."""
    if missing:
        what = f"The event files have {missing} bytes less than were read from them."
        yield Finding("error", what, row.id, COPIED)
    if damaged > row.damaged_bytes:
        what = f"{damaged - row.damaged_bytes} bytes of the event files became unreadable after they were read."
        yield Finding("error", what, row.id, COPIED)
    if row.damaged_bytes:
        what = f"{row.damaged_bytes} bytes of the event files were unreadable; their points are missing."
        yield Finding("info", what, row.id, "Nothing brings them back.")
    if State(row.state).final:
        for path, read in ((folder.events, row.event_offset), (folder.system, row.system_offset)):
            if path.exists() and (unread := path.stat().st_size - read) > 0:
                what = f"{unread} bytes of {path} were never read."
                yield Finding("error", what, row.id, REBUILD)


def _metric_rows(connection: Connection, run_id: int) -> dict[str, Mapping[str, Any]]:
    query = select(metrics).where(metrics.c.run_id == run_id).order_by(metrics.c.id)
    return {row["name"]: dict(row) for row in connection.execute(query).mappings()}


def _metric(
    connection: Connection,
    run_id: int,
    name: str,
    expected: Series | None,
    row: Mapping[str, Any] | None,
) -> Iterator[Finding]:
    """Compare one series with the files, bit by bit, and its summary with itself."""
    if row is None:
        count = 0 if expected is None else len(expected.values)
        what = f"All {count} points of {name} are missing in the history."
        yield Finding("error", what, run_id, REBUILD)
        return
    if not _chunks_fit(connection, row["id"]):
        yield Finding("error", f"The stored points of {name} have gaps.", run_id, REBUILD)
        return
    if not overviews.fits(connection, row["id"]):
        yield Finding(
            "error", f"The overview of {name} is not that of its points.", run_id, REBUILD
        )
    points = read_points(connection, run_id, name)
    if expected is None or not _equal(points, expected):
        what = _difference(name, points, expected)
        yield Finding("error", what, run_id, f"If the files are right: {REBUILD}")
    if len(points.values) == 0 or any(
        row[key] != value for key, value in summary_of(points).items()
    ):
        yield Finding("error", f"The summary of {name} is not that of its points.", run_id, REBUILD)


def _chunks_fit(connection: Connection, metric_id: int) -> bool:
    """Whether the chunks follow each other and are as long as they say."""
    columns = (chunks.c.start, chunks.c.count, chunks.c.steps, chunks.c.times, chunks.c["values"])
    query = select(*columns).where(chunks.c.metric_id == metric_id).order_by(chunks.c.start)
    following = 0
    for start, count, *arrays in connection.execute(query):
        if start != following or any(len(array) != 8 * count for array in arrays):
            return False
        following += count
    return True


def _equal(one: Series, other: Series) -> bool:
    return all(
        np.array_equal(a.view(np.int64), b.view(np.int64)) for a, b in zip(one, other, strict=True)
    )


def _difference(name: str, points: Series, expected: Series | None) -> str:
    if expected is None or len(points.values) != len(expected.values):
        there = 0 if expected is None else len(expected.values)
        return (
            f"The history has {len(points.values)} points of {name}, the event files have {there}."
        )
    differing = np.zeros(len(points.values), bool)
    for a, b in zip(points, expected, strict=True):
        differing |= a.view(np.int64) != b.view(np.int64)
    return f"{int(differing.sum())} points of {name} differ from those of the event files."
