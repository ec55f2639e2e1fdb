from __future__ import annotations

import math
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from storage.store import Series
from workbench.tensorboard.event_file import record, scalar_records


def events(data: bytes) -> Iterator[Event]:
    """Read with TensorBoard's own checksum and messages."""
    position = 0
    while position < len(data):
        head = data[position : position + 8]
        (length,) = struct.unpack("<Q", head)
        assert data[position + 8 : position + 12] == struct.pack("<I", masked_crc32c(head))
        payload = data[position + 12 : position + 12 + length]
        end = position + 12 + length
        assert data[end : end + 4] == struct.pack("<I", masked_crc32c(payload))
        yield Event.FromString(payload)
        position = end + 4


def read_points(data: bytes) -> list[tuple[str, int, float, float]]:
    points = []
    for event in events(data):
        (value,) = event.summary.value
        assert value.metadata.plugin_data.plugin_name == "scalars"
        (number,) = np.frombuffer(value.tensor.tensor_content, "<f8")
        points.append((value.tag, event.step, event.wall_time, float(number)))
    return points


@given(
    st.text(min_size=1, max_size=20),
    st.lists(
        st.tuples(st.integers(0, 2**63 - 1), st.floats(allow_nan=False), st.floats()), max_size=5
    ),
)
def test_every_point_is_read_back_as_it_was(
    tag: str, points: list[tuple[int, float, float]]
) -> None:
    steps, times, values = zip(*points, strict=True) if points else ((), (), ())
    series = Series(
        np.array(steps, np.int64), np.array(times, np.float64), np.array(values, np.float64)
    )
    read = read_points(scalar_records(tag, series))
    expected = [(tag, *point) for point in points]
    assert repr(read) == repr(expected)


def test_a_lone_event_is_framed_alike() -> None:
    event = Event(wall_time=12.5, file_version="brain.Event:2")
    assert list(events(record(event))) == [event]


def test_nothing_is_written_of_an_empty_series() -> None:
    empty = Series(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    assert scalar_records("loss", empty) == b""


def test_tensorflow_reads_the_file_as_its_own(tmp_path: Path) -> None:
    """In a process of its own, since TensorFlow must not be loaded into that of the tests."""
    series = Series(np.array([1, 300]), np.array([10.0, 11.0]), np.array([0.1, math.inf]))
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(record(Event(file_version="brain.Event:2")) + scalar_records("loss", series))
    program = (
        "import sys, tensorflow as tf\n"
        "for event in tf.compat.v1.train.summary_iterator(sys.argv[1]):\n"
        "    for value in event.summary.value:\n"
        "        print(value.tag, event.step, event.wall_time, float(tf.make_ndarray(value.tensor)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["loss 1 10.0 0.1", "loss 300 11.0 inf"]
