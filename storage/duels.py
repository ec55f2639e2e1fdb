"""Duels: what was asked for, in the history and as a file in the home. Inside a given transaction.

The runs of a duel are found by the column ``runs.duel``, which says again what their specs say. The file is what a lost history
is rebuilt from; it is written last in a transaction, so that what cannot be written undoes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import replace as fields_replaced
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from runners.protocol import write_atomically
from storage import edits
from storage.changes import now, replace, rows_of
from storage.errors import StoreError, UnknownDuel
from storage.home import Home
from storage.models import duels, runs
from storage.plain import one_line
from storage.records import DuelRecord

_VERSION = 1


def insert(connection: Connection, home: Home, duel_id: str, name: str, match: str) -> None:
    """Raises StoreError for an empty name."""
    write(connection, home, DuelRecord(duel_id, _named(name), now(), match))


def read(connection: Connection, duel_id: str) -> DuelRecord:
    """Raises StoreError if there is none."""
    row = connection.execute(select(duels).where(duels.c.id == duel_id)).one_or_none()
    if row is None:
        raise UnknownDuel(f"There is no duel {duel_id}. `twinbench duels` lists them.")
    return DuelRecord(**row._mapping)


def read_all(connection: Connection) -> list[DuelRecord]:
    """Trashed ones too, newest first."""
    query = select(duels).order_by(duels.c.created.desc(), duels.c.id)
    return [DuelRecord(**row._mapping) for row in connection.execute(query)]


def change(connection: Connection, home: Home, duel_id: str, **values: Any) -> None:
    """Set columns of a duel. Raises StoreError for an empty name and where there is no such duel."""
    if "name" in values:
        values["name"] = _named(values["name"])
    known = read(connection, duel_id)
    write(connection, home, fields_replaced(known, **values))


def rename(connection: Connection, home: Home, duel_id: str, name: str) -> None:
    """With the experiment of its runs, and those of them that are called after it. Raises StoreError for an empty name."""
    old = read(connection, duel_id).name
    change(connection, home, duel_id, name=name)
    new = read(connection, duel_id).name
    found = rows_of(connection, run_ids(connection, duel_id))
    edits.set_experiment(connection, [run.id for run in found if run.experiment == old], new)
    for run in found:
        if run.name.startswith(f"{old}: "):
            edits.rename(connection, run.id, new + run.name.removeprefix(old))


def trash(connection: Connection, home: Home, duel_id: str) -> None:
    """With its runs. Raises StoreError while one of them is active."""
    edits.trash(connection, run_ids(connection, duel_id))
    change(connection, home, duel_id, trashed=now())


def bring_back(connection: Connection, home: Home, duel_id: str) -> None:
    """From the trash, with its runs."""
    edits.restore(connection, run_ids(connection, duel_id))
    change(connection, home, duel_id, trashed=None)


def require_trashed(connection: Connection, duel_id: str) -> None:
    """Raises StoreError for a duel that is not in the trash."""
    duel = read(connection, duel_id)
    if duel.trashed is None:
        raise StoreError(f'The duel "{duel.name}" is not in the trash. Delete it first.')


def forget_deserted(connection: Connection) -> list[str]:
    """Remove the duels in the trash that no run is left of; returns their ids, whose files are the caller's to remove."""
    left = select(runs.c.duel).where(runs.c.duel.is_not(None))
    query = select(duels.c.id).where(duels.c.trashed.is_not(None), duels.c.id.not_in(left))
    found = list(connection.scalars(query))
    connection.execute(delete(duels).where(duels.c.id.in_(found)))
    return found


def run_ids(connection: Connection, duel_id: str) -> list[int]:
    """Its runs, trashed ones too, oldest first."""
    return list(
        connection.scalars(select(runs.c.id).where(runs.c.duel == duel_id).order_by(runs.c.id))
    )


def runs_in_sight(connection: Connection, duel_id: str) -> Select[*tuple[Any, ...]]:
    """All that were ever queued for it and are not in the trash unless the duel is, oldest first."""
    query = select(runs).where(runs.c.duel == duel_id).order_by(runs.c.id)
    is_there = read(connection, duel_id).trashed is None
    return query.where(runs.c.trashed.is_(None)) if is_there else query


def write(connection: Connection, home: Home, duel: DuelRecord) -> None:
    """Keep a duel in the history and in its file. Raises OSError, and ValueError for a match that is no JSON."""
    match = json.loads(duel.match)
    _keep(connection, fields_replaced(duel, match=json.dumps(match)))
    home.duels.mkdir(mode=0o700, exist_ok=True)
    raw = {"version": _VERSION, **_columns(duel), "match": match}
    write_atomically(home.duel_file(duel.id), json.dumps(raw, indent=1))


def restore(connection: Connection, home: Home) -> list[str]:
    """Take over what the files say; returns what cannot be read, in words."""
    problems: list[str] = []
    for path in sorted(home.duels.glob("*.json")) if home.duels.is_dir() else []:
        try:
            _keep(connection, read_file(path))
        except (OSError, ValueError, KeyError, TypeError) as error:
            problems.append(f"The duel {path.stem} cannot be read: {error}")
    known = select(duels.c.id)
    unknown = select(runs.c.duel).where(runs.c.duel.is_not(None), runs.c.duel.not_in(known))
    for duel_id in sorted(filter(None, connection.scalars(unknown.distinct()))):
        problems.append(
            f"The duel {duel_id} is known by its runs alone: {home.duel_file(duel_id)} is missing."
        )
    return problems


def read_file(path: Path) -> DuelRecord:
    """What a file says. Raises OSError, ValueError, KeyError or TypeError."""
    raw: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    if raw["version"] != _VERSION:
        raise ValueError("a newer version of Twinbench wrote it")
    name, created, trashed = raw["name"], raw["created"], raw["trashed"]
    fits = isinstance(name, str) and isinstance(created, int) and isinstance(raw["match"], dict)
    if not fits or not isinstance(trashed, int | None) or raw["id"] != path.stem:
        raise ValueError("it is not the file of a duel")
    return DuelRecord(path.stem, name, created, json.dumps(raw["match"]), trashed)


def _keep(connection: Connection, duel: DuelRecord) -> None:
    columns = _columns(duel)
    replace(connection, duels, {"id": columns.pop("id")}, **columns)


def _columns(duel: DuelRecord) -> dict[str, Any]:
    return asdict(duel)


def _named(name: str) -> str:
    if not (name := one_line(name)):
        raise StoreError("A duel needs a name.")
    return name
