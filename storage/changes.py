"""Changes of runs. Each function works inside the transaction that it is given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from dataclasses import replace as replace_fields
from hashlib import sha256
from time import time_ns
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, update

from runners.protocol import Artifact, Progress, Request, RunSpec, Scalar, State, write_atomically
from storage import journal
from storage.arrivals import Arrival
from storage.errors import StoreError, UnknownRun
from storage.home import Home
from storage.models import artifacts, counters, environments, parameters, runs, tags
from storage.plain import clean, finite_or_none, one_line
from storage.records import Evidence, QueueOptions
from storage.rows import search_text
from storage.series import append_points, rewind

COLORS = 10


def now() -> int:
    """UTC, microseconds since 1970."""
    return time_ns() // 1000


def next_number(connection: Connection, counter: str) -> int:
    """The next number of a counter. Locks it until the transaction ends, so numbers are seen in their order."""
    number = connection.execute(
        update(counters)
        .where(counters.c.name == counter)
        .values(value=counters.c.value + 1)
        .returning(counters.c.value)
    ).scalar_one()
    return int(number)


def change(connection: Connection, run_id: int, **values: Any) -> None:
    """Set columns of a run and give it a new revision. Raises UnknownRun."""
    values["revision"] = next_number(connection, "revision")
    result = connection.execute(update(runs).where(runs.c.id == run_id).values(values))
    if result.rowcount == 0:
        raise unknown(run_id)


def row_of(connection: Connection, run_id: int) -> Row[*tuple[Any, ...]]:
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


def insert_run(
    connection: Connection,
    home: Home,
    run_id: int,
    spec: RunSpec,
    name: str,
    experiment: str,
    options: QueueOptions,
    parent: int | None,
) -> None:
    """Insert a queued run and write its spec into its folder."""
    text = _spec_text(spec)
    write_atomically(home.run_folder(run_id).spec, text)
    connection.execute(
        insert(runs).values(
            id=run_id,
            revision=0,
            name=one_line(name) or f"{spec.template}-{spec.framework}-{run_id}",
            experiment=one_line(experiment) or "default",
            state=State.QUEUED.value,
            reason="",
            template=spec.template,
            framework=spec.framework.value,
            dataset=spec.dataset,
            spec=text,
            search="",
            summary="{}",
            created=now(),
            assigned_device="",
            position=float(run_id),
            color=(run_id - 1) % COLORS,
            event_offset=0,
            system_offset=0,
            damaged_bytes=0,
            attempt=1,
            parent=parent,
            **asdict(options),
            **_progress_columns(Progress("")),
        )
    )
    _insert_parameters(connection, run_id, spec)


def _insert_parameters(connection: Connection, run_id: int, spec: RunSpec) -> None:
    rows = [_parameter_row(run_id, key, value) for key, value in spec.parameters.items()]
    if rows:
        connection.execute(insert(parameters), rows)


def journal_creation(connection: Connection, run_id: int, tags: Sequence[str]) -> None:
    """Open the journal of a run with what only the history knows of it."""
    row = row_of(connection, run_id)
    kept = ("name", "experiment", "color", "created", "parent", "priority", "held", "alone")
    details = {name: getattr(row, name) for name in (*kept, "memory_bytes", "position")}
    journal.write(
        connection, run_id, row.created, "created", "queued", {**details, "tags": list(tags)}
    )


def _spec_text(spec: RunSpec) -> str:
    try:
        return spec.to_json()
    except (TypeError, ValueError) as error:
        raise StoreError(f"The spec of the run cannot be kept: {error}") from error


def _parameter_row(run_id: int, name: str, value: Scalar) -> dict[str, Any]:
    number = float(value) if isinstance(value, bool | int | float) else None
    text = None if number is not None else value if isinstance(value, str) else json.dumps(value)
    return {"run_id": run_id, "name": name, "number": number, "text": text}


def retag(connection: Connection, run_id: int, names: Sequence[str]) -> None:
    """Replace the tags of a run, without empty and repeated ones."""
    kept = [name for name in dict.fromkeys(one_line(name) for name in names) if name]
    connection.execute(delete(tags).where(tags.c.run_id == run_id))
    if kept:
        rows = [{"run_id": run_id, "name": name, "place": at} for at, name in enumerate(kept)]
        connection.execute(insert(tags), rows)
    describe(connection, run_id)


def describe(connection: Connection, run_id: int, **values: str) -> None:
    """Set columns that describe a run, and what the text filter looks in."""
    row = row_of(connection, run_id)
    names = connection.scalars(select(tags.c.name).where(tags.c.run_id == run_id))
    name = values.get("name", row.name)
    words = (name, *names, row.experiment, row.template, row.dataset, row.framework)
    change(connection, run_id, **values, search=search_text(words))


def write_progress(
    connection: Connection, run_id: int, progress: Progress, heartbeat: int | None
) -> None:
    values = _progress_columns(progress)
    if heartbeat is not None:
        values["heartbeat"] = heartbeat
    change(connection, run_id, **values)


def _progress_columns(progress: Progress) -> dict[str, Any]:
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
    """Write a state and its evidence, unless the run has come to its end."""
    row = row_of(connection, run_id)
    if State(row.state).final:
        return
    given = {name: value for name, value in asdict(evidence).items() if value is not None}
    if state.final:
        given.setdefault("ended", now())
    passing = {"deadline": evidence.deadline, "stalled": None}
    change(connection, run_id, state=state.value, reason=clean(reason), **{**given, **passing})
    if (row.state, row.reason) != (state.value, reason):
        text = f"{state.value}: {reason}" if reason else state.value
        details = {"state": state.value, "reason": reason, **given}
        journal.write(connection, run_id, now(), "state", text, details)


def take(connection: Connection, arrival: Arrival) -> None:
    """Store what a run's files brought. Raises UnknownRun."""
    run_id = arrival.run_id
    row = row_of(connection, run_id)
    values: dict[str, Any] = {}
    if arrival.rewind_to is not None:
        values["summary"] = rewind(connection, run_id, arrival.rewind_to)
    if arrival.series:
        values["summary"] = append_points(connection, run_id, arrival.series)
    if arrival.progress is not None:
        values |= _progress_columns(arrival.progress)
    given = {
        "event_offset": arrival.event_offset,
        "system_offset": arrival.system_offset,
        "heartbeat": arrival.heartbeat,
    }
    values |= {name: value for name, value in given.items() if value is not None}
    values["damaged_bytes"] = row.damaged_bytes + arrival.damaged_bytes
    for artifact in arrival.artifacts:
        write_artifact(connection, run_id, artifact)
    change(connection, run_id, **values)


