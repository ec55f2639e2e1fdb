"""The one door to the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Select, select

from runners.protocol import Request, RunSpec, State
from storage import (
    beside,
    changes,
    edits,
    experiments,
    journal,
    journalling,
    migrate,
    queueing,
    reading,
)
from storage.arrivals import Arrival, take
from storage.creation import create
from storage.curves import read_curves
from storage.deletion import delete_forever
from storage.duels_door import Duels
from storage.engine import Database
from storage.errors import NewerSchema, StoreError, UnknownExport, UnknownRun
from storage.exports_door import Exports
from storage.folders import undone_unless_whole
from storage.home import Home
from storage.journalling import journalled
from storage.models import runs
from storage.points import CurveKey, CurvePart, CurveRequest
from storage.query import finding
from storage.records import (
    Aggregate,
    Cell,
    Evidence,
    Experiment,
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


class Store:
    """Safe to use from several threads and processes at once.

    Every method raises StoreError where the database cannot be read or written. A method that names
    a run raises UnknownRun if there is none.
    """

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database
        self.exports = Exports(home, database)
        self.duels = Duels(home, database)

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
        with undone_unless_whole() as undo, self._journalled() as connection:
            run_id = create(connection, self._home, undo, new)
        return self.run(run_id)

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
        with self._database.read() as connection:
            return reading.by_text(connection, self._home, text)

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
            return reading.by_id(connection, self._home, run_ids)

    def run_ids(self) -> list[int]:
        """All runs, trashed ones too: first those that have not ended, then the newest."""
        with self._database.read() as connection:
            return reading.every_id(connection)

    def changed_ids(self, since: int) -> dict[int, int]:
        """The runs whose revision is larger, and their revisions."""
        with self._database.read() as connection:
            return reading.changed_ids(connection, since)

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
        delete_forever(self._database, self._home, run_ids)

    # -- experiments ----------------------------------------------------------------------------
    def experiment(self, name: str) -> Experiment:
        """What is known of an experiment beside its runs; nothing of one that is not there."""
        with self._database.read() as connection:
            return experiments.read(connection, name)

    def set_experiment_note(self, name: str, text: str) -> None:
        """Keep what a person has to say about an experiment, in Markdown; "" removes it."""
        with self._database.write() as connection:
            experiments.change(connection, name, note=text)

    def set_layout(self, name: str, layout: Any) -> None:
        """Keep what the views remember of an experiment, something that JSON can hold; None forgets it."""
        with self._database.write() as connection:
            experiments.change(connection, name, layout=layout)

    def rename_experiment(self, old: str, new: str) -> dict[int, str]:
        """Rename an experiment with its note and layout, or let it join one of the new name, which keeps its own.

        Raises StoreError for an empty name and for an experiment without runs.
        """
        with self._journalled() as connection:
            return experiments.rename(connection, old, new)

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
        journalling.complete(self._database, self._home)

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
        text = changes.json_text(dict(environment))
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
        with self._database.write() as connection:
            beside.beat(connection, pid, pid_created, host)

    def scheduler(self) -> SchedulerRecord | None:
        """The scheduler that beat last, whether it still lives or not."""
        with self._database.read() as connection:
            return beside.scheduler_record(connection)

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
        with self._database.read() as connection:
            return reading.artifacts_of(connection, run_id)

    def setting(self, name: str, default: Any = None) -> Any:
        """A value that JSON can hold."""
        with self._database.read() as connection:
            return beside.setting(connection, name, default)

    def set_setting(self, name: str, value: Any) -> None:
        with self._database.write() as connection:
            beside.set_setting(connection, name, value)

    def add_message(
        self, level: Literal["info", "warning", "error"], text: str, run_id: int | None = None
    ) -> None:
        with self._database.write() as connection:
            beside.add_message(connection, level, text, run_id)

    def messages(self, after: int = 0) -> list[Message]:
        """The messages whose id is larger, oldest first."""
        with self._database.read() as connection:
            return beside.messages_after(connection, after)

    def _journalled(self) -> AbstractContextManager[Connection]:
        return journalled(self._database, self._home)

    def _load(self, which: Select[*tuple[Any, ...]]) -> list[RunRecord]:
        with self._database.read() as connection:
            return load_runs(connection, self._home, which)
