"""The history made again from the folders of the runs alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time_ns
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Table, delete, func, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from runners.protocol import Request, RunFolder, RunSpec, State
from storage import arrivals, changes, engine, journal, migrate, replay
from storage import duels as duel_files
from storage import exports as export_folders
from storage.backup import backup, free_name, prune
from storage.engine import Database
from storage.errors import NewerSchema, StoreError
from storage.filesystem import refuse_remote
from storage.home import Home
from storage.models import (
    artifacts,
    chunks,
    counters,
    environments,
    experiments,
    exports,
    messages,
    metrics,
    overviews,
    parameters,
    runs,
    settings,
    tags,
)
from storage.models import journal as journals
from storage.plain import to_json
from storage.records import JournalEntry, QueueOptions

Progressed = Callable[[int, int], None]
"""Is told how many folders are done, and of how many."""

_OF_RUNS = (
    chunks,
    overviews,
    metrics,
    parameters,
    tags,
    artifacts,
    exports,
    journals,
    environments,
    runs,
)


@dataclass(slots=True)
class Rebuilt:
    """What is in the new history. ``problems`` says in words what could not be brought back. ``kept`` is where the old history is now, None if there was none."""

    runs: int = 0
    points: int = 0
    damaged_bytes: int = 0
    problems: list[str] = field(default_factory=list)
    kept: Path | None = None


def rebuild(home: Home, on_progress: Progressed = lambda _done, _of: None) -> Rebuilt:
    """Make the history again from the run folders. Raises StoreError; then nothing was changed.

    Settings, messages, and the notes and layouts of experiments stay where the old history can be read; duels and exports come from their files. If it is sound it is written anew in one
    transaction, so that other programs can go on using it; else a new one takes its place when it is finished. A copy of the old one
    stays in the folder of backups. Trainers may go on meanwhile, a scheduler must not be there.
    """
    refuse_remote(home.path)
    if not home.path.is_dir():
        raise StoreError(f"There is no folder {home.path}.")
    with engine.translated_errors(home.path), _without_scheduler(home):
        if _is_sound(home.database):
            migrate.prepare(home)
            kept: Path | None = backup(home, label="rebuild-")
            rebuilt = _fill(home, home.database, on_progress)
        else:
            with FileLock(home.migration_lock):
                rebuilt, kept = _replace(home, on_progress)
    rebuilt.kept = kept
    return rebuilt


@contextmanager
def _without_scheduler(home: Home) -> Iterator[None]:
    lock = FileLock(home.scheduler_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"A scheduler works for {home.path}, and would write to the history meanwhile. It leaves by itself a minute after "
            "the last run has ended; to rebuild now, end its process (`twinbench doctor` names it): trainers go on without it."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _is_sound(path: Path) -> bool:
    """Whether it is a history that can be written anew. Raises NewerSchema."""
    try:
        return bool(engine.inspect(path).version) and not engine.damage(path)
    except NewerSchema:
        raise
    except StoreError:
        return False


def _replace(home: Home, on_progress: Progressed) -> tuple[Rebuilt, Path | None]:
    """Build a new database beside the old one, and let it take its place. Returns also where the old one is kept."""
    new = home.database.with_name("history.db.new")
    _remove(new)
    try:
        engine.create(new)
        migrate.build(new)
        lost = _copy_rest(home.database, new)
        rebuilt = _fill(home, new, on_progress)
        rebuilt.problems[:0] = lost
        kept = _keep_raw(home)
        engine.put_in_place(new, home.database)
    finally:
        _remove(new)
    return rebuilt, kept


def _remove(path: Path) -> None:
    for file in (path, *engine.sidecars(path)):
        file.unlink(missing_ok=True)


def _keep_raw(home: Home) -> Path | None:
    """Copy a database that is damaged as it is, with the files beside it."""
    if not home.database.exists():
        return None
    kept = free_name(home, "damaged-")
    for source, target in zip(
        (home.database, *engine.sidecars(home.database)),
        (kept, *engine.sidecars(kept)),
        strict=True,
    ):
        if source.exists():
            shutil.copy2(source, target)
    prune(home)
    return kept


def _copy_rest(source: Path, target: Path) -> list[str]:
    """Copy what the folders do not know as far as it can be read; returns what is to be told."""
    if not source.exists():
        return []
    lost: dict[str, list[str]] = {}
    old, new = Database(source), Database(target, foreign_keys=False)
    try:
        for table in (settings, messages, experiments):
            try:
                _copy_table(old, new, table)
            except StoreError as error:
                lost.setdefault(str(error), []).append(table.name)
    finally:
        old.close()
        new.close()
    return [
        f"The {' and '.join(names)} of the old history could not be read: {error}"
        for error, names in lost.items()
    ]


def _copy_table(old: Database, new: Database, table: Table) -> None:
    with new.write() as connection, old.read() as reading:
        if not inspect(reading).has_table(table.name):  # it is of an older schema
            return
        if rows := [dict(row) for row in reading.execute(select(table)).mappings()]:
            connection.execute(insert(table), rows)


def _fill(home: Home, path: Path, on_progress: Progressed) -> Rebuilt:
    """Write the runs of a database anew from the folders, in one transaction that nobody else writes during."""
    database = Database(path, foreign_keys=False)
    new_entries: list[tuple[Path, JournalEntry]] = []
    try:
        with database.write() as connection:
            known = set(connection.scalars(select(runs.c.id)))
            _begin(connection)
            folders = home.run_folders()
            rebuilt = Rebuilt()
            for done, (run_id, folder) in enumerate(folders.items()):
                on_progress(done, len(folders))
                new_entries += _add(connection, run_id, folder, rebuilt)
            for run_id in sorted(known - set(folders)):
                rebuilt.problems.append(
                    f"Run {run_id} has no folder any more; only the old history knows it."
                )
            rebuilt.problems += duel_files.restore(connection, home)
            rebuilt.problems += export_folders.bring_back(connection, home)
            _finish(connection, folders, rebuilt)
            on_progress(len(folders), len(folders))
    finally:
        database.close()
    for file, entry in new_entries:
        journal.append_to_file(file, entry)
    return rebuilt


def _begin(connection: Connection) -> None:
    """Remove the runs. Revisions go on behind all that were ever given; where these are unknown, the clock is ahead of them."""
    for table in _OF_RUNS:
        connection.execute(delete(table))
    of_revisions = counters.c.name == "revision"
    if not connection.scalar(select(counters.c.value).where(of_revisions)):
        connection.execute(
            update(counters).where(of_revisions).values(value=time_ns() // 1_000_000)
        )


def _finish(connection: Connection, folders: Mapping[int, RunFolder], rebuilt: Rebuilt) -> None:
    of_runs = counters.c.name == "run"
    last = connection.scalar(select(counters.c.value).where(of_runs)) or 0
    highest = max([last, *folders])
    connection.execute(update(counters).where(of_runs).values(value=highest))
    strangers = messages.c.run_id.not_in(select(runs.c.id))
    connection.execute(update(messages).where(strangers).values(run_id=None))
    rebuilt.runs = connection.scalar(select(func.count()).select_from(runs)) or 0
    rebuilt.points = connection.scalar(select(func.sum(metrics.c.count))) or 0
    text = f"The history was made again from the folders of {rebuilt.runs} runs."
    row = {"time": changes.now(), "level": "warning" if rebuilt.problems else "info"}
    connection.execute(insert(messages).values(text=" ".join([text, *rebuilt.problems[:3]]), **row))


def _add(
    connection: Connection, run_id: int, folder: RunFolder, rebuilt: Rebuilt
) -> list[tuple[Path, JournalEntry]]:
    """Add the run of a folder; returns what its journal's file lacks. One that cannot be read is a problem, and no more."""
    try:
        with connection.begin_nested():
            new, told = _restore(connection, run_id, folder)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
        StoreError,
        IntegrityError,
    ) as error:
        rebuilt.problems.append(f"The folder of run {run_id} cannot be read: {_in_words(error)}")
        return []
    rebuilt.problems += told
    damaged = changes.row_of(connection, run_id).damaged_bytes
    rebuilt.damaged_bytes += damaged
    return [(folder.journal, entry) for entry in new]


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _restore(
    connection: Connection, run_id: int, folder: RunFolder
) -> tuple[list[JournalEntry], list[str]]:
    """Add the run of a folder; returns the entries that its journal's file lacks, and what is to be told."""
    spec, told = folder.read_spec(), []
    entries, damaged = journal.read_file(folder.journal) if folder.journal.exists() else ([], 0)
    if damaged:
        told.append(f"{damaged} lines of the journal of run {run_id} are unreadable.")
    values = journal.restored(entries)
    new: list[JournalEntry] = []
    if "created" not in values:
        values = {**_from_files(folder, spec, run_id), **values}
        text = "brought back from its folder, which had no journal"
        new = [JournalEntry(changes.now(), "created", text, values)]
        told.append(f"Run {run_id} has no journal: what is known of it comes from its other files.")
    _insert(connection, run_id, spec, values)
    state = State(values["state"])
    for arrival in replay.arrivals(run_id, folder, final=not state.active):
        arrivals.take(connection, [arrival])
    changes.change(connection, run_id, heartbeat=_time(folder.heartbeat))
    _date_artifacts(connection, run_id, folder)
    connection.execute(delete(journals).where(journals.c.run_id == run_id))
    for entry in [*entries, *new]:
        journal.write(connection, run_id, entry.time, entry.kind, entry.text, entry.details)
    return new, told


