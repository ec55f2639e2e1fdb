"""The files of a run read again from their beginning, as the history takes them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import numpy as np

from runners.events import Event, EventReader, Points, Rewind
from runners.protocol import Artifact, Progress, RunFolder
from storage.arrivals import Arrival
from storage.records import is_system
from storage.series import Series


def arrivals(run_id: int, folder: RunFolder, *, final: bool) -> Iterator[Arrival]:
    """What the run's files hold, a few megabytes at a time. Raises OSError.

    ``final`` says that nobody writes to them, so that a torn record at the end counts as damaged.
    """
    events, system = EventReader(folder.events), EventReader(folder.system)
    for reader in (events, system):
        while found := reader.read(final=final):
            for part in _parts(found):
                yield _arrival(run_id, part)
    yield Arrival(
        run_id,
        event_offset=events.offset,
        system_offset=system.offset,
        damaged_bytes=events.damaged_bytes + system.damaged_bytes,
    )


def expected_series(folder: RunFolder, event_offset: int, system_offset: int) -> FileContent:
    """The series that the run's files hold up to the offsets. Raises OSError."""
    content = FileContent()
    for path, offset in ((folder.events, event_offset), (folder.system, system_offset)):
        reader = _Prefix(path, offset)
        while events := reader.read(final=True):
            for part in _parts(events):
                content.take(_arrival(0, part))
        content.damaged_bytes += reader.damaged_bytes
        content.missing_bytes += offset - reader.offset
    return content


class FileContent:
    """The series of a run by metric, how much of its files is damaged, and how much was read once and is not there any more."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[Series]] = {}
        self.damaged_bytes = 0
        self.missing_bytes = 0

    def take(self, arrival: Arrival) -> None:
        if arrival.rewind_to is not None:
            self._rewind(arrival.rewind_to)
        for name, piece in arrival.series.items():
            self._pieces.setdefault(name, []).append(piece)

    def series(self) -> dict[str, Series]:
        return {name: joined(pieces) for name, pieces in self._pieces.items()}

    def _rewind(self, step: int) -> None:
        for name in [name for name in self._pieces if not is_system(name)]:
            points = joined(self._pieces[name])
            left = points.steps <= step
            kept = Series(points.steps[left], points.times[left], points.values[left])
            if len(kept.steps):
                self._pieces[name] = [kept]
            else:
                del self._pieces[name]


class _Prefix(EventReader):
    """Reads a file as if it ended at an offset."""

    def __init__(self, path: Path, end: int) -> None:
        super().__init__(path)
        self._end = end

    def _read_bytes(self, length: int) -> bytes:
        return super()._read_bytes(min(length, self._end - self.offset))


def _parts(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events in pieces that begin with a rewinding, except for the first."""
    part: list[Event] = []
    for event in events:
        if isinstance(event, Rewind) and part:
            yield part
            part = []
        part.append(event)
    yield part


def _arrival(run_id: int, events: list[Event]) -> Arrival:
    rewinds = [event.step for event in events if isinstance(event, Rewind)]
    progress = [event for event in events if isinstance(event, Progress)]
    return Arrival(
        run_id,
        series=as_series(event for event in events if isinstance(event, Points)),
        rewind_to=rewinds[0] if rewinds else None,
        progress=progress[-1] if progress else None,
        artifacts=tuple(event for event in events if isinstance(event, Artifact)),
    )


def as_series(points: Iterable[Points]) -> dict[str, Series]:
    """The points sorted by metric, each metric in the order it was logged."""
    pieces: dict[str, list[Series]] = {}
    for names, group in groupby(points, key=attrgetter("names")):
        records = list(group)
        steps = np.array([record.step for record in records], np.int64)
        times = np.array([record.time for record in records], np.float64)
        values = np.array([record.values for record in records], np.float64)
        for at, name in enumerate(names):
            pieces.setdefault(name, []).append(Series(steps, times, values[:, at]))
    return {name: joined(parts) for name, parts in pieces.items()}


def joined(pieces: list[Series]) -> Series:
    """The pieces as one series, each array in one block of memory."""
    return Series(*map(np.concatenate, zip(*pieces, strict=True)))
