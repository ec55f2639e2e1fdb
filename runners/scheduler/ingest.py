"""From the event file of a run to the store: every record once, in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from runners.events import Event, EventReader, Points
from runners.protocol import Artifact, Progress, RunFolder
from runners.scheduler.ending import heartbeat
from storage.store import Series, Store, StoreError

TRAINING = "training"
"""The phase in which a run counts as running."""


class Ingest:
    """Follows one run's event file.

    Points and the offset up to which the file was read are stored in one transaction, after what else
    was read with them, which may be stored twice without harm. So a death at any moment neither loses nor
    doubles a point. ``training`` says that the run has begun to train.
    """

    def __init__(self, store: Store, run_id: int, folder: RunFolder) -> None:
        self._store = store
        self._run_id = run_id
        self._folder = folder
        self._reader: EventReader | None = None
        self._seen_bytes = -1
        self._damaged_bytes = 0
        self.training = False
        self.progress: Progress | None = None

    def catch_up(self, *, final: bool = False) -> bool:
        """Store what has arrived, at most a few megabytes; False if nothing had.

        ``final`` says that no writer is left. Raises StoreError or OSError; the next call goes on
        from what the store knows.
        """
        if not final and self._size() == self._seen_bytes:
            return False
        try:
            return self._catch_up(final)
        except (StoreError, OSError):
            self._reader, self._seen_bytes = None, -1
            raise

    def _catch_up(self, final: bool) -> bool:
        size = self._size()
        if self._reader is None:
            start = self._store.event_offset(self._run_id)
            self._reader, self._damaged_bytes = EventReader(self._folder.events, start), 0
        reader = self._reader
        events = reader.read(final=final)
        self._store_events(events, reader.offset)
        self._report_damage(reader.damaged_bytes)
        # What is left at the end is a torn record: there is nothing to read until the file grows.
        self._seen_bytes = -1 if events else size
        return bool(events)

    def _store_events(self, events: Sequence[Event], offset: int) -> None:
        if not events:
            return
        for event in events:
            if isinstance(event, Artifact):
                self._store.add_artifact(self._run_id, event)
            elif isinstance(event, Progress):
                self.progress = event
        if any(isinstance(event, Progress) for event in events) and self.progress:
            self._store.set_progress(self._run_id, self.progress, heartbeat(self._folder))
        points = [event for event in events if isinstance(event, Points)]
        self._store.append(self._run_id, as_series(points), offset)
        phase = self.progress.phase if self.progress else ""
        self.training = self.training or bool(points) or phase == TRAINING

    def _report_damage(self, damaged_bytes: int) -> None:
        if new := damaged_bytes - self._damaged_bytes:
            self._damaged_bytes = damaged_bytes
            self._store.add_message(
                "warning",
                f"{new} bytes of the event file were damaged and are skipped: {self._folder.events}",
                self._run_id,
            )

    def _size(self) -> int:
        try:
            return self._folder.events.stat().st_size
        except OSError:
            return 0


def as_series(points: Sequence[Points]) -> dict[str, Series]:
    """The points sorted by metric, each metric in the order it was logged."""
    columns: dict[str, tuple[list[int], list[float], list[float]]] = {}
    for record in points:
        for name, value in zip(record.names, record.values, strict=True):
            steps, times, values = columns.setdefault(name, ([], [], []))
            steps.append(record.step)
            times.append(record.time)
            values.append(value)
    return {
        name: Series(np.array(steps, np.int64), np.array(times, float), np.array(values, float))
        for name, (steps, times, values) in columns.items()
    }