def write_artifact(connection: Connection, run_id: int, artifact: Artifact) -> None:
    """Add an artifact, or replace the one of its name."""
    key = {"run_id": run_id, "name": clean(artifact.name)}
    values = {"kind": artifact.kind.value, "path": clean(artifact.path)}
    replace(connection, artifacts, key, **values, created=now())


def write_environment(connection: Connection, run_id: int, text: str) -> None:
    digest = sha256(text.encode()).hexdigest()
    replace(connection, environments, {"digest": digest}, text=text)
    change(connection, run_id, environment=digest)


_URGENCY = [None, Request.PAUSE.value, Request.STOP.value, Request.KILL.value]


def write_request(connection: Connection, run_id: int, request: Request | None) -> None:
    """Keep what is asked of a run that has not ended. Only a pause is taken back, by None; nothing is weakened."""
    row = row_of(connection, run_id)
    wanted = request.value if request else None
    weaker = _URGENCY.index(wanted) <= _URGENCY.index(row.request)
    takes_back = wanted is None and row.request == Request.PAUSE.value
    if State(row.state).final or (weaker and not takes_back):
        return
    change(connection, run_id, request=wanted)
    words = f"asked to {wanted}" if wanted else "asked to go on"
    journal.write(connection, run_id, now(), "note", words, {})


def requeue(connection: Connection, run_id: int) -> None:
    """Queue an ended run again, to go on from its last checkpoint. Raises StoreError."""
    row = row_of(connection, run_id)
    what = f'Run {run_id} "{row.name}"'
    if not State(row.state).final:
        raise StoreError(f"{what} is {row.state}; only a run that has ended can go on.")
    if row.trashed is not None:
        raise StoreError(f"{what} is in the trash. Bring it back first.")
    last = connection.scalar(select(func.max(runs.c.position)))
    fresh = dict.fromkeys(("request", "pid", "pid_created", "exit_code", "ended", "deadline"))
    change(
        connection,
        run_id,
        state=State.QUEUED.value,
        reason="",
        attempt=row.attempt + 1,
        position=(last or 0.0) + 1.0,
        assigned_device="",
        **fresh,
    )


