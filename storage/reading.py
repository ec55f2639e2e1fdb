"""Runs by what names them, and what stands beside each. Inside a given transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from runners.protocol import Artifact, ArtifactKind, State
from storage.changes import row_of, unknown
from storage.home import Home
from storage.models import artifacts, runs
from storage.plain import one_line
from storage.query.finding import in_parts
from storage.records import RunArtifact, RunRecord
from storage.rows import load_runs


def by_id(connection: Connection, home: Home, run_ids: Sequence[int]) -> list[RunRecord]:
    """The runs that there are, trashed ones too, in the order of the ids."""
    found = {
        run.id: run
        for part in in_parts(run_ids)
        for run in load_runs(connection, home, select(runs).where(runs.c.id.in_(part)))
    }
    return [found[run_id] for run_id in run_ids if run_id in found]


def by_text(connection: Connection, home: Home, text: str) -> RunRecord:
    """By id (``12`` or ``#12``) or by name, the newest of that name; those in the trash last. Raises UnknownRun."""
    wanted = one_line(text)
    number = wanted.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:
        found = load_runs(connection, home, select(runs).where(runs.c.id == int(number)))
        if found:
            return found[0]
    newest = select(runs).order_by(runs.c.trashed.is_not(None), runs.c.id.desc()).limit(1)
    found = load_runs(connection, home, newest.where(runs.c.name == wanted))
    if not found:
        raise unknown(wanted)
    return found[0]


def every_id(connection: Connection) -> list[int]:
    """All runs, trashed ones too: first those that have not ended, then the newest."""
    ended = runs.c.state.in_([state.value for state in State if state.final])
    return list(connection.scalars(select(runs.c.id).order_by(ended, runs.c.id.desc())))


def changed_ids(connection: Connection, since: int) -> dict[int, int]:
    """The runs whose revision is larger, and their revisions."""
    query = select(runs.c.id, runs.c.revision).where(runs.c.revision > since)
    return {row.id: row.revision for row in connection.execute(query)}


def artifacts_of(connection: Connection, run_id: int) -> list[RunArtifact]:
    """By name. Raises UnknownRun."""
    row_of(connection, run_id)
    query = select(artifacts).where(artifacts.c.run_id == run_id).order_by(artifacts.c.name)
    return [
        RunArtifact(
            run_id, Artifact(row.name, ArtifactKind(row.kind), row.path, row.step), row.created
        )
        for row in connection.execute(query)
    ]
