"""Changes of runs. Each function works inside the transaction that it is given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from time import time_ns
from typing import Any

from sqlalchemy import Connection, Row, Table, Update, bindparam, func, insert, select, update

from runners.protocol import Progress, RunSpec, Scalar, State
from storage import journal
from storage.bulk import execute_many
from storage.errors import StoreError, UnknownRun
from storage.models import counters, environments, exports, parameters, runs, tags
from storage.plain import clean, finite_or_none, one_line, to_json
from storage.records import Evidence, QueueOptions
from storage.rows import read_spec, search_text

COLORS = 10
_IN_A_STATEMENT = 10_000
_SMALL = [column for column in runs.c if column.name not in ("spec", "summary", "search")]
AnyRow = Row[*tuple[Any, ...]]


def now() -> int:
    """UTC, microseconds since 1970."""
    return time_ns() // 1000


def next_number(connection: Connection, counter: str, count: int = 1) -> int:
    """The next number of a counter, or the first of ``count`` in a row.

    It locks the counter until the transaction ends, so numbers are seen in their order.
    """
    last = connection.execute(
        update(counters)
        .where(counters.c.name == counter)
        .values(value=counters.c.value + count)
        .returning(counters.c.value)
    ).scalar_one()
    return int(last) - count + 1


def change(connection: Connection, run_id: int, **values: Any) -> None:
    """Set columns of a run and give it a new revision. Raises UnknownRun."""
    values["revision"] = next_number(connection, "revision")
    result = connection.execute(update(runs).where(runs.c.id == run_id).values(values))
    if result.rowcount == 0:
        raise unknown(run_id)


def touch_exports(connection: Connection, run_ids: Iterable[int]) -> None:
    """Give the exports of runs a new revision, as they are listed while their run is."""
    revision = next_number(connection, "revision")
    for part in parts(run_ids):
        connection.execute(
            update(exports).where(exports.c.run_id.in_(part)).values(revision=revision)
        )


def record(
    connection: Connection, run_id: int, kind: str, text: str, changed: Mapping[str, Any]
) -> None:
    """Set columns of a run and say so in its journal. Raises UnknownRun."""
    change(connection, run_id, **changed)
    journal.write(connection, run_id, now(), kind, text, changed)


def update_many(connection: Connection, changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Set the same columns of many runs, each to a value of its own, and give them new revisions."""
    revision = next_number(connection, "revision", len(changed)) if changed else 0
    rows = [
        {"the_id": run_id, "new_revision": revision + at}
        | {f"new_{name}": value for name, value in values.items()}
        for at, (run_id, values) in enumerate(changed.items())
    ]
    for values in list(changed.values())[:1]:
        execute_many(connection, _setting("revision", *values), rows)


@lru_cache
def _setting(*columns: str) -> Update:
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return update(runs).where(runs.c.id == bindparam("the_id")).values(new)


def rows_of(connection: Connection, run_ids: Iterable[int]) -> list[AnyRow]:
    """The rows of runs, each once, in the order of the ids, without specs and summaries. Raises UnknownRun."""
    ids = list(dict.fromkeys(run_ids))
    found = {
        row.id: row
        for part in parts(ids)
        for row in connection.execute(select(*_SMALL).where(runs.c.id.in_(part)))
    }
    for run_id in ids:
        if run_id not in found:
            raise unknown(run_id)
    return [found[run_id] for run_id in ids]


