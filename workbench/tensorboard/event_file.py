"""TensorBoard's event files, written many points at once.

The file is TFRecord (tensorflow/core/lib/io/record_writer.h): per record its length as eight bytes, the
masked CRC-32C of these, the record, and the masked CRC-32C of the record. TensorBoard's own writer
computes that checksum byte by byte in Python; here all points of a series are encoded as one table of
bytes, and the checksum runs down its columns, which takes less than 2 µs a point.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE
from tensorboard.plugins.scalar.metadata import create_summary_metadata

from storage.store import Series

_STEP_BYTES = 9
_STEP_MARK = 2**63 - 1
"""The largest step; as a varint it fills the nine bytes that every step is given."""
_TIME_MARK = struct.unpack("<d", b"\x01TWINTIM")[0]
_VALUE_MARK = b"\x02TWINVAL"
_POLYNOMIAL = 0x82F63B78


def record(event: Event) -> bytes:
    """One event as a record."""
    data = np.frombuffer(event.SerializeToString(), np.uint8)
    return _framed(data[np.newaxis]).tobytes()


def scalar_records(tag: str, series: Series) -> bytes:
    """A record per point, in float64, NaN and infinities kept."""
    if not len(series.steps):
        return b""
    pattern = _scalar_pattern(tag)
    rows = np.tile(np.frombuffer(pattern, np.uint8), (len(series.steps), 1))
    _fill(rows, pattern.index(struct.pack("<d", _TIME_MARK)), _bytes_of(series.times))
    _fill(rows, pattern.index(_varint_mark()), _varints(series.steps))
    _fill(rows, pattern.index(_VALUE_MARK), _bytes_of(series.values))
    return _framed(rows).tobytes()


def _scalar_pattern(tag: str) -> bytes:
    """The event of a point, with marks where time, step and value go."""
    tensor = TensorProto(
        dtype=DT_DOUBLE, tensor_shape=TensorShapeProto(), tensor_content=_VALUE_MARK
    )
    metadata = create_summary_metadata(display_name="", description="")
    value = Summary.Value(tag=tag, metadata=metadata, tensor=tensor)
    event = Event(wall_time=_TIME_MARK, step=_STEP_MARK, summary=Summary(value=[value]))
    return bytes(event.SerializeToString())


def _varint_mark() -> bytes:
    return b"\xff" * (_STEP_BYTES - 1) + b"\x7f"


def _varints(steps: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Steps as varints of nine bytes each, zeros not left out, which every parser accepts."""
    shifts = np.arange(_STEP_BYTES, dtype=np.int64) * 7
    groups = ((steps[:, np.newaxis] >> shifts) & 0x7F).astype(np.uint8)
    groups[:, :-1] |= 0x80
    return groups


def _bytes_of(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values, "<f8").view(np.uint8).reshape(-1, 8)


def _fill(rows: NDArray[np.uint8], start: int, columns: NDArray[np.uint8]) -> None:
    rows[:, start : start + columns.shape[1]] = columns


def _framed(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    count, length = rows.shape
    head = np.frombuffer(struct.pack("<Q", length), np.uint8)[np.newaxis]
    heads = np.tile(np.hstack([head, _masked_crc32c(head)]), (count, 1))
    return np.hstack([heads, rows, _masked_crc32c(rows)])


def _crc_table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


_CRC_TABLE = _crc_table()


def _masked_crc32c(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The masked CRC-32C of each row, as four little-endian bytes."""
    crc = np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in rows.T:
        crc = _CRC_TABLE[(crc ^ column) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
    crc = ~crc
    rotated = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    masked = rotated + np.uint32(0xA282EAD8)
    return np.ascontiguousarray(masked, "<u4").view(np.uint8).reshape(-1, 4)