def resume(connection: Connection, run_id: int) -> None:
    """Queue a run again that ended before it was finished. Raises StoreError."""
    row = row_of(connection, run_id)
    if row.state == State.FINISHED.value:
        raise StoreError(
            f'Run {run_id} "{row.name}" is finished: there is nothing left to train. '
            "Extend it to train more epochs."
        )
    requeue(connection, run_id)
    text = f"resumed from its last checkpoint (attempt {row.attempt + 1})"
    journal.write(connection, run_id, now(), "resumed", text, {"attempt": row.attempt + 1})


def extend(connection: Connection, home: Home, run_id: int, epochs: int) -> None:
    """Give an ended run more epochs, in all ``epochs``, and queue it again. Raises StoreError."""
    row = row_of(connection, run_id)
    spec = RunSpec.from_json(row.spec)
    before = spec.parameters.get("epochs")
    if not isinstance(before, int) or epochs <= before:
        raise StoreError(
            f'Run {run_id} "{row.name}" has {before} epochs; to extend it, give it more than that.'
        )
    spec = replace_fields(spec, parameters={**spec.parameters, "epochs": epochs})
    requeue(connection, run_id)
    connection.execute(delete(parameters).where(parameters.c.run_id == run_id))
    _insert_parameters(connection, run_id, spec)
    change(connection, run_id, spec=_spec_text(spec))
    text = f"extended from {before} to {epochs} epochs (attempt {row.attempt + 1})"
    details = {"attempt": row.attempt + 1, "epochs_before": before, "epochs": epochs}
    journal.write(connection, run_id, now(), "extended", text, details)
    write_atomically(home.run_folder(run_id).spec, _spec_text(spec))


def set_queue_options(
    connection: Connection, run_id: int, changed: Mapping[str, int | bool]
) -> None:
    """Change how a queued run waits for its turn. Raises StoreError."""
    row = row_of(connection, run_id)
    if row.state != State.QUEUED.value:
        raise StoreError(f'Run {run_id} "{row.name}" does not wait in the queue any more.')
    new = {name: value for name, value in changed.items() if getattr(row, name) != value}
    if new:
        change(connection, run_id, **new)
        text = ", ".join(f"{name}: {value}" for name, value in new.items())
        journal.write(connection, run_id, now(), "queue", text, new)


def write_waiting(connection: Connection, run_id: int, reason: str) -> None:
    """Say what a queued run waits for; it is no entry of the journal, as it changes all the time."""
    row = row_of(connection, run_id)
    if row.state == State.QUEUED.value and row.reason != reason:
        change(connection, run_id, reason=clean(reason))


def move_to_trash(connection: Connection, run_id: int) -> None:
    row = row_of(connection, run_id)
    if State(row.state).active:
        raise StoreError(
            f'Run {run_id} "{row.name}" is {row.state}. Stop it first, then it can be deleted.'
        )
    if row.trashed is None:
        change(connection, run_id, trashed=now())


def queued_rows(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(
        select(runs.c.id, runs.c.position)
        .where(runs.c.state == State.QUEUED.value, runs.c.trashed.is_(None))
        .order_by(runs.c.priority.desc(), runs.c.position)
    ).all()


def move_queued(connection: Connection, run_id: int, before: int | None) -> None:
    """Put a queued run elsewhere: the runs of the queue share out the positions that they have."""
    rows = queued_rows(connection)
    old = [row.id for row in rows]
    for wanted in (run_id, before):
        if wanted is not None and wanted not in old:
            row = row_of(connection, wanted)
            raise StoreError(f'Run {wanted} "{row.name}" does not wait in the queue any more.')
    if run_id == before:
        return
    order = [other for other in old if other != run_id]
    order.insert(len(order) if before is None else order.index(before), run_id)
    for row, new in zip(rows, order, strict=True):
        if row.id != new:
            change(connection, new, position=row.position)
