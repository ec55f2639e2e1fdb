"""The one door to the history."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, select

from runners.protocol import (
    Artifact,
    ArtifactKind,
    Request,
    RunSpec,
    State,
    write_atomically,
)
from storage import changes, duels, edits, experiments, exports, journal, migrate, queueing
from storage.arrivals import Arrival, take
from storage.curves import read_curves
from storage.engine import Database
from storage.errors import NewerSchema, StoreError, UnknownExport, UnknownRun
from storage.home import Home
from storage.models import artifacts, messages, runs, scheduler, settings
from storage.plain import clean, one_line, to_json
from storage.points import CurveKey, CurvePart, CurveRequest
from storage.query import finding
from storage.records import (
    Aggregate,
    Cell,
    DuelRecord,
    Evidence,
    Experiment,
    ExportRecord,
    Fields,
    JournalEntry,
    Message,
    NewRun,
    QueueOptions,
    RunArtifact,
    RunFilter,
    RunList,
    RunQuery,
    RunRecord,
    SchedulerRecord,
    Stage,
)
from storage.rows import QUEUE_ORDER, filtered, load_runs, queued
from storage.series import Series, metric_names, read_points

__all__ = [
    "Arrival",
    "NewerSchema",
    "Series",
    "Store",
    "StoreError",
    "UnknownExport",
    "UnknownRun",
]

_COMPLETED = "journal.completed"
_NOT_KEPT = ignore_patterns("__pycache__", ".*", "*.npz", "*.pt")
"""The setting with the id of the last entry that is known to be in its folder's file."""


