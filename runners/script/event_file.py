"""Reads the scalars of TensorBoard's event files while they are written. Standard library only.

The file is TFRecord (tensorflow/core/lib/io/record_writer.h): per record its length as eight bytes, the masked CRC-32C of
these, the record, and its masked CRC-32C. The record is a protocol buffer (tensorflow/core/util/event.proto); of it
only time, step and the numbers are read, in ``simple_value`` and in a tensor of one element. That takes a page of code,
and neither TensorFlow nor generated classes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_HEAD = struct.Struct("<QI")
_TAIL = struct.Struct("<I")
_LARGEST_BYTES = 1 << 16
"""A record of scalars is far smaller; pictures and graphs are passed over without reading them."""
_SEARCHED_BYTES = 1 << 20
_MASK = 0xA282EAD8
_POLYNOMIAL = 0x82F63B78
_BFLOAT16 = 14
_FORMATS = {1: "f", 2: "d", 3: "i", 4: "B", 5: "h", 6: "b", 9: "q", 10: "?", 17: "H", 19: "e", 22: "I", 23: "Q"}  # fmt: skip
"""How numbers of a tensor's type (tensorflow/core/framework/types.proto) stand in its bytes."""
_Fields = Iterator[tuple[int, int | bytes]]


class Scalar(NamedTuple):
    tag: str
    step: int
    time: float
    """UTC, seconds since 1970, as the script measured it."""
    value: float


class EventFile:
    """Follows one event file. ``damaged_bytes`` counts what was passed over because it was no whole record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged_bytes = 0
        self._offset = 0
        self._seen = -1

    def read(self, *, final: bool = False) -> list[Scalar]:
        """What has arrived since the last call. Raises OSError.

        A record that is torn at the end of the file is left until it is whole or, if nobody writes any more (``final``), counted as
        damaged.
        """
        size = self.path.stat().st_size
        if size == self._seen and not final:
            return []
        self._seen = size
        found: list[Scalar] = []
        with open(self.path, "rb") as file:
            while self._read_record(file, size, found):
                pass
        if final and self._offset < size:
            self.damaged_bytes += size - self._offset
            self._offset = size
        return found

    def _read_record(self, file: BinaryIO, size: int, found: list[Scalar]) -> bool:
        """Take the next record; False where there is no whole one yet."""
        if self._offset + _HEAD.size > size:
            return False
        file.seek(self._offset)
        head = file.read(_HEAD.size)
        if not _is_head(head):
            return self._search(file)
        length = _HEAD.unpack(head)[0]
        end = self._offset + _HEAD.size + length + _TAIL.size
        if end > size:
            return False
        if length <= _LARGEST_BYTES:
            self._decode(file.read(length), file.read(_TAIL.size), found)
        self._offset = end
        return True

    def _decode(self, data: bytes, tail: bytes, found: list[Scalar]) -> None:
        try:
            if _TAIL.unpack(tail)[0] != masked_crc32c(data):
                raise ValueError("the record is damaged")
            found.extend(scalars(data))
        except (ValueError, IndexError, struct.error, UnicodeDecodeError):
            self.damaged_bytes += _HEAD.size + len(data) + _TAIL.size

    def _search(self, file: BinaryIO) -> bool:
        """Go on to the next place at which a record begins; False where that needs more than there is."""
        file.seek(self._offset)
        data = file.read(_SEARCHED_BYTES)
        places = range(1, len(data) - _HEAD.size + 1)
        step = next((at for at in places if _is_head(data[at : at + _HEAD.size])), len(places) + 1)
        if step > len(places) and len(data) < _SEARCHED_BYTES:
            return False
        self.damaged_bytes += step
        self._offset += step
        return True


def scalars(event: bytes) -> Iterator[Scalar]:
    """The numbers of one event. Raises ValueError, IndexError or struct.error where it is none."""
    time, step, summary = 0.0, 0, b""
    for number, value in _fields(event):
        if number == 1 and isinstance(value, bytes):
            time = struct.unpack("<d", value)[0]
        elif number == 2 and isinstance(value, int):
            step = value - (1 << 64) if value >> 63 else value
        elif number == 5 and isinstance(value, bytes):
            summary = value
    for number, value in _fields(summary):
        if number == 1 and isinstance(value, bytes):
            tag, measured = _value(value)
            if tag and measured is not None:
                yield Scalar(tag, step, time, measured)


def _value(message: bytes) -> tuple[str, float | None]:
    """The tag of a `Summary.Value` and its number, if it is one."""
    tag, number, tensor, plugin = "", None, b"", "scalars"
    for field, value in _fields(message):
        if not isinstance(value, bytes):
            continue
        if field == 1:
            tag = value.decode()
        elif field == 2:
            number = float(struct.unpack("<f", value)[0])
        elif field == 8:
            tensor = value
        elif field == 9:
            plugin = _plugin(value)
    if number is None and tensor and plugin in ("", "scalars"):
        number = _tensor(tensor)
    return tag, number


def _plugin(metadata: bytes) -> str:
    data = dict(_fields(metadata)).get(1, b"")
    name = dict(_fields(data)).get(1, b"") if isinstance(data, bytes) else b""
    return name.decode() if isinstance(name, bytes) else ""


def _tensor(message: bytes) -> float | None:
    """The number of a `TensorProto` of one element; None where it is something else."""
    kind, content, listed = 0, b"", b""
    for field, value in _fields(message):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and isinstance(value, bytes) and _elements(value) != 1:
            return None
        elif field == 4 and isinstance(value, bytes):
            content = value
        elif field in _LISTS:
            listed = _packed(value, _LISTS[field])
    if kind == _BFLOAT16:
        return _bfloat16(content or listed)
    form = _FORMATS.get(kind)
    if form is None:
        return None
    bits = content or listed or bytes(8)  # a zero need not be written
    return float(struct.unpack_from(f"<{form}", bits)[0])


_LISTS = {5: 4, 6: 8, 7: 0, 10: 0, 11: 0, 13: 0, 16: 0, 17: 0}
"""Fields of a `TensorProto` that list its elements, with the bytes of each; 0 for varints."""


def _packed(value: int | bytes, width: int) -> bytes:
    """The first element of a list, as bytes of its type."""
    if isinstance(value, int):
        return struct.pack("<Q", value)
    return value[:width] if width else struct.pack("<Q", _varint(value, 0)[0])


def _bfloat16(bits: bytes) -> float:
    return float(struct.unpack("<f", b"\0\0" + (bits or bytes(2))[:2])[0])


def _elements(shape: bytes) -> int:
    count = 1
    for field, dimension in _fields(shape):
        if field == 2 and isinstance(dimension, bytes):
            size = dict(_fields(dimension)).get(1, 0)
            count *= size if isinstance(size, int) else 0
    return count


def _fields(message: bytes) -> _Fields:
    """Numbers and values of the fields of a message: varints as int, all else as bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        if wire == 2:
            length, at = _varint(message, at)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError("no message")
        if at + length > len(message):
            raise ValueError("the message is cut off")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, and where it ends. Raises IndexError or ValueError."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise ValueError("no number")


def _is_head(head: bytes) -> bool:
    length, checksum = _HEAD.unpack(head)
    return bool(length < 1 << 40 and masked_crc32c(head[:8]) == checksum)


def _make_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)  # noqa: PLW2901
        table.append(value)
    return tuple(table)


_TABLE = _make_table()


def masked_crc32c(data: bytes) -> int:
    """The checksum of TFRecord (RFC 3720, appendix B.4, then turned and shifted)."""
    crc, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
