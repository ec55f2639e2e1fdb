"""From the files of a run to what the history takes in: every record once, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path

from runners.events import Event, EventReader, Points, Rewind
from runners.protocol import Artifact, Progress, RunFolder
from storage.arrivals import Arrival
from storage.records import is_system
from storage.replay import as_series
from storage.store import Store


class Ingest:
    """Follows the files ``events`` and ``system`` of one run.

    What `read` returned is taken as lost unless `stored` follows: the next `read` then begins where the history
    says that it left off. So a failure or a death at any moment neither loses nor doubles a point.

    ``progress`` is the last one that was stored, ``has_points`` whether the trainer has logged any, both as far as
    this object saw.
    """

    def __init__(self, store: Store, run_id: int, folder: RunFolder) -> None:
        self._store = store
        self._run_id = run_id
        self._folder = folder
        self._tails: tuple[_Tail, _Tail] | None = None
        self._pending: Arrival | None = None
        self.progress: Progress | None = None
        self.has_points = False

    def read(self, *, final: bool = False) -> Arrival | None:
        """What has arrived, at most a few megabytes of each file; None if nothing has.

        ``final`` says that no writer is left. Raises StoreError or OSError.
        """
        if self._pending is not None:
            self._tails, self._pending = None, None
        events, system = self._tails = self._tails or self._open()
        batch = _Batch()
        batch.add(events.read(final, self._cut))
        batch.add(system.read(final, self._cut))
        damaged = events.take_damage() + system.take_damage()
        if batch.empty and not damaged:
            return None
        self._pending = batch.arrival(self._run_id, events.offset, system.offset, damaged)
        return self._pending

    def stored(self) -> None:
        """What the last `read` returned is in the history."""
        arrival, self._pending = self._pending, None
        if arrival is None:
            return
        self.progress = arrival.progress or self.progress
        self.has_points = self.has_points or any(not is_system(name) for name in arrival.series)
        if arrival.damaged_bytes:
            self._store.add_message(
                "warning",
                f"{arrival.damaged_bytes} bytes of the event file were damaged and are skipped: {self._folder.events}",
                self._run_id,
            )

    def restart(self) -> None:
        """The next `read` begins where the history says that it left off: it is another history now."""
        self._tails = self._pending = None

    def _cut(self, path: Path) -> float:
        """Tell that a file became shorter; the time of the newest point that the history has."""
        text = f"{path} was cut from outside; what comes after that is read on"
        self._store.add_message("warning", text, self._run_id)
        summary = self._store.run(self._run_id).summary
        last = (self._store.series(self._run_id, name, one.count - 1) for name, one in summary.items())  # fmt: skip
        return max((float(points.times[-1]) for points in last), default=0.0)

    def _open(self) -> tuple[_Tail, _Tail]:
        events, system = self._store.offsets(self._run_id)
        return _Tail(self._folder.events, events), _Tail(self._folder.system, system)


class _Tail:
    """A file of records, from an offset on.

    Of a file that became shorter than what was read of it, only the end is new, and not its place tells
    which that is but the times of its points.
    """

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._reader = EventReader(path, offset)
        self._seen_bytes = -1
        self._damage_told = 0
        self._known_until: float | None = None

    @property
    def offset(self) -> int:
        return self._reader.offset

    def read(self, final: bool, cut: Callable[[Path], float]) -> Sequence[Event]:
        """New events. ``cut`` is called if the file became shorter, and says up to when its points are known."""
        size = self._size()
        if size is None or (not final and size == self._seen_bytes):
            return ()
        if size < self.offset:
            self._known_until = cut(self._path)
            self._reader, self._damage_told = EventReader(self._path), 0
        events = self._reader.read(final=final)
        # What is left at the end is a torn record: there is nothing to read until the file grows.
        self._seen_bytes = -1 if events else size
        return events if self._known_until is None else self._unknown(events, self._known_until)

    def _unknown(self, events: Sequence[Event], until: float) -> Sequence[Event]:
        new = list(dropwhile(lambda event: not (isinstance(event, Points) and event.time > until), events))  # fmt: skip
        if new:
            self._known_until = None
        return new

    def take_damage(self) -> int:
        """How many bytes were found to be damaged since the last call."""
        new = self._reader.damaged_bytes - self._damage_told
        self._damage_told = self._reader.damaged_bytes
        return new

    def _size(self) -> int | None:
        """None while there is no such file: its trainer may be about to make it again."""
        try:
            return self._path.stat().st_size
        except OSError:
            return None


@dataclass(slots=True)
class _Batch:
    """Events on their way to be one arrival."""

    points: list[Points] = field(default_factory=list)
    progress: Progress | None = None
    artifacts: list[Artifact] = field(default_factory=list)
    rewind_to: int | None = None
    empty: bool = True

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            self.empty = False
            if isinstance(event, Points):
                self.points.append(event)
            elif isinstance(event, Progress):
                self.progress = event
            elif isinstance(event, Artifact):
                self.artifacts.append(event)
            else:
                self._rewind(event)

    def _rewind(self, rewind: Rewind) -> None:
        """Drop what this batch holds beyond the step; what the history holds is dropped when it takes the arrival."""
        self.points = [points for points in self.points if points.step <= rewind.step]
        before = self.rewind_to
        self.rewind_to = rewind.step if before is None else min(before, rewind.step)

    def arrival(self, run_id: int, events: int, system: int, damaged: int) -> Arrival:
        return Arrival(
            run_id,
            series=as_series(self.points),
            rewind_to=self.rewind_to,
            event_offset=events,
            system_offset=system,
            progress=self.progress,
            artifacts=tuple(self.artifacts),
            damaged_bytes=damaged,
        )
