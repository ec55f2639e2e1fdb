"""The runs of the history as event files that TensorBoard reads, every point, as they grow."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import BinaryIO

from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from storage.records import RunRecord
from storage.store import Store
from workbench.tensorboard.event_file import record, scalar_records
from workbench.tensorboard.hparams import session_end, session_start

_FILE_VERSION = "brain.Event:2"
_START = record(Event(step=0, session_log=SessionLog(status=SessionLog.START)))
_NOT_FOR_A_FOLDER = re.compile(r"[^\w .,+=@()-]+")


class Mirror:
    """Writes chosen runs, or all that are not in the trash, into a log folder of TensorBoard."""

    def __init__(self, store: Store, logdir: Path, run_ids: frozenset[int]) -> None:
        self._store = store
        self._logdir = logdir
        self._chosen = run_ids
        self._mirrored: dict[int, _MirroredRun] = {}
        self._revision = 0
        self._version = -1

    def update(self) -> None:
        """Write what is new since the last time. Raises StoreError or OSError."""
        version = self._store.data_version()
        if version == self._version:
            return
        for run in self._store.changed_runs(self._revision):
            if not self._chosen or run.id in self._chosen:
                self._update_run(run)
            self._revision = run.revision
        self._version = version

    def close(self) -> None:
        for mirrored in self._mirrored.values():
            mirrored.close()

    def _update_run(self, run: RunRecord) -> None:
        if run.trashed is not None:
            if mirrored := self._mirrored.pop(run.id, None):
                mirrored.remove()
        elif run.summary:
            if run.id not in self._mirrored:
                self._mirrored[run.id] = _MirroredRun(run, self._logdir / folder_name(run))
            self._mirrored[run.id].update(run, self._store)


class _MirroredRun:
    def __init__(self, run: RunRecord, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        path = folder / f"events.out.tfevents.{run.created // 1_000_000}.twinbench"
        self._file: BinaryIO = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by close()
        self._file.write(record(Event(wall_time=run.created / 1e6, file_version=_FILE_VERSION)))
        self._file.write(_START)
        self._file.write(record(session_start(run)))
        self._written: dict[str, int] = defaultdict(int)
        self._rewinds = run.rewinds
        self._ended = False

    def update(self, run: RunRecord, store: Store) -> None:
        if run.rewinds != self._rewinds:  # it went on from a checkpoint, and points were dropped
            self._rewinds = run.rewinds
            self._begin_anew()
        for metric, summary in run.summary.items():
            if summary.count > self._written[metric]:
                series = store.series(run.id, metric, self._written[metric])
                self._file.write(scalar_records(metric, series))
                self._written[metric] += len(series.steps)
        if run.state.final and not self._ended:
            self._file.write(record(session_end(run)))
            self._ended = True

    def _begin_anew(self) -> None:
        """TensorBoard forgets the points of a run when it reads of another start."""
        self._file.write(_START)
        self._written.clear()
        self._ended = False

    def close(self) -> None:
        self._file.close()

    def remove(self) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def folder_name(run: RunRecord) -> str:
    """The run's name in TensorBoard: unlike any other's, and a sound name of a folder everywhere."""
    name = _NOT_FOR_A_FOLDER.sub("_", run.name).strip(" .")[:80]
    return f"{run.id} {name}"
