"""What the files of runs bring to the history, and how it gets in: few statements for many runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from runners.protocol import Artifact, Progress
from storage.bulk import execute_many
from storage.changes import next_number, now, progress_columns, replace, unknown
from storage.models import artifacts, runs
from storage.plain import clean
from storage.series import Series, append_points, rewind


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was read from one run's files since the last look, stored as a whole or not at all.

    ``rewind_to`` says that the run went on from a checkpoint at that step: first the points of the trainer's series
    (not of ``system/...``) with a larger step are dropped, since they are about to come again; then ``series`` is
    appended. The offsets say how far the files were read; None leaves what is there. ``damaged_bytes`` is what
    was newly found to be unreadable.
    """

    run_id: int
    series: Mapping[str, Series] = field(default_factory=dict)
    rewind_to: int | None = None
    event_offset: int | None = None
    system_offset: int | None = None
    progress: Progress | None = None
    heartbeat: int | None = None
    artifacts: tuple[Artifact, ...] = ()
    damaged_bytes: int = 0


_PROGRESS = tuple(progress_columns(Progress("")))
_SET = (
    *_PROGRESS,
    "revision", "summary", "rewinds", "event_offset", "system_offset", "heartbeat", "damaged_bytes",
)  # fmt: skip
_READ = select(runs.c.id, *(runs.c[name] for name in _SET))
_WRITE = (
    update(runs)
    .where(runs.c.id == bindparam("the_id"))
    .values({name: bindparam(f"new_{name}") for name in _SET})
)


def take(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Store what the files of runs brought, in the given order. Raises UnknownRun, ValueError for uneven arrays."""
    for group in _groups(arrivals):
        _take_group(connection, group)


def _groups(arrivals: Iterable[Arrival]) -> Iterator[dict[int, Arrival]]:
    """The arrivals in their order, in groups with at most one of each run."""
    group: dict[int, Arrival] = {}
    for arrival in arrivals:
        if arrival.run_id in group:
            yield group
            group = {}
        group[arrival.run_id] = arrival
    if group:
        yield group


def _take_group(connection: Connection, group: Mapping[int, Arrival]) -> None:
    found = connection.execute(_READ.where(runs.c.id.in_(group))).mappings()
    rows = {row["id"]: dict(row) for row in found}
    for run_id in group:
        if run_id not in rows:
            raise unknown(run_id)
    for run_id, arrival in group.items():
        if arrival.rewind_to is not None:
            rows[run_id]["summary"] = rewind(connection, run_id, arrival.rewind_to)
            rows[run_id]["rewinds"] += 1
    brought = {run_id: arrival.series for run_id, arrival in group.items() if arrival.series}
    for run_id, summary in append_points(connection, brought).items():
        rows[run_id]["summary"] = summary
    revision = next_number(connection, "revision", len(group))
    for at, (run_id, arrival) in enumerate(group.items()):
        rows[run_id] |= {**_columns(rows[run_id], arrival), "revision": revision + at}
        for artifact in arrival.artifacts:
            _write_artifact(connection, run_id, artifact)
    execute_many(connection, _WRITE, [_bound(rows[run_id]) for run_id in group])


def _columns(row: Mapping[str, Any], arrival: Arrival) -> dict[str, Any]:
    """The columns of a run that an arrival sets, apart from its summary."""
    given = {
        "event_offset": arrival.event_offset,
        "system_offset": arrival.system_offset,
        "heartbeat": arrival.heartbeat,
    }
    values = {name: value for name, value in given.items() if value is not None}
    if arrival.progress is not None:
        values |= progress_columns(arrival.progress)
    return {**values, "damaged_bytes": row["damaged_bytes"] + arrival.damaged_bytes}


def _bound(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"the_id": row["id"], **{f"new_{name}": row[name] for name in _SET}}


def _write_artifact(connection: Connection, run_id: int, artifact: Artifact) -> None:
    """Add an artifact, or replace the one of its name."""
    key = {"run_id": run_id, "name": clean(artifact.name)}
    values = {"kind": artifact.kind.value, "path": clean(artifact.path), "step": artifact.step}
    replace(connection, artifacts, key, **values, created=now())
