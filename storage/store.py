"""The one door to the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runners.protocol import Artifact, Progress, Request, RunSpec, State
from storage.home import Home
from storage.records import (
    Evidence,
    Message,
    RunArtifact,
    RunFilter,
    RunRecord,
    SchedulerRecord,
)


class StoreError(Exception):
    """The history cannot be used; the message says why and what to do."""


class NewerSchema(StoreError):
    """A newer Twinbench wrote the database."""


class UnknownRun(StoreError):
    """There is no such run."""


class Series(NamedTuple):
    """Points of one metric of one run, in the order they were logged."""

    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    """UTC, seconds since 1970."""
    values: NDArray[np.float64]


class Store:
    """Safe to use from several threads and processes at once.

    Every method raises StoreError where the database cannot be read or written. A method that names
    a run raises UnknownRun if there is none.
    """

    @classmethod
    def open(cls, home: Home) -> Store:
        """Make the home if it is missing, migrate an older database (after a backup), and open it."""
        raise NotImplementedError

    def close(self) -> None: ...

    # -- runs -----------------------------------------------------------------------------------
    def create_run(
        self, spec: RunSpec, *, name: str = "", experiment: str = "", tags: Sequence[str] = ()
    ) -> RunRecord:
        """Queue a run: make its row and its folder with the frozen spec. An empty name becomes ``template-framework-N``.

        The row becomes visible only when the folder is whole. An empty experiment is "default".
        """

    def run(self, run_id: int) -> RunRecord: ...

    def find_run(self, text: str) -> RunRecord:
        """By id (``12`` or ``#12``) or by name; the newest of that name."""

    def runs(self, which: RunFilter = RunFilter()) -> list[RunRecord]:
        """Newest first, with their summaries."""

    def changed_runs(self, since: int) -> list[RunRecord]:
        """The runs, trashed ones too, whose revision is larger, oldest change first."""

    def data_version(self) -> int:
        """A number that changes when another connection wrote. Cheap enough to ask 20 times a second."""

    def experiments(self) -> list[str]: ...

    def rename_run(self, run_id: int, name: str) -> None: ...
    def set_tags(self, run_id: int, tags: Sequence[str]) -> None: ...
    def trash(self, run_ids: Iterable[int]) -> None:
        """Hide runs so that `restore` brings them back. Raises StoreError for one that is active."""
    def restore(self, run_ids: Iterable[int]) -> None: ...

    # -- queue ----------------------------------------------------------------------------------
    def queue(self) -> list[RunRecord]:
        """The queued runs, not the trashed ones, in the order they will start."""
    def move_in_queue(self, run_id: int, before: int | None) -> None:
        """Put a queued run before another queued one, or last."""
    def request(self, run_ids: Iterable[int], request: Request) -> None:
        """Ask for a stop. A kill is never weakened to a stop; a final run is left alone."""

    # -- what only the scheduler writes -----------------------------------------------------------
    def set_state(self, run_id: int, state: State, reason: str = "", evidence: Evidence = Evidence()) -> None:
        """A final state is never left again."""
    def set_progress(self, run_id: int, progress: Progress, heartbeat: int | None = None) -> None: ...
    def set_environment(self, run_id: int, environment: Mapping[str, Any]) -> None: ...
    def add_artifact(self, run_id: int, artifact: Artifact) -> None:
        """Add or, if one of that name is there, replace."""
    def append(self, run_id: int, series: Mapping[str, Series], event_offset: int | None = None) -> None:
        """Add points and their summaries, and remember how far the event file was read, in one transaction."""
    def event_offset(self, run_id: int) -> int: ...
    def beat(self, pid: int, pid_created: float, host: str) -> None:
        """Say that the scheduler lives."""
    def scheduler(self) -> SchedulerRecord | None: ...

    # -- series and the rest ----------------------------------------------------------------------
    def metrics(self, run_id: int) -> list[str]: ...
    def series(self, run_id: int, metric: str, start: int = 0) -> Series:
        """Every point from index ``start`` on; empty arrays if there is none."""
    def artifacts(self, run_id: int) -> list[RunArtifact]: ...
    def setting(self, name: str, default: Any = None) -> Any:
        """A value that JSON can hold."""
    def set_setting(self, name: str, value: Any) -> None: ...
    def add_message(self, level: Literal["info", "warning", "error"], text: str, run_id: int | None = None) -> None: ...
    def messages(self, after: int = 0) -> list[Message]: ...
