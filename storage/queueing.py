"""What a person asks of runs: how they wait, that they end, that they go on. Inside a given transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as replace_fields
from math import inf
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from runners.protocol import Request, RunSpec, State, write_atomically
from storage import journal
from storage.changes import (
    change,
    insert_parameters,
    last_position,
    now,
    record,
    row_of,
    spec_text,
)
from storage.errors import StoreError
from storage.home import Home
from storage.models import parameters, runs
from storage.plain import clean
from storage.rows import QUEUE_ORDER, queued, read_spec

_URGENCY = [None, Request.PAUSE.value, Request.STOP.value, Request.KILL.value]
_FRESH = dict.fromkeys(
    ("request", "pid", "pid_created", "exit_code", "ended", "deadline", "stalled")
)


def write_request(connection: Connection, run_id: int, request: Request | None) -> None:
    """Keep what is asked of a run that has not ended. Only a pause is taken back, by None; nothing is weakened.

    A queued run is paused by holding it.
    """
    row = row_of(connection, run_id)
    if row.state == State.QUEUED.value and request in (Request.PAUSE, None):
        set_queue_options(connection, run_id, {"held": request is Request.PAUSE})
        return
    wanted = request.value if request else None
    weaker = _URGENCY.index(wanted) <= _URGENCY.index(row.request)
    takes_back = wanted is None and row.request == Request.PAUSE.value
    if State(row.state).final or (weaker and not takes_back):
        return
    text = f"asked to {wanted}" if wanted else "asked to go on"
    record(connection, run_id, "note", text, {"request": wanted})


def resume(connection: Connection, home: Home, run_id: int) -> None:
    """Queue a run again that ended before it was finished. Raises StoreError."""
    row = _ended(connection, run_id)
    if row.state == State.FINISHED.value:
        raise StoreError(
            f'Run {run_id} "{row.name}" is finished: there is nothing left to train. '
            "Extend it to train more epochs."
        )
    values = _again(connection, home, row)
    text = f"resumed from its last checkpoint (attempt {values['attempt']})"
    record(connection, run_id, "resumed", text, values)
    _write_spec(home, run_id, read_spec(run_id, row.spec))


def extend(connection: Connection, home: Home, run_id: int, epochs: int) -> None:
    """Give an ended run more epochs, in all ``epochs``, and queue it again. Raises StoreError."""
    row = _ended(connection, run_id)
    spec = read_spec(run_id, row.spec)
    before = spec.parameters.get("epochs")
    if not isinstance(before, int):
        raise StoreError(f'Run {run_id} "{row.name}" has no number of epochs to extend.')
    if epochs <= before:
        raise StoreError(
            f'Run {run_id} "{row.name}" has {before} epochs; to extend it, give it more than that.'
        )
    spec = replace_fields(spec, parameters={**spec.parameters, "epochs": epochs})
    values = _again(connection, home, row)
    change(connection, run_id, **values, spec=spec_text(spec))
    connection.execute(delete(parameters).where(parameters.c.run_id == run_id))
    insert_parameters(connection, run_id, spec)
    text = f"extended from {before} to {epochs} epochs (attempt {values['attempt']})"
    details = {**values, "epochs_before": before, "epochs": epochs}
    journal.write(connection, run_id, now(), "extended", text, details)
    _write_spec(home, run_id, spec)


def _ended(connection: Connection, run_id: int) -> Row[*tuple[Any, ...]]:
    """The row of a run that can go on. Raises StoreError for one that has not ended, or is in the trash."""
    row = row_of(connection, run_id)
    what = f'Run {run_id} "{row.name}"'
    if not State(row.state).final:
        raise StoreError(f"{what} is {row.state}; only a run that has ended can go on.")
    if row.trashed is not None:
        raise StoreError(f"{what} is in the trash. Bring it back first.")
    return row


def _again(connection: Connection, home: Home, row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The columns of an ended run that waits for its next attempt.

    What is appended to its files is read although some of what was read before is not there any more.
    """
    folder = home.run_folder(row.id)
    return {
        "state": State.QUEUED.value,
        "reason": "",
        "attempt": row.attempt + 1,
        "position": last_position(connection),
        "assigned_device": "",
        "event_offset": min(row.event_offset, _size(folder.events)),
        "system_offset": min(row.system_offset, _size(folder.system)),
        **_FRESH,
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _write_spec(home: Home, run_id: int, spec: RunSpec) -> None:
    """Last in the transaction: what cannot be written undoes it. A deleted folder is made again."""
    path = home.run_folder(run_id).spec
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, spec_text(spec))