def parts(run_ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in lists that fit into one statement: SQLite takes 32,766 values."""
    ids = list(run_ids)
    for at in range(0, len(ids), _IN_A_STATEMENT):
        yield ids[at : at + _IN_A_STATEMENT]


def row_of(connection: Connection, run_id: int) -> AnyRow:
    """Raises UnknownRun."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise unknown(run_id)
    return row


def unknown(run: int | str) -> UnknownRun:
    what = f"id {run}" if isinstance(run, int) else f'the id or the name "{run}"'
    return UnknownRun(f"There is no run with {what}. `twinbench runs` lists them.")


def replace(connection: Connection, table: Table, key: dict[str, Any], **values: Any) -> None:
    """Update the row with the key, or insert it."""
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(update(table).where(*same).values(values)).rowcount == 0:
        connection.execute(insert(table).values({**key, **values}))


def insert_run(
    connection: Connection,
    run_id: int,
    spec: RunSpec,
    name: str,
    experiment: str,
    options: QueueOptions,
    parent: int | None,
) -> None:
    """Insert a queued run. Raises UnknownRun for an unknown parent."""
    if parent is not None:
        row_of(connection, parent)
    row = new_run(run_id, spec, name, experiment, options)
    row |= {"parent": parent, "position": last_position(connection)}
    connection.execute(insert(runs).values(row))
    insert_parameters(connection, run_id, spec)


def new_run(
    run_id: int, spec: RunSpec, name: str, experiment: str, options: QueueOptions
) -> dict[str, Any]:
    """The row of a run that is queued first, without a parent and without what the text filter looks in."""
    return {
        "id": run_id,
        "revision": 0,
        "name": one_line(name) or f"{spec.title}-{spec.framework}-{run_id}",
        "experiment": one_line(experiment) or "default",
        "state": State.QUEUED.value,
        "reason": "",
        "template": spec.template,
        "framework": spec.framework.value,
        "dataset": spec.dataset,
        "spec": spec_text(spec),
        "search": "",
        "summary": "{}",
        "created": now(),
        "assigned_device": "",
        "position": 0.0,
        "color": (run_id - 1) % COLORS,
        "event_offset": 0,
        "system_offset": 0,
        "damaged_bytes": 0,
        "attempt": 1,
        "rewinds": 0,
        "parent": None,
        "note": "",
        "starred": False,
        "duel": spec.duel.duel if spec.duel else None,
        **asdict(options),
        **progress_columns(Progress("")),
    }


def insert_parameters(connection: Connection, run_id: int, spec: RunSpec) -> None:
    rows = parameter_rows(run_id, spec)
    if rows:
        connection.execute(insert(parameters), rows)


def last_position(connection: Connection) -> float:
    """The position behind all queued runs."""
    waiting = select(func.max(runs.c.position)).where(runs.c.state == State.QUEUED.value)
    return (connection.scalar(waiting) or 0.0) + 1.0


def json_text(value: Any) -> str:
    """Raises StoreError for what JSON cannot hold."""
    try:
        return to_json(value)
    except TypeError as error:
        raise StoreError(f"This cannot be kept: {error}") from error


def spec_text(spec: RunSpec) -> str:
    try:
        return spec.to_json()
    except (TypeError, ValueError) as error:
        raise StoreError(f"The spec of the run cannot be kept: {error}") from error


def parameter_rows(run_id: int, spec: RunSpec) -> list[dict[str, Any]]:
    return [_parameter_row(run_id, key, value) for key, value in spec.parameters.items()]


def _parameter_row(run_id: int, name: str, value: Scalar) -> dict[str, Any]:
    number = float(value) if isinstance(value, bool | int | float) else None
    is_number = number is not None and not isinstance(value, bool)
    text = None if is_number else value if isinstance(value, str) else json.dumps(value)
    return {"run_id": run_id, "name": name, "number": number, "text": text}


def write_tags(connection: Connection, run_id: int, names: Sequence[str]) -> None:
    """Give tags to a new run, without empty and repeated ones."""
    if kept := tidy(names):
        rows = [{"run_id": run_id, "name": name, "place": at} for at, name in enumerate(kept)]
        connection.execute(insert(tags), rows)
    refresh_search(connection, [run_id])


def tidy(names: Sequence[str]) -> tuple[str, ...]:
    """Tags without empty and repeated ones."""
    return tuple(name for name in dict.fromkeys(one_line(name) for name in names) if name)


def tags_of(connection: Connection, run_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each of the runs, in their order."""
    ids = list(run_ids)
    found: dict[int, list[str]] = {run_id: [] for run_id in ids}
    for part in parts(ids):
        query = select(tags.c.run_id, tags.c.name).where(tags.c.run_id.in_(part))
        for run_id, name in connection.execute(query.order_by(tags.c.place)):
            found[run_id].append(name)
    return {run_id: tuple(names) for run_id, names in found.items()}


def refresh_search(connection: Connection, run_ids: Iterable[int]) -> None:
    """Write anew what the text filter looks in."""
    ids = list(run_ids)
    labels = tags_of(connection, ids)
    columns = runs.c.id, runs.c.spec, runs.c.name, runs.c.experiment, runs.c.note
    found = {
        row.id: search_text(
            read_spec(row.id, row.spec), row.name, row.experiment, labels[row.id], row.note
        )
        for part in parts(ids)
        for row in connection.execute(select(*columns).where(runs.c.id.in_(part)))
    }
    update_many(connection, {run_id: {"search": text} for run_id, text in found.items()})


def progress_columns(progress: Progress) -> dict[str, Any]:
    return {
        "phase": clean(progress.phase),
        "step": progress.step,
        "total_steps": progress.total_steps,
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "samples_per_s": finite_or_none(progress.samples_per_s),
        "remaining_s": finite_or_none(progress.remaining_s),
    }


def write_state(
    connection: Connection, run_id: int, state: State, reason: str, evidence: Evidence
) -> None:
    """Write a state and its evidence, unless the run has come to its end or waits in the trash.

    So whoever was about to start a run that was trashed meanwhile finds it queued as before.
    """
    row = row_of(connection, run_id)
    if State(row.state).final or (row.state == State.QUEUED.value and row.trashed is not None):
        return
    given = {name: value for name, value in asdict(evidence).items() if value is not None}
    if state.final:
        given = {"ended": now(), "stalled": None, **given}
    wanted = {"state": state.value, "reason": clean(reason), "deadline": evidence.deadline, **given}
    changed = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if "state" in changed or "reason" in changed:
        text = f"{state.value}: {reason}" if reason else state.value
        record(connection, run_id, "state", text, changed)
    elif changed:
        words = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in changed.items())
        process = f"trained by process {changed['pid']}" if changed.get("pid") else ""
        record(connection, run_id, "state", process or words, changed)


def set_stalled(connection: Connection, run_id: int, since: int | None) -> None:
    """Say since when the trainer of an active run shows no sign of life, or None."""
    row = row_of(connection, run_id)
    if State(row.state).active and row.stalled != since:
        change(connection, run_id, stalled=since)


def write_environment(connection: Connection, run_id: int, text: str) -> None:
    """Keep the JSON of what a run is executed in."""
    digest = sha256(text.encode()).hexdigest()
    if row_of(connection, run_id).environment == digest:
        return
    replace(connection, environments, {"digest": digest}, text=text)
    change(connection, run_id, environment=digest)
    details = {"environment": json.loads(text)}
    journal.write(connection, run_id, now(), "described", "environment recorded", details)
