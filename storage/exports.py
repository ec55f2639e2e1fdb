"""Exported models: what the history knows of them, and what it keeps in their folders. Inside a given transaction.

What an export is stands in the manifest in its folder; what a person says about it in ``about.json`` beside that. From both a lost history is
rebuilt. Files are written last in a transaction, so that what cannot be written undoes it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from runners.export.manifest import MANIFEST, Manifest
from runners.protocol import write_atomically
from storage.changes import AnyRow, next_number, now, row_of
from storage.errors import StoreError, UnknownExport
from storage.home import Home
from storage.models import counters, exports, runs
from storage.plain import one_line
from storage.records import ExportRecord, Stage

ABOUT = "about.json"
_VERSION = 1
_COLUMNS = [column for column in exports.c if column.name != "revision"]
_UNREADABLE = (OSError, ValueError, KeyError, TypeError)


def add(connection: Connection, home: Home, run_id: int, folder: Path, name: str) -> int:
    """Take an export in; without a name it is called after its run and its folder. Returns its id.

    Raises UnknownRun, and StoreError for a folder that is no export or is known already.
    """
    run = row_of(connection, run_id)
    where = _relative(home, folder)
    if connection.scalar(select(exports.c.id).where(exports.c.folder == where)):
        raise StoreError(f"{folder} is known already.")
    row = _facts(folder) | {"id": _next_id(connection), "run_id": run_id, "folder": where}
    row |= {"name": one_line(name) or _default_name(run.name, folder), "stage": "", "trashed": None}
    _insert(connection, row)
    _write_about(home, read(connection, row["id"]))
    return int(row["id"])


def read(connection: Connection, export_id: int) -> ExportRecord:
    """Also one in the trash. Raises UnknownExport."""
    (found,) = _known(connection, [export_id])
    return found


def find(connection: Connection, text: str) -> ExportRecord:
    """By id (``3`` or ``e3``) or by name, the newest of that name; those in the trash last. Raises UnknownExport."""
    wanted = one_line(text)
    query = select(*_COLUMNS).order_by(exports.c.trashed.is_not(None), exports.c.id.desc())
    number = wanted[wanted[:1] in ("e", "E") :]
    if number.isascii() and number.isdigit() and len(number) < 19:
        query = query.where((exports.c.id == int(number)) | (exports.c.name == wanted))
    else:
        query = query.where(exports.c.name == wanted)
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        raise _unknown(text)
    return _record(row)


def read_all(
    connection: Connection, run_ids: Collection[int] | None, *, trashed: bool
) -> list[ExportRecord]:
    """Those of the runs, or of all, newest first; never those of trashed runs."""
    query = select(*_COLUMNS).join(runs, runs.c.id == exports.c.run_id)
    in_trash = exports.c.trashed.is_not(None)
    query = query.where(runs.c.trashed.is_(None), in_trash if trashed else ~in_trash)
    rows = connection.execute(query.order_by(exports.c.created.desc(), exports.c.id.desc()))
    every = [_record(row) for row in rows]
    return every if run_ids is None else [one for one in every if one.run_id in set(run_ids)]


def state(connection: Connection) -> tuple[int, int]:
    """Two numbers, of which one changes with whatever is listed."""
    count, revision = connection.execute(
        select(func.count(exports.c.id), func.max(exports.c.revision))
    ).one()
    return count, revision or 0


def rename(connection: Connection, home: Home, export_id: int, name: str) -> dict[int, str]:
    """Raises StoreError for an empty name."""
    if not (name := one_line(name)):
        raise StoreError("An export needs a name.")
    return _set(connection, home, [export_id], "name", name)


def set_stage(
    connection: Connection, home: Home, export_ids: Iterable[int], stage: Stage
) -> dict[int, Stage]:
    before = _set(connection, home, export_ids, "stage", stage.value)
    return {export_id: Stage(was) for export_id, was in before.items()}


def trash(connection: Connection, home: Home, export_ids: Iterable[int]) -> dict[int, None]:
    there = [one.id for one in _known(connection, export_ids) if one.trashed is None]
    return _set(connection, home, there, "trashed", now())


def restore(connection: Connection, home: Home, export_ids: Iterable[int]) -> dict[int, int]:
    """Raises StoreError for one whose folder is gone."""
    for one in _known(connection, export_ids):
        if not (home.path / one.folder).is_dir():
            raise StoreError(f'The folder of "{one.name}" is gone: {home.path / one.folder}')
    return _set(connection, home, export_ids, "trashed", None)


def refresh(connection: Connection, home: Home, export_id: int) -> None:
    """Take over what its manifest says by now. Raises StoreError if it cannot be read."""
    facts = _facts(home.path / read(connection, export_id).folder)
    _update(connection, export_id, facts)


def delete_forever(connection: Connection, export_ids: Iterable[int]) -> list[str]:
    """Remove exports; returns their folders. Raises StoreError for one that is not in the trash."""
    found = _known(connection, export_ids)
    for one in found:
        if one.trashed is None:
            raise StoreError(f'"{one.name}" is not in the trash. Delete it first.')
        connection.execute(delete(exports).where(exports.c.id == one.id))
    return [one.folder for one in found]


# -- the folders --------------------------------------------------------------------------------------
def folders(run_folder: Path) -> list[Path]:
    """Those of the exports that are whole. Raises OSError."""
    inside = run_folder / "exports"
    there = sorted(inside.iterdir()) if inside.is_dir() else []
    return [path for path in there if path.name[:1] != "." and (path / MANIFEST).is_file()]


def bring_back(connection: Connection, home: Home) -> list[str]:
    """Take over what the folders of the known runs have of exports; returns what cannot be read, in words."""
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    for run_id, run in connection.execute(select(runs.c.id, runs.c.name).order_by(runs.c.id)).all():
        for folder in folders(home.run_folder(run_id).path):
            try:
                row = _facts(folder) | {"run_id": run_id, "folder": _relative(home, folder)}
            except StoreError as error:
                told.append(f"The export in {folder} cannot be read: {error}")
                continue
            said = {"id": 0, "name": _default_name(run, folder), "stage": "", "trashed": None}
            try:
                said |= _read_about(folder)
            except _UNREADABLE as error:
                told.append(f"What was said of the export in {folder} cannot be read: {error}")
            rows.append(row | said)
    _number(connection, rows)
    for row in rows:
        _insert(connection, row)
        _write_about(home, read(connection, row["id"]))
    return told


def _number(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Let those that have no id of their own have one that no other has."""
    taken: set[int] = set()
    for row in rows:
        row["id"] = 0 if row["id"] in taken else row["id"]
        taken.add(row["id"])
    _keep_number(connection, max(taken, default=0))
    for row in rows:
        row["id"] = row["id"] or _next_id(connection)