def set_queue_options(
    connection: Connection, run_id: int, wanted: Mapping[str, int | bool]
) -> None:
    """Change how a queued run waits for its turn. Raises StoreError."""
    row = _waiting(connection, run_id)
    new = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if new:
        record(connection, run_id, "queue", ", ".join(map(_option_words, new, new.values())), new)


def _option_words(name: str, value: int | bool) -> str:
    words = {
        "held": ("released", "held"),
        "alone": ("may run beside others", "is to run alone"),
    }
    return words[name][bool(value)] if name in words else f"{name}: {value}"


def _waiting(connection: Connection, run_id: int) -> Row[*tuple[Any, ...]]:
    """The row of a queued run. Raises StoreError for any other."""
    row = row_of(connection, run_id)
    if row.state != State.QUEUED.value:
        raise StoreError(f'Run {run_id} "{row.name}" does not wait in the queue any more.')
    return row


def write_waiting(connection: Connection, run_id: int, reason: str) -> None:
    """Say what a queued run waits for; it is no entry of the journal, as it changes all the time."""
    row, reason = row_of(connection, run_id), clean(reason)
    if row.state == State.QUEUED.value and row.reason != reason:
        change(connection, run_id, reason=reason)


def move(connection: Connection, run_id: int, before: int | None) -> None:
    """Put a queued run before another one, or last.

    It keeps its priority if that fits there, else it gets the nearest one that does. Its position is one
    between its neighbours'; only where no number is left between them, others get new ones too.
    """
    for wanted in (run_id, before):
        if wanted is not None and _waiting(connection, wanted).trashed is not None:
            raise StoreError(f"Run {wanted} is in the trash. Bring it back first.")
    if run_id == before:
        return
    rows = connection.execute(select(runs).where(*queued()).order_by(*QUEUE_ORDER)).all()
    at = [row.id for row in rows].index(run_id)
    moved, others = rows[at], [*rows[:at], *rows[at + 1 :]]
    place = len(others) if before is None else [row.id for row in others].index(before)
    if place == at:
        return
    above, below = others[:place], others[place:]
    priority = min(moved.priority, above[-1].priority if above else inf)
    priority = max(priority, below[0].priority if below else -inf)
    above = [row for row in above if row.priority == priority]
    below = [row for row in below if row.priority == priority]
    _place(connection, above, moved, below, int(priority))


def _place(
    connection: Connection,
    above: Sequence[Row[*tuple[Any, ...]]],
    moved: Row[*tuple[Any, ...]],
    below: Sequence[Row[*tuple[Any, ...]]],
    priority: int,
) -> None:
    """Give a run a position between those of the same priority above and below it."""
    low = above[-1].position if above else below[0].position - 2.0 if below else 0.0
    high = below[0].position if below else low + 2.0
    position = (low + high) / 2
    if not low < position < high:
        position = float(len(above))
        for place, row in enumerate([*above, moved, *below]):
            if row is not moved:
                values = {"position": float(place)}
                record(connection, row.id, "queue", "moved to make room", values)
    values = {"position": position, "priority": priority}
    changed = {name: value for name, value in values.items() if value != getattr(moved, name)}
    text = "moved in the queue"
    if "priority" in changed:
        text += f", priority: {priority}"
    record(connection, moved.id, "queue", text, changed)