class Store:
    """Safe to use from several threads and processes at once.

    Every method raises StoreError where the database cannot be read or written. A method that names
    a run raises UnknownRun if there is none.
    """

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database

    @classmethod
    def open(cls, home: Home) -> Store:
        """Make the home if it is missing, migrate an older database (after a backup), and open it."""
        migrate.prepare(home)
        return cls(home, Database(home.database))

    def close(self) -> None:
        self._database.close()

    # -- runs -----------------------------------------------------------------------------------
    def create_run(
        self,
        spec: RunSpec,
        *,
        name: str = "",
        experiment: str = "",
        tags: Sequence[str] = (),
        options: QueueOptions = QueueOptions(),
        parent: int | None = None,
        template: Path | None = None,
    ) -> RunRecord:
        """Queue a run: make its row and its folder with the frozen spec; see `storage.records.NewRun`.

        The row becomes visible only when the folder is whole.
        """
        new = NewRun(spec, name, experiment, tuple(tags), options, parent, template)
        with self._making_folders() as undo, self._journalled() as connection:
            run_id = self._insert_run(connection, undo, new)
        return self.run(run_id)

    @contextmanager
    def _making_folders(self) -> Iterator[ExitStack]:
        """What is put on the stack is called unless all goes well."""
        with ExitStack() as undo:
            yield undo
            undo.pop_all()

    def _insert_run(self, connection: Connection, undo: ExitStack, new: NewRun) -> int:
        run_id = changes.make_folder(connection, self._home)
        folder = self._home.run_folder(run_id)
        undo.callback(rmtree, folder.path, ignore_errors=True)
        changes.insert_run(
            connection, run_id, new.spec, new.name, new.experiment, new.options, new.parent
        )
        if new.template is not None:
            copytree(new.template, folder.template / new.spec.template, ignore=_NOT_KEPT)
        write_atomically(folder.spec, changes.spec_text(new.spec))
        changes.write_tags(connection, run_id, new.tags)
        changes.journal_creation(connection, run_id)
        if new.problem:
            changes.write_state(connection, run_id, State.FAILED, new.problem, Evidence())
        return run_id

    def resume_run(self, run_id: int) -> RunRecord:
        """Queue a run again that ended before it was finished: it goes on from its last checkpoint."""
        with self._journalled() as connection:
            queueing.resume(connection, self._home, run_id)
        return self.run(run_id)

    def extend_run(self, run_id: int, epochs: int) -> RunRecord:
        """Queue an ended run again with more epochs, ``epochs`` in all: it goes on from its last checkpoint."""
        with self._journalled() as connection:
            queueing.extend(connection, self._home, run_id, epochs)
        return self.run(run_id)

    def journal(self, run_id: int) -> list[JournalEntry]:
        """What happened to the run, oldest first."""
        with self._database.read() as connection:
            changes.row_of(connection, run_id)
            return journal.read(connection, run_id)

    def note(self, run_id: int, text: str) -> None:
        """Add something to the journal of a run that changes nothing else."""
        with self._journalled() as connection:
            changes.change(connection, run_id)
            journal.write(connection, run_id, changes.now(), "note", text, {})

    def run(self, run_id: int) -> RunRecord:
        found = self._load(select(runs).where(runs.c.id == run_id))
        if not found:
            raise changes.unknown(run_id)
        return found[0]

    def find_run(self, text: str) -> RunRecord:
        """By id (``12`` or ``#12``) or by name; the newest of that name."""
        wanted = one_line(text)
        number = wanted.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 19:
            found = self._load(select(runs).where(runs.c.id == int(number)))
            if found:
                return found[0]
        newest = select(runs).order_by(runs.c.trashed.is_not(None), runs.c.id.desc()).limit(1)
        found = self._load(newest.where(runs.c.name == wanted))
        if not found:
            raise changes.unknown(wanted)
        return found[0]

    def runs(self, which: RunFilter = RunFilter()) -> list[RunRecord]:
        """Newest first, with their summaries."""
        return self._load(filtered(which))

    # -- finding --------------------------------------------------------------------------------
    def find(self, query: RunQuery = RunQuery()) -> RunList:
        """The ids of the runs that a filter lets through, in order. Raises QueryError."""
        with self._database.read() as connection:
            return finding.find(connection, query, changes.now())

    def table(
        self, which: Sequence[int] | RunQuery, columns: Sequence[str]
    ) -> dict[str, list[Cell]]:
        """Whole columns: the cells of each, and the ids as ``id``. A value that is not finite is None. Raises QueryError.

        Ids that there are not are left out.
        """
        with self._database.read() as connection:
            return finding.table(connection, which, columns, changes.now())

    def aggregates(self, query: RunQuery, columns: Sequence[str]) -> list[dict[str, Aggregate]]:
        """Of each group of the query, or of all runs if it has no groups, the columns in one figure each. Raises QueryError."""
        with self._database.read() as connection:
            return finding.aggregates(connection, query, columns, changes.now())

    def fields(self) -> Fields:
        """What can stand in a filter."""
        with self._database.read() as connection:
            return finding.fields(connection)

    def runs_by_id(self, run_ids: Sequence[int]) -> list[RunRecord]:
        """The runs that there are, trashed ones too, in the order of the ids."""
        with self._database.read() as connection:
            found = {
                run.id: run
                for part in finding.in_parts(run_ids)
                for run in load_runs(
                    connection, self._home, select(runs).where(runs.c.id.in_(part))
                )
            }
        return [found[run_id] for run_id in run_ids if run_id in found]

    def run_ids(self) -> list[int]:
        """All runs, trashed ones too: first those that have not ended, then the newest."""
        ended = runs.c.state.in_([state.value for state in State if state.final])
        with self._database.read() as connection:
            return list(connection.scalars(select(runs.c.id).order_by(ended, runs.c.id.desc())))

    def changed_ids(self, since: int) -> dict[int, int]:
        """The runs whose revision is larger, and their revisions."""
        query = select(runs.c.id, runs.c.revision).where(runs.c.revision > since)
        with self._database.read() as connection:
            return {row.id: row.revision for row in connection.execute(query)}

    def changed_runs(self, since: int) -> list[RunRecord]:
        """The runs, trashed ones too, whose revision is larger, oldest change first."""
        return self._load(select(runs).where(runs.c.revision > since).order_by(runs.c.revision))

    def data_version(self) -> int:
        """A number that changes when another connection wrote. Cheap enough to ask 20 times a second."""
        return self._database.version()

    def experiments(self) -> list[str]:
        """The experiments of the runs that are not in the trash, by name."""
        with self._database.read() as connection:
            return experiments.names(connection)

    # -- what a person writes about runs ------------------------------------------------------------
    # Each of these is one transaction, and returns of the runs that it changed what they had before.
    def rename_run(self, run_id: int, name: str) -> dict[int, str]:
        """Raises StoreError for an empty name."""
        with self._journalled() as connection:
            return edits.rename(connection, run_id, name)

    def set_note(self, run_id: int, text: str) -> dict[int, str]:
        """Keep what a person has to say about a run, in Markdown; "" removes it."""
        with self._journalled() as connection:
            return edits.set_note(connection, run_id, text)

    def set_starred(self, run_ids: Iterable[int], on: bool) -> dict[int, bool]:
        with self._journalled() as connection:
            return edits.set_starred(connection, run_ids, on)

    def set_color(self, run_ids: Iterable[int], index: int) -> dict[int, int]:
        """Raises StoreError for an index outside the palette of runs."""
        with self._journalled() as connection:
            return edits.set_color(connection, run_ids, index)

    def set_experiment(self, run_ids: Iterable[int], name: str) -> dict[int, str]:
        """Move runs to an experiment, which is there as soon as a run is in it. An empty name is "default"."""
        with self._journalled() as connection:
            return edits.set_experiment(connection, run_ids, name)

    def set_tags(self, run_id: int, tags: Sequence[str]) -> dict[int, tuple[str, ...]]:
        return self.retag({run_id: tags})

    def retag(self, tags: Mapping[int, Sequence[str]]) -> dict[int, tuple[str, ...]]:
        """Replace the tags of each of these runs."""
        with self._journalled() as connection:
            return edits.set_tags(connection, tags)

    def tag(
        self, run_ids: Iterable[int], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> dict[int, tuple[str, ...]]:
        """Give tags to runs and take others from them."""
        with self._journalled() as connection:
            return edits.tag(connection, run_ids, add, remove)

    def add_tags(self, run_ids: Iterable[int], tags: Sequence[str]) -> dict[int, tuple[str, ...]]:
        return self.tag(run_ids, add=tags)

    def remove_tags(
        self, run_ids: Iterable[int], tags: Sequence[str]
    ) -> dict[int, tuple[str, ...]]:
        return self.tag(run_ids, remove=tags)

    def archive(self, run_ids: Iterable[int]) -> dict[int, None]:
        """Put runs out of the way. They stay what they are, and `unarchive` brings them back."""
        with self._journalled() as connection:
            return edits.archive(connection, run_ids)

    def unarchive(self, run_ids: Iterable[int]) -> dict[int, int]:
        with self._journalled() as connection:
            return edits.unarchive(connection, run_ids)

    def trash(self, run_ids: Iterable[int]) -> dict[int, None]:
        """Hide runs so that `restore` brings them back. Raises StoreError for one that is active."""
        with self._journalled() as connection:
            return edits.trash(connection, run_ids)

    def restore(self, run_ids: Iterable[int]) -> dict[int, int]:
        with self._journalled() as connection:
            return edits.restore(connection, run_ids)

    def delete_forever(self, run_ids: Iterable[int]) -> None:
        """Remove trashed runs with their folders, and trashed duels that no run is left of. Nothing brings them back.

        Raises StoreError for one that is not in the trash. A folder that cannot be removed is a StoreError too; its run is gone from the history all the same.
        """
        with self._database.write() as connection:
            gone = edits.delete_forever(connection, run_ids)
            deserted = duels.forget_deserted(connection)
        for duel_id in deserted:
            self._home.duel_file(duel_id).unlink(missing_ok=True)
        _remove_folders(self._home.run_folder(run_id).path for run_id in gone)

    # -- experiments ----------------------------------------------------------------------------
    def experiment(self, name: str) -> Experiment:
        """What is known of an experiment beside its runs; nothing of one that is not there."""
        with self._database.read() as connection:
            return experiments.read(connection, name)

    def set_experiment_note(self, name: str, text: str) -> None:
        """Keep what a person has to say about an experiment, in Markdown; "" removes it."""
        with self._database.write() as connection:
            known = experiments.read(connection, name)
            experiments.write(connection, replace(known, note=text))

    def set_layout(self, name: str, layout: Any) -> None:
        """Keep what the views remember of an experiment, something that JSON can hold; None forgets it."""
        _json(layout)
        with self._database.write() as connection:
            known = experiments.read(connection, name)
            experiments.write(connection, replace(known, layout=layout))

    def rename_experiment(self, old: str, new: str) -> dict[int, str]:
        """Rename an experiment with its note and layout, or let it join one of the new name, which keeps its own.

        Raises StoreError for an empty name and for an experiment without runs.
        """
        with self._journalled() as connection:
            return experiments.rename(connection, old, new)

    # -- duels ----------------------------------------------------------------------------------
    # A method that names a duel raises StoreError if there is none.
    def create_duel(self, duel_id: str, name: str, match: str, new: Sequence[NewRun]) -> DuelRecord:
        """Keep what a duel is about, as JSON, and queue its runs in their order, all of it or nothing."""
        with self._making_folders() as undo, self._journalled() as connection:
            for run in new:
                self._insert_run(connection, undo, run)
            duels.insert(connection, self._home, duel_id, name, match)
        return self.duel(duel_id)

    def add_to_duel(self, duel_id: str, match: str, new: Sequence[NewRun]) -> None:
        """Queue further runs of a duel, of which more may be asked by now, all of it or nothing."""
        with self._making_folders() as undo, self._journalled() as connection:
            for run in new:
                self._insert_run(connection, undo, run)
            duels.change(connection, self._home, duel_id, match=match)

    def duel(self, duel_id: str) -> DuelRecord:
        with self._database.read() as connection:
            return duels.read(connection, duel_id)

    def duels(self, *, trashed: bool = False) -> list[DuelRecord]:
        """Those that are not in the trash, or the others, newest first."""
        with self._database.read() as connection:
            found = duels.read_all(connection)
        return [duel for duel in found if (duel.trashed is not None) == trashed]

    def duel_runs(self, duel_id: str) -> list[RunRecord]:
        """All that were ever queued for it and are not in the trash unless the duel is, oldest first."""
        with self._database.read() as connection:
            duel = duels.read(connection, duel_id)
            query = select(runs).where(runs.c.duel == duel_id).order_by(runs.c.id)
            if duel.trashed is None:
                query = query.where(runs.c.trashed.is_(None))
            return load_runs(connection, self._home, query)

    def rename_duel(self, duel_id: str, name: str) -> None:
        """Rename a duel, the experiment of its runs, and those of them that are called after it. Raises StoreError for an empty name."""
        with self._journalled() as connection:
            old = duels.read(connection, duel_id).name
            duels.change(connection, self._home, duel_id, name=name)
            new = duels.read(connection, duel_id).name
            found = changes.rows_of(connection, duels.run_ids(connection, duel_id))
            edits.set_experiment(
                connection, [run.id for run in found if run.experiment == old], new
            )
            for run in found:
                if run.name.startswith(f"{old}: "):
                    edits.rename(connection, run.id, new + run.name.removeprefix(old))

    def trash_duel(self, duel_id: str) -> None:
        """Hide a duel with its runs so that `restore_duel` brings them back. Raises StoreError while one of them is active."""
        with self._journalled() as connection:
            edits.trash(connection, duels.run_ids(connection, duel_id))
            duels.change(connection, self._home, duel_id, trashed=changes.now())

    def restore_duel(self, duel_id: str) -> None:
        with self._journalled() as connection:
            edits.restore(connection, duels.run_ids(connection, duel_id))
            duels.change(connection, self._home, duel_id, trashed=None)

    def delete_duel(self, duel_id: str) -> None:
        """Remove a trashed duel with its runs and their folders. Nothing brings it back. Raises StoreError if it is not in the trash."""
        with self._database.read() as connection:
            duel = duels.read(connection, duel_id)
            if duel.trashed is None:
                raise StoreError(f'The duel "{duel.name}" is not in the trash. Delete it first.')
            found = duels.run_ids(connection, duel_id)
        self.delete_forever(found)

    # -- exports --------------------------------------------------------------------------------
    # A method that names an export raises UnknownExport if there is none.
    def add_export(self, run_id: int, folder: Path, name: str = "") -> ExportRecord:
        """Take in an export that is whole in its folder; without a name it is called after its run and its folder."""
        with self._database.write() as connection:
            export_id = exports.add(connection, self._home, run_id, folder, name)
            return exports.read(connection, export_id)

    def refresh_export(self, export_id: int) -> ExportRecord:
        """Take over what the manifest of an export says by now. Raises StoreError if it cannot be read."""
        with self._database.write() as connection:
            exports.refresh(connection, self._home, export_id)
            return exports.read(connection, export_id)

    def export(self, export_id: int) -> ExportRecord:
        """Also one in the trash."""
        with self._database.read() as connection:
            return exports.read(connection, export_id)

    def find_export(self, text: str) -> ExportRecord:
        """By id (``3`` or ``e3``) or by name; the newest of that name."""
        with self._database.read() as connection:
            return exports.find(connection, text)

    def exports(
        self, run_ids: Collection[int] | None = None, *, trashed: bool = False
    ) -> list[ExportRecord]:
        """Those of the runs, or of all that are not in the trash, newest first."""
        with self._database.read() as connection:
            return exports.read_all(connection, run_ids, trashed=trashed)

    def exports_state(self) -> tuple[int, int]:
        """Something that is another one as soon as `exports` would be. Cheap."""
        with self._database.read() as connection:
            return exports.state(connection)

    def rename_export(self, export_id: int, name: str) -> dict[int, str]:
        """Raises StoreError for an empty name. As the next ones do, returns what was there before of those that it changed."""
        with self._database.write() as connection:
            return exports.rename(connection, self._home, export_id, name)

    def set_export_stage(self, export_ids: Iterable[int], stage: Stage) -> dict[int, Stage]:
        with self._database.write() as connection:
            return exports.set_stage(connection, self._home, export_ids, stage)

    def trash_exports(self, export_ids: Iterable[int]) -> dict[int, None]:
        """Hide exports so that `restore_exports` brings them back."""
        with self._database.write() as connection:
            return exports.trash(connection, self._home, export_ids)

    def restore_exports(self, export_ids: Iterable[int]) -> dict[int, int]:
        with self._database.write() as connection:
            return exports.restore(connection, self._home, export_ids)

    def delete_exports(self, export_ids: Iterable[int]) -> None:
        """Remove trashed exports with their folders. Nothing brings them back. Raises StoreError for one that is not in the trash.

        A folder that cannot be removed is a StoreError too; its export is gone from the history all the same.
        """
        with self._database.write() as connection:
            gone = exports.delete_forever(connection, export_ids)
        _remove_folders(self._home.path / folder for folder in gone)

    # -- queue ----------------------------------------------------------------------------------
    def queue(self) -> list[RunRecord]:
        """The queued runs, not the trashed ones, in the order they will start."""
        return self._load(select(runs).where(*queued()).order_by(*QUEUE_ORDER))

    def move_in_queue(self, run_id: int, before: int | None) -> None:
        """Put a queued run before another queued one, or last.

        It ends up exactly there: if runs of its priority do not belong there, its priority becomes the nearest that
        does. So a run of priority 0 that is put among those of priority 5 gets 5.
        """
        with self._journalled() as connection:
            queueing.move(connection, run_id, before)

    def set_queue_options(
        self,
        run_ids: Iterable[int],
        *,
        priority: int | None = None,
        held: bool | None = None,
        alone: bool | None = None,
    ) -> None:
        """Change how queued runs wait for their turn. None leaves what is there."""
        given = {"priority": priority, "held": held, "alone": alone}
        changed = {name: value for name, value in given.items() if value is not None}
        with self._journalled() as connection:
            for run_id in run_ids:
                queueing.set_queue_options(connection, run_id, changed)

    def request(self, run_ids: Iterable[int], request: Request | None) -> None:
        """Ask for a pause, a stop or a kill, or with None to go on after a pause.

        What was asked is never weakened, except that a pause is taken back; a final run is left alone. A
        queued run is held instead of paused, and released.
        """
        with self._journalled() as connection:
            for run_id in run_ids:
                queueing.write_request(connection, run_id, request)

    # -- what only the scheduler writes -----------------------------------------------------------
    def set_state(
        self, run_id: int, state: State, reason: str = "", evidence: Evidence = Evidence()
    ) -> None:
        """A final state is never left again. One that comes without the time of its end ends now.

        A queued run in the trash is left as it is, so that it waits again when it is brought back.
        """
        with self._journalled() as connection:
            changes.write_state(connection, run_id, state, reason, evidence)

    def complete_journals(self) -> None:
        """Write into the journals of run folders what processes that were killed had no time to write there.

        Only journals with entries that are newer than the last call are looked at.
        """
        with self._database.read() as connection:
            last = journal.last_id(connection)
            done = connection.scalar(select(settings.c.value).where(settings.c.name == _COMPLETED))
            since = int(done or 0)
            new = journal.runs_after(connection, since if since <= last else 0)
            lacking = journal.incomplete(connection, self._home, new)
        if new:
            with self._database.write() as connection:  # so that nobody else adds entries meanwhile
                journal.complete(connection, self._home, lacking)
                changes.replace(connection, settings, {"name": _COMPLETED}, value=_json(last))

    def set_waiting(self, run_id: int, reason: str) -> None:
        """Say what a queued run waits for. One that is not queued any more is left alone."""
        with self._database.write() as connection:
            queueing.write_waiting(connection, run_id, reason)

    def set_stalled(self, run_id: int, since: int | None) -> None:
        """Say since when a living trainer shows no sign of life, or with None that it does.

        A run that is not active is left alone.
        """
        with self._database.write() as connection:
            changes.set_stalled(connection, run_id, since)

    def set_environment(self, run_id: int, environment: Mapping[str, Any]) -> None:
        text = _json(dict(environment))
        with self._journalled() as connection:
            changes.write_environment(connection, run_id, text)

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Store what the files of runs brought, all of it or nothing: no point is lost or stored twice."""
        with self._database.write() as connection:
            take(connection, arrivals)

    def append(self, run_id: int, series: Mapping[str, Series]) -> None:
        """Add points that came from no file, and their summaries."""
        self.take([Arrival(run_id, series)])

    def offsets(self, run_id: int) -> tuple[int, int]:
        """How far the files ``events`` and ``system`` of a run were read, in bytes."""
        with self._database.read() as connection:
            row = changes.row_of(connection, run_id)
            return int(row.event_offset), int(row.system_offset)

    def beat(self, pid: int, pid_created: float, host: str) -> None:
        """Say that the scheduler lives."""
        time = changes.now()
        with self._database.write() as connection:
            row = connection.execute(select(scheduler)).one_or_none()
            same = row and (row.pid, row.pid_created, row.host) == (pid, pid_created, host)
            changes.replace(
                connection,
                scheduler,
                {"id": 1},
                pid=pid,
                pid_created=pid_created,
                host=host,
                started=row.started if row and same else time,
                heartbeat=time,
            )

    def scheduler(self) -> SchedulerRecord | None:
        """The scheduler that beat last, whether it still lives or not."""
        with self._database.read() as connection:
            row = connection.execute(select(scheduler)).one_or_none()
        if row is None:
            return None
        return SchedulerRecord(row.pid, row.pid_created, row.host, row.started, row.heartbeat)

    # -- series and the rest ----------------------------------------------------------------------
    def metrics(self, run_id: int) -> list[str]:
        """In the order in which they first appeared."""
        with self._database.read() as connection:
            changes.row_of(connection, run_id)
            return metric_names(connection, run_id)

    def series(self, run_id: int, metric: str, start: int = 0, stop: int | None = None) -> Series:
        """Every point from index ``start`` to before ``stop``; empty arrays if there is none."""
        with self._database.read() as connection:
            changes.row_of(connection, run_id)
            return read_points(connection, run_id, metric, start, stop)

    def read_curves(self, requests: Mapping[CurveKey, CurveRequest]) -> dict[CurveKey, CurvePart]:
        """What is new of any number of series, all of it of one moment; see `storage.curves`."""
        with self._database.read() as connection:
            return read_curves(connection, requests)

    def artifacts(self, run_id: int) -> list[RunArtifact]:
        query = select(artifacts).where(artifacts.c.run_id == run_id).order_by(artifacts.c.name)
        with self._database.read() as connection:
            changes.row_of(connection, run_id)
            return [
                RunArtifact(
                    run_id,
                    Artifact(row.name, ArtifactKind(row.kind), row.path, row.step),
                    row.created,
                )
                for row in connection.execute(query)
            ]

    def setting(self, name: str, default: Any = None) -> Any:
        """A value that JSON can hold."""
        with self._database.read() as connection:
            text = connection.scalar(select(settings.c.value).where(settings.c.name == name))
        return default if text is None else json.loads(text)

    def set_setting(self, name: str, value: Any) -> None:
        text = _json(value)
        with self._database.write() as connection:
            changes.replace(connection, settings, {"name": name}, value=text)

    def add_message(
        self, level: Literal["info", "warning", "error"], text: str, run_id: int | None = None
    ) -> None:
        with self._database.write() as connection:
            if run_id is not None:
                changes.row_of(connection, run_id)
            connection.execute(
                insert(messages).values(
                    time=changes.now(), level=level, text=clean(text), run_id=run_id
                )
            )

    def messages(self, after: int = 0) -> list[Message]:
        """The messages whose id is larger, oldest first."""
        query = select(messages).where(messages.c.id > after).order_by(messages.c.id)
        with self._database.read() as connection:
            return [
                Message(row.id, row.time, row.level, row.text, row.run_id)
                for row in connection.execute(query)
            ]

    @contextmanager
    def _journalled(self) -> Iterator[Connection]:
        """A transaction whose entries in journals go to the files of the run folders once it is committed."""
        with self._database.write() as connection:
            last = journal.last_id(connection)
            yield connection
            entries = journal.entries_after(connection, last)
        for run_id, entry in entries:
            self._journal_to_file(run_id, entry)

    def _journal_to_file(self, run_id: int, entry: JournalEntry) -> None:
        """Append an entry to the file in the run's folder, or all of them if somebody deleted that file."""
        path = self._home.run_folder(run_id).journal
        if entry.kind == "created" or path.exists():
            journal.append_to_file(path, entry)
            return
        with self._database.read() as connection:
            journal.complete(connection, self._home, [run_id])

    def _load(self, which: Select[*tuple[Any, ...]]) -> list[RunRecord]:
        with self._database.read() as connection:
            return load_runs(connection, self._home, which)


def _remove_folders(folders: Iterable[Path]) -> None:
    """Raises StoreError for what stays."""
    left: list[str] = []
    for folder in folders:
        rmtree(folder, onerror=lambda _, path, __: left.append(path))
    if left := [path for path in left if os.path.lexists(path)]:
        raise StoreError(f"It is deleted, but this could not be removed: {left[0]}")


def _json(value: Any) -> str:
    try:
        return to_json(value)
    except TypeError as error:
        raise StoreError(f"This cannot be kept: {error}") from error
