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
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from errno import ENOSPC
from pathlib import Path
from time import time
from typing import BinaryIO
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
_READ_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Points:
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

    Raises OSError where the file cannot be written, ValueError for more than `MAX_METRICS` names in
    one call or names that fill a whole record. Not safe to share between threads.
    """

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()
        self._layouts: dict[tuple[str, ...], tuple[int, struct.Struct]] = {}

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the values of one step. NaN and infinities are kept."""
        names = tuple(metrics)
        layout = self._layouts.get(names) or self._declare(names)
        payload = layout[1].pack(_KIND_POINTS, layout[0], step, time(), *metrics.values())
        record = _FRAME.pack(MARKER, len(payload), crc32(payload)) + payload
        if self._file.write(record) != len(record):
            raise OSError(ENOSPC, "the disk is full", self._file.name)

    def progress(self, progress: Progress) -> None:
        self._append(bytes([_KIND_PROGRESS]) + json.dumps(asdict(progress)).encode())

    def artifact(self, artifact: Artifact) -> None:
        self._append(bytes([_KIND_ARTIFACT]) + json.dumps(asdict(artifact)).encode())

    def rewind(self, step: int) -> None:
        """Say that the training goes on from a checkpoint at this step."""
        self._append(_REWIND.pack(_KIND_REWIND, step))

    def close(self) -> None:
        self._file.close()

    def _declare(self, names: tuple[str, ...]) -> tuple[int, struct.Struct]:
        """Give the names a number, so that the records that follow need not repeat them."""
        if len(names) > MAX_METRICS:
            raise ValueError(
                f"{len(names)} metrics in one log call are too large a record; at most {MAX_METRICS:,}"
            )
        number = len(self._layouts)
        self._append(_NAMES_HEAD.pack(_KIND_NAMES, number) + json.dumps(names).encode())
        layout = (number, struct.Struct(f"{_POINTS_HEAD.format}{len(names)}d"))
        self._layouts[names] = layout
        return layout

    def _append(self, payload: bytes) -> None:
        if len(payload) > MAX_PAYLOAD:
            raise ValueError(
                f"a record of {len(payload):,} bytes is too large; at most {MAX_PAYLOAD:,}"
            )
        record = _FRAME.pack(MARKER, len(payload), crc32(payload)) + payload
        if self._file.write(record) != len(record):
            raise OSError(ENOSPC, "the disk is full", self._file.name)


class EventReader:
    """Follows an event file.

    ``offset`` is where the next record starts; it can be kept, to go on from there later.
    ``damaged_bytes`` counts what was skipped because it was no whole record.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self._names: dict[int, tuple[str, ...]] = {}
        self.offset = 0
        while self.offset < offset and self._payloads(min(offset, self.offset + _READ_BYTES)):
            pass  # only for the names that were declared before the offset
        self.offset = offset
        self.damaged_bytes = 0

    def read(self, *, final: bool = False) -> list[Event]:
        """The next events that have arrived as a whole, at most a few megabytes of them.

        An empty list means that there are no more for now. ``final`` says that no writer is left, so
        that a torn record at the end counts as damaged and is skipped.
        """
        while True:
            before = self.offset
            payloads = self._payloads(self.offset + _READ_BYTES, final=final)
            events = [event for payload in payloads if (event := self._decode(payload))]
            if events or self.offset == before:
                return events

    def _payloads(self, until: int, *, final: bool = False) -> list[bytes]:
        """The payloads of the whole records from `offset` on, and `offset` moved behind them."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self.offset)
                data = file.read(until - self.offset)
                at_end = file.read(1) == b""
        except FileNotFoundError:
            return []
        payloads: list[bytes] = []
        position = 0
        while position < len(data):
            payload = _whole_record(data, position)
            if payload is None:
                following = _next_whole_record(data, position + 1)
                if following is None:
                    break
                self.damaged_bytes += following - position
                position = following
                continue
            position += _FRAME.size + len(payload)
            payloads.append(payload)
            if payload[0] == _KIND_NAMES:
                self._remember_names(payload)
        if final and at_end and not payloads:
            self.damaged_bytes += len(data) - position
            position = len(data)
        self.offset += position
        return payloads

    def _remember_names(self, payload: bytes) -> None:
        number = _NAMES_HEAD.unpack_from(payload)[1]
        self._names[number] = tuple(json.loads(payload[_NAMES_HEAD.size :]))

    def _decode(self, payload: bytes) -> Event | None:
        kind = payload[0]
        if kind == _KIND_POINTS:
            _, number, step, when = _POINTS_HEAD.unpack_from(payload)
            names = self._names.get(number)
            if names is None:  # their declaration was damaged
                self.damaged_bytes += _FRAME.size + len(payload)
                return None
            values = struct.unpack_from(f"<{len(names)}d", payload, _POINTS_HEAD.size)
            return Points(names, step, when, values)
        if kind == _KIND_REWIND:
            return Rewind(_REWIND.unpack_from(payload)[1])
        if kind == _KIND_PROGRESS:
            return Progress(**json.loads(payload[1:]))
        if kind == _KIND_ARTIFACT:
            raw = json.loads(payload[1:])
            return Artifact(raw["name"], ArtifactKind(raw["kind"]), raw["path"])
        return None


def _whole_record(data: bytes, position: int) -> bytes | None:
    """The payload of the record at the position, or None if no whole, sound one stands there."""
    if len(data) - position < _FRAME.size:
        return None
    marker, length, checksum = _FRAME.unpack_from(data, position)
    start = position + _FRAME.size
    if marker != MARKER or not 0 < length <= MAX_PAYLOAD or start + length > len(data):
        return None
    payload = data[start : start + length]
    return payload if crc32(payload) == checksum else None


def _next_whole_record(data: bytes, position: int) -> int | None:
    """Where the next whole record starts at or after the position, or None."""
    while (found := data.find(MARKER, position)) >= 0:
        if _whole_record(data, found) is not None:
            return found
        position = found + 1
    return None
