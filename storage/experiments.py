"""Experiments: collections of runs by name, with a note and the layout of their views. Inside a given transaction."""

from __future__ import annotations

import json
from dataclasses import replace as fields_replaced
from typing import Any

from sqlalchemy import Connection, delete, select

from storage import edits
from storage.changes import json_text, replace
from storage.errors import StoreError
from storage.models import experiments, runs
from storage.plain import clean, one_line
from storage.records import Experiment


def names(connection: Connection) -> list[str]:
    """Of the runs that are not in the trash, sorted."""
    query = select(runs.c.experiment).where(runs.c.trashed.is_(None)).distinct()
    return sorted(connection.scalars(query))


def read(connection: Connection, name: str) -> Experiment:
    """What is known of an experiment, nothing of one that is not there."""
    row = connection.execute(select(experiments).where(experiments.c.name == name)).one_or_none()
    if row is None:
        return Experiment(name)
    return Experiment(name, row.note, None if row.layout is None else json.loads(row.layout))


def change(connection: Connection, name: str, **values: Any) -> None:
    """Keep something else of an experiment. Raises StoreError for a layout that JSON cannot hold."""
    write(connection, fields_replaced(read(connection, name), **values))


def write(connection: Connection, experiment: Experiment) -> None:
    """Keep what is known of an experiment; one of which nothing is known has no row. Raises StoreError."""
    name, note, layout = one_line(experiment.name), clean(experiment.note).strip(), None
    if experiment.layout is not None:
        layout = json_text(experiment.layout)
    if note or layout is not None:
        replace(connection, experiments, {"name": name}, note=note, layout=layout)
    else:
        connection.execute(delete(experiments).where(experiments.c.name == name))


def rename(connection: Connection, old: str, new: str) -> dict[int, Any]:
    """Move all runs of an experiment, trashed ones too, to another name; returns what they had before.

    Where there is an experiment of the new name they join it, and its note and layout stay. Raises StoreError for
    an empty name and for an experiment without runs.
    """
    new = one_line(new)
    if not new:
        raise StoreError("An experiment needs a name.")
    ids = connection.scalars(select(runs.c.id).where(runs.c.experiment == old)).all()
    if not ids:
        raise StoreError(f'There is no experiment "{old}".')
    if new == old:
        return {}
    known, there = read(connection, old), read(connection, new)
    layout = known.layout if there.layout is None else there.layout
    write(connection, Experiment(new, there.note or known.note, layout))
    write(connection, Experiment(old))
    return edits.set_experiment(connection, ids, new)