def _insert(connection: Connection, run_id: int, spec: RunSpec, values: Mapping[str, Any]) -> None:
    changes.insert_run(
        connection, run_id, spec, values["name"], values["experiment"], QueueOptions(), None
    )
    columns = {name: value for name, value in values.items() if name not in ("tags", "environment")}
    for name, value in columns.items():
        _require_type(name, value)
    State(columns["state"])
    if columns.get("request") is not None:
        Request(columns["request"])
    changes.change(connection, run_id, **columns)
    changes.write_tags(connection, run_id, list(map(str, values.get("tags", ()))))
    if environment := values.get("environment"):
        changes.write_environment(connection, run_id, to_json(environment))


def _require_type(name: str, value: Any) -> None:
    """Raises ValueError for a value that its column cannot hold; SQLite itself would keep anything."""
    column = runs.c[name]
    wanted = column.type.python_type
    fits = type(value) is wanted or (wanted is float and type(value) is int)
    if not fits and not (value is None and column.nullable):
        raise ValueError(f"its journal has {value!r} for {name}")


def _from_files(folder: RunFolder, spec: RunSpec, run_id: int) -> dict[str, Any]:
    """What the other files tell of a run without a journal, as older versions made it."""
    outcome = folder.read_outcome()
    began = _time(folder.environment) or _time(folder.events)
    facts: dict[str, Any] = {
        "name": f"{spec.title}-{spec.framework}-{run_id}",
        "experiment": "default",
        "color": (run_id - 1) % changes.COLORS,
        "created": _time(folder.spec) or changes.now(),
        "position": float(run_id),
        "started": began,
        "tags": [],
        "environment": dict(outcome.environment) if outcome else _reported(folder),
    }
    note = "brought back from its folder, which had no journal"
    if outcome is not None:
        reason = f"{outcome.reason} ({note})" if outcome.reason else note
        ended = {"ended": outcome.ended, "exit_code": outcome.exit_code}
        return {**facts, **ended, "state": outcome.state.value, "reason": reason}
    if began is not None or folder.heartbeat.exists():  # the next scheduler finds out how it ended
        return {**facts, "state": State.RUNNING.value, "reason": note}
    return {**facts, "state": State.QUEUED.value, "held": True, "reason": note}


def _reported(folder: RunFolder) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        raw = json.loads(folder.environment.read_text("utf-8"))
        return raw if isinstance(raw, dict) else {}
    return {}


def _date_artifacts(connection: Connection, run_id: int, folder: RunFolder) -> None:
    """Give the artifacts the times of their files."""
    query = select(artifacts.c.name, artifacts.c.path).where(artifacts.c.run_id == run_id)
    for name, path in connection.execute(query).all():
        if (changed := _time(folder.path / path)) is not None:
            which = (artifacts.c.run_id == run_id) & (artifacts.c.name == name)
            connection.execute(update(artifacts).where(which).values(created=changed))


def _time(path: Path) -> int | None:
    """When a file was last changed, UTC in microseconds since 1970; None if it is not there."""
    try:
        return path.stat().st_mtime_ns // 1000
    except OSError:
        return None
