"""From rows to records, for any number of runs with a fixed number of queries."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from runners.protocol import Progress, Request, RunSpec, State
from storage.errors import StoreError
from storage.home import Home, folder_name
from storage.models import environments, runs, tags
from storage.records import QueueOptions, RunFilter, RunRecord
from storage.summaries import Summaries

_COLUMNS = [
    runs.c[name]
    for name in (
        "id", "revision", "name", "experiment", "state", "reason", "spec", "created", "started", "ended",
        "pid", "pid_created", "exit_code", "assigned_device", "request", "position", "color", "trashed",
        "heartbeat", "environment", "summary", "priority", "held", "alone", "memory_bytes",
        "attempt", "rewinds", "parent", "deadline", "stalled", "damaged_bytes",
        "note", "starred", "archived",
        "phase", "step", "total_steps", "epoch", "epochs", "samples_per_s", "remaining_s",
    )
]  # fmt: skip
QUEUE_ORDER = (runs.c.priority.desc(), runs.c.position, runs.c.id)
_STATES = {state.value: state for state in State}
_REQUESTS = {request.value: request for request in Request}


def load_runs(
    connection: Connection, home: Home, which: Select[*tuple[Any, ...]]
) -> list[RunRecord]:
    """The runs that a query over the table of runs selects, in its order, with all that belongs to them."""
    rows = connection.execute(which.with_only_columns(*_COLUMNS)).all()
    if not rows:
        return []
    chosen = which.with_only_columns(runs.c.id)
    found_tags = _tags(connection, chosen)
    known = _environments(connection, chosen)
    folders = str(home.runs)
    return [_record(row, folders, found_tags, known) for row in rows]


def filtered(which: RunFilter) -> Select[*tuple[Any, ...]]:
    """The runs that a filter lets through, newest first."""
    query = select(runs).order_by(runs.c.created.desc(), runs.c.id.desc()).limit(which.limit)
    query = query.where(runs.c.trashed.is_not(None) if which.trashed else runs.c.trashed.is_(None))
    if which.experiment is not None:
        query = query.where(runs.c.experiment == which.experiment)
    if which.state is not None:
        query = query.where(runs.c.state == which.state.value)
    return query.where(*(_mentions(word) for word in which.text.casefold().split()))


def queued() -> tuple[ColumnElement[bool], ...]:
    """What is true of the runs of the queue."""
    return runs.c.state == State.QUEUED.value, runs.c.trashed.is_(None)


def search_text(
    spec: RunSpec, name: str, experiment: str, labels: Iterable[str] = (), note: str = ""
) -> str:
    """What a search for words looks in, beside the state. Folded here, as databases fold ASCII letters only."""
    chosen = (
        f"{parameter}={value}"
        for parameter, value in spec.parameters.items()
        if not isinstance(value, bool | int | float)
    )
    of_spec = (spec.template, spec.dataset, spec.framework, spec.mode, *chosen)
    return "\n".join((name, *labels, experiment, *of_spec, note)).casefold()


def _mentions(word: str) -> ColumnElement[bool]:
    return runs.c.search.contains(word, autoescape=True) | runs.c.state.contains(
        word, autoescape=True
    )


def _tags(connection: Connection, chosen: Select[tuple[int]]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(tags.c.run_id, tags.c.name).where(tags.c.run_id.in_(chosen))
    for run_id, name in connection.execute(query.order_by(tags.c.place)).all():
        found[run_id].append(name)
    return found


def _environments(
    connection: Connection, chosen: Select[tuple[int]]
) -> Mapping[str, Mapping[str, Any]]:
    used = select(runs.c.environment).where(runs.c.id.in_(chosen))
    query = select(environments.c.digest, environments.c.text).where(
        environments.c.digest.in_(used)
    )
    return {digest: json.loads(text) for digest, text in connection.execute(query)}


def _record(
    row: Row[*tuple[Any, ...]],
    folders: str,
    found_tags: Mapping[int, list[str]],
    known: Mapping[str, Mapping[str, Any]],
) -> RunRecord:
    # Unpacked in one go: to look each column up by its name takes half of the time of a long list.
    (
        run_id, revision, name, experiment, state, reason, spec, created, started, ended, pid,
        pid_created, exit_code, assigned_device, request, position, color, trashed, heartbeat,
        environment, summary, priority, held, alone, memory_bytes, attempt, rewinds, parent, deadline,
        stalled, damaged_bytes, note, starred, archived, *progress,
    ) = row  # fmt: skip
    return RunRecord(
        id=run_id,
        revision=revision,
        name=name,
        experiment=experiment,
        state=_STATES[state],
        reason=reason,
        spec=read_spec(run_id, spec),
        created=created,
        started=started,
        ended=ended,
        folder=os.path.join(folders, folder_name(run_id)),
        pid=pid,
        pid_created=pid_created,
        exit_code=exit_code,
        assigned_device=assigned_device,
        request=_REQUESTS.get(request),
        position=position,
        color=color,
        trashed=trashed,
        progress=Progress(*progress),
        heartbeat=heartbeat,
        tags=tuple(found_tags.get(run_id, ())),
        summary=Summaries(summary),
        environment=known.get(environment, {}),
        options=QueueOptions(priority, held, alone, memory_bytes),
        attempt=attempt,
        rewinds=rewinds,
        parent=parent,
        deadline=deadline,
        stalled=stalled,
        damaged_bytes=damaged_bytes,
        note=note,
        starred=bool(starred),
        archived=archived,
    )


def read_spec(run_id: int, text: str) -> RunSpec:
    """Raises StoreError."""
    try:
        return RunSpec.from_json(text)
    except ValueError as error:
        raise StoreError(f"The spec of run {run_id} cannot be read: {error}") from error
