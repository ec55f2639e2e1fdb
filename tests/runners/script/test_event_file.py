from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_BFLOAT16, DT_DOUBLE, DT_FLOAT, DT_INT64, DT_STRING
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c as reference

from runners.script.event_file import EventFile, Scalar, masked_crc32c, scalars

SHAPELESS = TensorShapeProto()


def record(event: Event) -> bytes:
    data = event.SerializeToString()
    head = struct.pack("<Q", len(data))
    return head + struct.pack("<I", reference(head)) + data + struct.pack("<I", reference(data))


def simple(tag: str, step: int, value: float) -> Event:
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return Event(wall_time=5.5, step=step, summary=summary)


def tensor(tag: str, step: int, made: TensorProto, plugin: str = "scalars") -> Event:
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    value = Summary.Value(tag=tag, tensor=made, metadata=metadata)
    return Event(wall_time=5.5, step=step, summary=Summary(value=[value]))


def read(event: Event) -> list[Scalar]:
    return list(scalars(event.SerializeToString()))


@given(st.binary(max_size=200))
def test_the_checksum_is_tensorboards(data: bytes) -> None:
    assert masked_crc32c(data) == reference(data)


@given(
    st.text(min_size=1, max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(width=32, allow_nan=False),
)
def test_a_simple_value_is_read_with_its_tag_step_and_time(
    tag: str, step: int, value: float
) -> None:
    assert read(simple(tag, step, value)) == [Scalar(tag, step, 5.5, value)]


@given(st.floats(allow_nan=False), st.booleans())
def test_a_number_is_read_from_a_tensor_however_it_is_packed(value: float, listed: bool) -> None:
    packed = {"double_val": [value]} if listed else {"tensor_content": struct.pack("<d", value)}
    made = TensorProto(dtype=DT_DOUBLE, tensor_shape=SHAPELESS, **packed)
    assert read(tensor("loss", 3, made)) == [Scalar("loss", 3, 5.5, value)]


@pytest.mark.parametrize(
    ("made", "value"),
    [
        (TensorProto(dtype=DT_FLOAT, tensor_shape=SHAPELESS, float_val=[0.5]), 0.5),
        (TensorProto(dtype=DT_FLOAT, tensor_shape=SHAPELESS), 0.0),
        (TensorProto(dtype=DT_INT64, tensor_shape=SHAPELESS, int64_val=[-3]), -3.0),
        (TensorProto(dtype=DT_BFLOAT16, tensor_shape=SHAPELESS, half_val=[0x3FC0]), 1.5),
    ],
)
def test_numbers_of_other_types_are_read(made: TensorProto, value: float) -> None:
    assert [one.value for one in read(tensor("x", 0, made))] == [value]


def test_what_is_no_scalar_is_left_out() -> None:
    two = TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)])
    many = TensorProto(dtype=DT_DOUBLE, tensor_shape=two, double_val=[1.0, 2.0])
    words = TensorProto(dtype=DT_STRING, tensor_shape=SHAPELESS, string_val=[b"text"])
    one = TensorProto(dtype=DT_DOUBLE, tensor_shape=SHAPELESS, double_val=[1.0])
    assert read(tensor("x", 0, many)) == []
    assert read(tensor("x", 0, words)) == []
    assert read(tensor("x", 0, one, plugin="images")) == []
    histogram = Summary.Value(tag="h", histo=HistogramProto(num=1.0))
    assert read(Event(summary=Summary(value=[histogram]))) == []
    assert read(Event(file_version="brain.Event:2")) == []


def test_nan_is_kept() -> None:
    assert math.isnan(read(simple("x", 0, math.nan))[0].value)


def test_records_are_read_as_they_become_whole(tmp_path: Path) -> None:
    path = tmp_path / "events"
    first, second = record(simple("a", 1, 1.0)), record(simple("a", 2, 2.0))
    path.write_bytes(first + second[:9])
    file = EventFile(path)
    assert [one.step for one in file.read()] == [1]
    assert file.read() == []
    path.write_bytes(first + second)
    assert [one.step for one in file.read()] == [2]
    assert file.damaged_bytes == 0


def test_a_torn_end_counts_as_damaged_when_nobody_writes_any_more(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_bytes(record(simple("a", 1, 1.0)) + record(simple("a", 2, 2.0))[:-3])
    file = EventFile(path)
    assert [one.step for one in file.read(final=True)] == [1]
    assert file.damaged_bytes == len(record(simple("a", 2, 2.0))) - 3


@given(st.integers(0, 2), st.data())
def test_damage_costs_only_the_record_that_has_it(place: int, data: st.DataObject) -> None:
    from tempfile import TemporaryDirectory

    records = [bytearray(record(simple("a", step, 1.0))) for step in range(4)]
    where = data.draw(st.integers(0, len(records[place]) - 1))
    records[place][where] ^= 0xFF
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events"
        path.write_bytes(b"".join(map(bytes, records)))
        file = EventFile(path)
        assert [one.step for one in file.read(final=True)] == [s for s in range(4) if s != place]
    assert file.damaged_bytes == len(records[place])


def test_a_large_record_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events"
    picture = Summary.Value(tag="p", image=Summary.Image(encoded_image_string=bytes(1 << 18)))
    large = record(Event(summary=Summary(value=[picture])))
    path.write_bytes(large + record(simple("a", 2, 2.0)))
    assert [one.step for one in EventFile(path).read()] == [2]
