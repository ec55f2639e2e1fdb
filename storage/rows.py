"""From rows to records, for any number of runs with a fixed number of queries."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from runners.protocol import Progress, Request, RunSpec, State
from storage.errors import StoreError
from storage.home import Home
from storage.models import environments, metrics, runs, tags
from storage.records import MetricSummary, RunFilter, RunRecord, better


def load_runs(
    connection: Connection, home: Home, which: Select[*tuple[Any, ...]]
) -> list[RunRecord]:
    """The runs that a query over the table of runs selects, in its order, with all that belongs to them."""
    rows = connection.execute(which).all()
    if not rows:
        return []
    chosen = which.with_only_columns(runs.c.id)
    found_tags = _tags(connection, chosen)
    summaries = _summaries(connection, chosen)
    known = _environments(connection, chosen)
    return [
        _record(row, home, tuple(found_tags.get(row.id, ())), summaries.get(row.id, {}), known)
        for row in rows
    ]


def filtered(which: RunFilter) -> Select[*tuple[Any, ...]]:
    """The runs that a filter lets through, newest first."""
    query = select(runs).order_by(runs.c.created.desc(), runs.c.id.desc()).limit(which.limit)
    query = query.where(runs.c.trashed.is_not(None) if which.trashed else runs.c.trashed.is_(None))
    if which.experiment is not None:
        query = query.where(runs.c.experiment == which.experiment)
    if which.state is not None:
        query = query.where(runs.c.state == which.state.value)
    return query.where(*(_mentions(word) for word in which.text.casefold().split()))


def search_text(words: Iterable[str]) -> str:
    """What the text filter looks in. Folded here, as databases fold ASCII letters only."""
    return "\n".join(words).casefold()


def _mentions(word: str) -> ColumnElement[bool]:
    return runs.c.search.contains(word, autoescape=True) | runs.c.state.contains(
        word, autoescape=True
    )


def _tags(connection: Connection, chosen: Select[tuple[int]]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(tags.c.run_id, tags.c.name).where(tags.c.run_id.in_(chosen))
    for run_id, name in connection.execute(query.order_by(tags.c.place)):
        found[run_id].append(name)
    return found


def _summaries(
    connection: Connection, chosen: Select[tuple[int]]
) -> Mapping[int, dict[str, MetricSummary]]:
    found: dict[int, dict[str, MetricSummary]] = defaultdict(dict)
    query = select(
        metrics.c.run_id,
        metrics.c.name,
        metrics.c.last,
        metrics.c.last_step,
        metrics.c.minimum,
        metrics.c.maximum,
        metrics.c.count,
    ).where(metrics.c.run_id.in_(chosen))
    lower: dict[str, bool] = {}
    for run_id, name, last, step, minimum, maximum, count in connection.execute(
        query.order_by(metrics.c.id)
    ):
        if name not in lower:
            lower[name] = better(name) == "lower"
        best = minimum if lower[name] else maximum
        value = math.nan if last is None else last
        found[run_id][name] = MetricSummary(value, step, best, minimum, maximum, count)
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
    home: Home,
    names: tuple[str, ...],
    summary: Mapping[str, MetricSummary],
    known: Mapping[str, Mapping[str, Any]],
) -> RunRecord:
    return RunRecord(
        id=row.id,
        revision=row.revision,
        name=row.name,
        experiment=row.experiment,
        state=State(row.state),
        reason=row.reason,
        spec=_spec(row),
        created=row.created,
        started=row.started,
        ended=row.ended,
        folder=str(home.run_folder(row.id).path),
        pid=row.pid,
        pid_created=row.pid_created,
        exit_code=row.exit_code,
        assigned_device=row.assigned_device,
        request=Request(row.request) if row.request else None,
        position=row.position,
        color=row.color,
        trashed=row.trashed,
        progress=Progress(
            row.phase,
            row.step,
            row.total_steps,
            row.epoch,
            row.epochs,
            row.samples_per_s,
            row.remaining_s,
        ),
        heartbeat=row.heartbeat,
        tags=names,
        summary=summary,
        environment=known.get(row.environment, {}),
    )


def _spec(row: Row[*tuple[Any, ...]]) -> RunSpec:
    try:
        return RunSpec.from_json(row.spec)
    except ValueError as error:
        raise StoreError(f"The spec of run {row.id} cannot be read: {error}") from error