def problems(connection: Connection, home: Home, run_id: int) -> Iterator[str]:
    """What of a run's exports is not as the history has it, in words."""
    query = select(*_COLUMNS).where(exports.c.run_id == run_id)
    known = {row.folder: _record(row) for row in connection.execute(query)}
    for where, record in known.items():
        folder = home.path / where
        try:
            facts, about = _facts(folder), _read_about(folder)
        except (StoreError, *_UNREADABLE) as error:
            yield f"The export in {folder} cannot be read: {error}"
            continue
        said = {"id": record.id, "name": record.name, "stage": record.stage.value}
        said["trashed"] = record.trashed
        if about != said or any(getattr(record, name) != value for name, value in facts.items()):
            yield f"The files in {folder} do not say what the history has of the export."
    for folder in folders(home.run_folder(run_id).path):
        if _relative(home, folder) not in known:
            yield f"The history does not know the export in {folder}."


def _facts(folder: Path) -> dict[str, Any]:
    """The columns that follow from the manifest. Raises StoreError."""
    try:
        manifest = Manifest.read(folder)
    except (OSError, ValueError) as error:
        raise StoreError(f"The manifest in {folder} cannot be read: {error}") from error
    speeds = manifest.measurement.speeds if manifest.measurement else ()
    return {
        "format": manifest.format,
        "created": manifest.created,
        "size_bytes": manifest.size_bytes,
        "passed": manifest.check.passed if manifest.check else None,
        "latency_s": min((one.p50_s for one in speeds if one.batch_size == 1), default=None),
        "samples_per_s": max((one.samples_per_s for one in speeds), default=None),
    }


