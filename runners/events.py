"""The event file of a run: what a trainer reports, one checked record per call. Standard library only.

A record is a frame of 12 bytes and a payload::

    4 bytes  marker  F5 'T' 'B' 01
    4 bytes  length of the payload, unsigned, little endian
    4 bytes  CRC-32 of the payload
    payload  1 byte of kind, then what the kind says

A record is appended with one unbuffered write, so what `EventWriter` returned from survives the death
of the process. A reader that meets a torn or damaged record skips to the next whole one and counts
what it skipped; a torn record at the end of the file is left until it is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from errno import ENOSPC
from pathlib import Path
from time import time
from typing import Any, BinaryIO, NamedTuple
from zlib import crc32

from runners.protocol import Artifact, ArtifactKind, Progress

MARKER = b"\xf5TB\x01"
_FRAME = struct.Struct("<4sII")
_POINTS_HEAD = struct.Struct("<BHqd")
_NAMES_HEAD = struct.Struct("<BH")
_KIND_NAMES, _KIND_POINTS, _KIND_PROGRESS, _KIND_ARTIFACT, _KIND_REWIND = 1, 2, 3, 4, 5
_REWIND = struct.Struct("<Bq")
MAX_PAYLOAD = 1 << 20
MAX_METRICS = 10_000
BACKLOG_BYTES = 1 << 26
_READ_BYTES = (
    1 << 22
)  # at least a frame and the largest payload, so that each read decides something
_LARGEST_INTEGER = (1 << 63) - 1


class Points(NamedTuple):
    """The metrics of one step: a value a name, all logged by one call."""

    names: tuple[str, ...]
    step: int
    time: float
    """UTC, seconds since 1970."""
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rewind:
    """The training goes on from a checkpoint at this step: points logged before with a larger step are void."""

    step: int


Event = Points | Progress | Artifact | Rewind


class EventWriter:
    """Appends records to an event file.

    What a call returned from survives the death of the process, unless the file could not be written,
    because the disk is full or the like: then up to `BACKLOG_BYTES` are kept in memory, in their order,
    and written as soon as it works again, which each later call and `flush` try. Until then they
    live only as long as the process.

    Raises OSError where the file cannot be opened or the backlog is full, ValueError for more than
    `MAX_METRICS` names in one call or names that fill a whole record. Not safe to share between threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _open_for_appending(path)
        self._backlog = bytearray()
        self._layouts: dict[tuple[str, ...], tuple[int, struct.Struct]] = {}
        self._numbers: dict[int, tuple[str, ...]] = {}

    @property
    def backlog_bytes(self) -> int:
        """How much is kept in memory, because it could not be written."""
        return len(self._backlog)

    def log(self, step: int, metrics: Mapping[str, float], at: float | None = None) -> None:
        """Append the values of one step, measured now or ``at`` another time. NaN and infinities are kept."""
        names = tuple(metrics)
        layout = self._layouts.get(names) or self._declare(names)
        moment = time() if at is None else at
        payload = layout[1].pack(_KIND_POINTS, layout[0], step, moment, *metrics.values())
        self._write(_FRAME.pack(MARKER, len(payload), crc32(payload)) + payload)

    def progress(self, progress: Progress) -> None:
        self._append(bytes([_KIND_PROGRESS]) + json.dumps(asdict(progress)).encode())

    def artifact(self, artifact: Artifact) -> None:
        self._append(bytes([_KIND_ARTIFACT]) + json.dumps(asdict(artifact)).encode())

    def rewind(self, step: int) -> None:
        """Say that the training goes on from a checkpoint at this step."""
        self._append(_REWIND.pack(_KIND_REWIND, step))

    def flush(self) -> bool:
        """Try to write what could not be written. Returns whether nothing is left."""
        if self._backlog:
            try:
                del self._backlog[: self._file.write(self._backlog)]
            except OSError:
                return False
        return not self._backlog

    def rescue(self) -> bool:
        """Make the file again, with all that it held, if somebody deleted or replaced it.

        Returns whether that was needed. Raises OSError where it is not possible now.
        """
        if os.name == "nt" or _is_at(self._file, self._path):  # Windows keeps what is open
            return False
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._path.with_name(self._path.name + ".new")
        try:
            with open(unfinished, "wb") as copy:
                self._file.seek(0)
                shutil.copyfileobj(self._file, copy)
            os.replace(unfinished, self._path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._file.close()
        self._file = _open_for_appending(self._path)
        return True

    def close(self) -> None:
        """Close the file, after a last try to write what could not be written."""
        self.flush()
        self._file.close()

    def _declare(self, names: tuple[str, ...]) -> tuple[int, struct.Struct]:
        """Give the names a number, so that the records that follow need not repeat them.

        The number comes from the names: where the declaration of a later writer of the same file is
        damaged, an earlier one of the number says the same.
        """
        if len(names) > MAX_METRICS:
            raise ValueError(
                f"{len(names)} metrics in one log call are too large a record; at most {MAX_METRICS:,}"
            )
        text = json.dumps(names).encode()
        number = crc32(text) & 0xFFFF
        self._append(_NAMES_HEAD.pack(_KIND_NAMES, number) + text)
        self._layouts.pop(self._numbers.get(number, ()), None)
        self._numbers[number] = names
        layout = (number, struct.Struct(f"{_POINTS_HEAD.format}{len(names)}d"))
        self._layouts[names] = layout
        return layout

    def _append(self, payload: bytes) -> None:
        if len(payload) > MAX_PAYLOAD:
            raise ValueError(
                f"a record of {len(payload):,} bytes is too large; at most {MAX_PAYLOAD:,}"
            )
        self._write(_FRAME.pack(MARKER, len(payload), crc32(payload)) + payload)

    def _write(self, record: bytes) -> None:
        if self._backlog:
            self._keep(record)
            self.flush()
            return
        try:
            written = self._file.write(record)
        except OSError:
            written = 0
        if written != len(record):
            self._keep(record[written:])

    def _keep(self, rest: bytes) -> None:
        if len(self._backlog) + len(rest) > BACKLOG_BYTES:
            raise OSError(ENOSPC, "the disk is full, and so is the memory kept for it", self._path)
        self._backlog += rest


class EventReader:
    """Follows an event file.

    ``offset`` is where the next record starts; it can be kept, to go on from there later.
    ``damaged_bytes`` counts what was skipped because it was no whole record, or said nothing known.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._layouts: dict[int, tuple[tuple[str, ...], struct.Struct]] = {}
        self.offset = 0
        self.damaged_bytes = 0
        if offset:
            self._learn_names(offset)
        self.offset = offset
        self.damaged_bytes = 0

    def read(self, *, final: bool = False) -> list[Event]:
        """The next events that have arrived as a whole, at most a few megabytes of them.

        An empty list means that there are no more for now. ``final`` says that no writer is left, so
        that a torn record at the end counts as damaged and is skipped. Raises OSError where the file
        cannot be read; one that is not there yet has no events.
        """
        while True:
            before = self.offset
            events: list[Event] = []
            for payload in self._payloads(self._read_bytes(_READ_BYTES), final=final):
                self._decode(payload, events)
            if events or self.offset == before:
                return events

    def _learn_names(self, until: int) -> None:
        """Go through what stands before an offset for the names that were declared there."""
        while self.offset < until:
            before = self.offset
            data = self._read_bytes(min(_READ_BYTES, until - self.offset))
            for payload in self._payloads(data, final=self.offset + len(data) >= until):
                if payload[0] == _KIND_NAMES:
                    self._decode(payload, [])
            if self.offset == before:
                return

    def _read_bytes(self, length: int) -> bytes:
        try:
            with open(self._path, "rb") as file:
                file.seek(self.offset)
                return file.read(length)
        except FileNotFoundError:
            return b""

    def _payloads(self, data: bytes, *, final: bool) -> list[bytes]:
        """The payloads of the whole records in the data at `offset`, and `offset` moved behind them."""
        at_end = len(data) < _READ_BYTES
        unpack, frame, size = _FRAME.unpack_from, _FRAME.size, len(data)
        payloads: list[bytes] = []
        position = 0
        while position < size:
            # As `_whole_record`, which would be a call for each of thousands of records a second.
            if position + frame <= size:
                marker, length, checksum = unpack(data, position)
                end = position + frame + length
                if marker == MARKER and end <= size and 0 < length <= MAX_PAYLOAD:
                    payload = data[position + frame : end]
                    if crc32(payload) == checksum:
                        payloads.append(payload)
                        position = end
                        continue
            start = _next_start(data, position, at_end=at_end, final=final)
            if start == position:
                break
            self.damaged_bytes += start - position
            position = start
        self.offset += position
        return payloads

    def _decode(self, payload: bytes, events: list[Event]) -> None:
        """Add the event of a whole record, or count its bytes where it says nothing known."""
        if payload[0] == _KIND_POINTS and len(payload) >= _POINTS_HEAD.size:
            layout = self._layouts.get(payload[1] | payload[2] << 8)
            if layout is not None and layout[1].size == len(payload):
                record = layout[1].unpack(payload)
                events.append(Points(layout[0], record[2], record[3], record[4:]))
                return
        try:
            if payload[0] == _KIND_NAMES:
                number = _NAMES_HEAD.unpack_from(payload)[1]
                names = _as_names(json.loads(payload[_NAMES_HEAD.size :]))
                self._layouts[number] = (
                    names,
                    struct.Struct(f"{_POINTS_HEAD.format}{len(names)}d"),
                )
            else:
                events.append(_decode_other(payload))
        except (ValueError, TypeError, KeyError, RecursionError, struct.error):
            self.damaged_bytes += _FRAME.size + len(payload)


def _decode_other(payload: bytes) -> Event:
    """The event of a record that is no points. Raises one of several errors if it is something else."""
    kind = payload[0]
    if kind == _KIND_REWIND:
        return Rewind(_REWIND.unpack(payload)[1])
    if kind == _KIND_PROGRESS:
        return _as_progress(json.loads(payload[1:]))
    if kind == _KIND_ARTIFACT:
        raw = json.loads(payload[1:])
        name, path, step = _as_text(raw["name"]), _as_text(raw["path"]), raw.get("step")
        return Artifact(name, ArtifactKind(raw["kind"]), path, None if step is None else int(step))
    raise ValueError("a record of an unknown kind, or with names that nobody declared")


def _as_names(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or len(raw) > MAX_METRICS:
        raise ValueError("no names")
    return tuple(map(_as_text, raw))


def _as_text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("no text")
    return raw


def _as_progress(raw: Any) -> Progress:
    progress = Progress(**raw)
    _as_text(progress.phase)
    for count in (progress.step, progress.total_steps, progress.epoch, progress.epochs):
        if type(count) is not int or not 0 <= count <= _LARGEST_INTEGER:
            raise ValueError("no count")
    for measure in (progress.samples_per_s, progress.remaining_s):
        if measure is not None and type(measure) not in (int, float):
            raise TypeError("no number")
    return progress


def _next_start(data: bytes, position: int, *, at_end: bool, final: bool) -> int:
    """Where to go on after the position, at which no whole record stands.

    That is the next whole record or, if it comes first, one that goes on behind the data. At the
    end of the file a record is torn as soon as a whole one follows it; if none does, it may still become
    whole, unless the file is ``final``.
    """
    unfinished = None
    for start in _marked(data, position):
        if _whole_record(data, start):
            return start
        if unfinished is None and _goes_on(data, start):
            if not at_end:
                return start
            unfinished = start
    return len(data) if unfinished is None or (final and at_end) else unfinished


def _marked(data: bytes, position: int) -> Iterator[int]:
    """Where a marker stands from the position on, or as much of one as the end of the data has room for."""
    while (found := data.find(MARKER, position)) >= 0:
        yield found
        position = found + 1
    for start in range(max(position, len(data) - len(MARKER) + 1), len(data)):
        if MARKER.startswith(data[start:]):
            yield start


def _whole_record(data: bytes, position: int) -> bool:
    if len(data) - position < _FRAME.size:
        return False
    marker, length, checksum = _FRAME.unpack_from(data, position)
    start = position + _FRAME.size
    if marker != MARKER or not 0 < length <= MAX_PAYLOAD or start + length > len(data):
        return False
    return crc32(data[start : start + length]) == int(checksum)


def _goes_on(data: bytes, position: int) -> bool:
    """Whether the record that begins at the position may become whole with what follows the data."""
    if len(data) - position < _FRAME.size:
        return True
    length: int = _FRAME.unpack_from(data, position)[1]
    return 0 < length <= MAX_PAYLOAD and position + _FRAME.size + length > len(data)


def _open_for_appending(path: Path) -> BinaryIO:
    """Unbuffered, and readable too, so that its content can be had when its name is gone."""
    return open(path, "a+b", buffering=0)


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False