def _write_about(home: Home, record: ExportRecord) -> None:
    """Keep beside the manifest what a person says; not in a folder that is gone. Raises OSError."""
    folder = home.path / record.folder
    if folder.is_dir():
        about = {"id": record.id, "name": record.name, "stage": record.stage.value}
        raw = {"version": _VERSION, **about, "trashed": record.trashed}
        write_atomically(folder / ABOUT, json.dumps(raw, indent=1))


def _read_about(folder: Path) -> dict[str, Any]:
    """What was said of an export, nothing where there is no such file. Raises OSError, ValueError, KeyError or TypeError."""
    if not (folder / ABOUT).exists():
        return {}
    raw: Mapping[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
    if raw["version"] != _VERSION:
        raise ValueError("a newer version of Twinbench wrote it")
    number, name, stage, trashed = raw["id"], raw["name"], Stage(raw["stage"]), raw["trashed"]
    fits = isinstance(number, int) and isinstance(name, str) and isinstance(trashed, int | None)
    if not fits:
        raise ValueError(f"{ABOUT} is not that of an export")
    return {"id": number, "name": name, "stage": stage.value, "trashed": trashed}


# -- the table ----------------------------------------------------------------------------------------
def _known(connection: Connection, export_ids: Iterable[int]) -> list[ExportRecord]:
    """Raises UnknownExport."""
    ids = list(dict.fromkeys(export_ids))
    rows = connection.execute(select(*_COLUMNS).where(exports.c.id.in_(ids)))
    found = {row.id: _record(row) for row in rows}
    for export_id in ids:
        if export_id not in found:
            raise _unknown(f"e{export_id}")
    return [found[export_id] for export_id in ids]


def _unknown(text: str) -> UnknownExport:
    return UnknownExport(f'There is no export "{text}". `twinbench exports` lists them.')


def _record(row: AnyRow) -> ExportRecord:
    return ExportRecord(**{**row._mapping, "stage": Stage(row.stage)})


def _set(
    connection: Connection, home: Home, export_ids: Iterable[int], column: str, value: Any
) -> dict[int, Any]:
    """Set a column of those that have another value there; returns what they had."""
    known = [one for one in _known(connection, export_ids) if getattr(one, column) != value]
    for one in known:
        _update(connection, one.id, {column: value})
    for one in known:
        _write_about(home, read(connection, one.id))
    return {one.id: getattr(one, column) for one in known}


def _update(connection: Connection, export_id: int, values: Mapping[str, Any]) -> None:
    revision = next_number(connection, "revision")
    changed = update(exports).where(exports.c.id == export_id)
    connection.execute(changed.values({**values, "revision": revision}))


def _insert(connection: Connection, row: Mapping[str, Any]) -> None:
    revision = next_number(connection, "revision")
    connection.execute(insert(exports).values({**row, "revision": revision}))


def _next_id(connection: Connection) -> int:
    last = connection.scalar(select(counters.c.value).where(counters.c.name == "export")) or 0
    _keep_number(connection, last + 1)
    return last + 1


def _keep_number(connection: Connection, number: int) -> None:
    """See that ids up to this one are not given again."""
    of_exports = counters.c.name == "export"
    last = connection.scalar(select(counters.c.value).where(of_exports))
    if last is None:
        connection.execute(insert(counters).values(name="export", value=number))
    elif last < number:
        connection.execute(update(counters).where(of_exports).values(value=number))


def _relative(home: Home, folder: Path) -> str:
    """Raises StoreError for a folder that is not in the home."""
    try:
        return folder.absolute().relative_to(home.path).as_posix()
    except ValueError as error:
        raise StoreError(f"{folder} is not in {home.path}.") from error


def _default_name(run: str, folder: Path) -> str:
    return f"{run} {folder.name}"
