"""The reader of event files against random cuts, flips and concatenations."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners import events as events_module
from runners.events import MARKER, Event, EventReader, EventWriter, Points, Rewind
from runners.protocol import Artifact, ArtifactKind, Progress
from tests.runners.test_events import read_all, steps_of, write_steps

FRAME = struct.Struct("<4sII")
NAMES, POINTS = 1, 2
MARKER_VALUE = struct.unpack("<d", MARKER + bytes([9, 0, 0, 0]))[0]
"""A number whose bytes are a marker and a length."""


@pytest.fixture
def small_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest pieces that a file can be read in, so that every boundary is met."""
    monkeypatch.setattr(events_module, "MAX_PAYLOAD", 200)
    monkeypatch.setattr(events_module, "_READ_BYTES", 200 + FRAME.size)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@dataclass(frozen=True)
class Record:
    """A whole record of a file, and the event that it stands for, if it does."""

    data: bytes
    event: Event | None

    @property
    def kind(self) -> int:
        return self.data[FRAME.size]

    @property
    def number(self) -> int:
        """The number of the names that it declares or uses."""
        return int.from_bytes(self.data[FRAME.size + 1 : FRAME.size + 3], "little")


_VALUES = st.sampled_from([0.0, -1.5, 1e300, float("inf"), MARKER_VALUE])
_POINTS = st.tuples(
    st.sampled_from([("loss",), ("loss", "lr"), ("lr", "loss"), ("größe",)]),
    st.integers(-1, 2**40),
    _VALUES,
)
_OTHERS = st.one_of(
    st.builds(Progress, st.just("training"), st.integers(0, 9)),
    st.builds(Artifact, st.text(max_size=3), st.just(ArtifactKind.FILE), st.just("a/b")),
    st.builds(Rewind, st.integers(0, 99)),
    st.none(),  # the writer ends, and another goes on
)


@st.composite
def files(draw: st.DrawFn, folder: Path) -> list[Record]:
    """The records of a file as writers make it, one after the other."""
    actions = draw(st.lists(st.one_of(_POINTS, _OTHERS), max_size=12))
    path = folder / "written"
    path.unlink(missing_ok=True)
    logged: list[Event] = []
    for named, one_writers in groupby(actions, lambda action: action is not None):
        with closing(EventWriter(path)) as writer:
            logged += [_write(writer, action) for action in one_writers if named]
    data = path.read_bytes() if actions else b""
    return list(_records(data, iter(logged)))


def _write(writer: EventWriter, action: Any) -> Event:
    match action:
        case Progress():
            writer.progress(action)
        case Artifact():
            writer.artifact(action)
        case Rewind():
            writer.rewind(action.step)
        case (names, step, value):
            writer.log(step, dict.fromkeys(names, value))
            return Points(names, step, 0.0, (value,) * len(names))
    return cast("Event", action)


def _records(data: bytes, logged: Iterator[Event]) -> Iterator[Record]:
    position = 0
    while position < len(data):
        end = position + FRAME.size + FRAME.unpack_from(data, position)[1]
        record = data[position:end]
        yield Record(record, None if record[FRAME.size] == NAMES else next(logged))
        position = end


_GARBAGE = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [
            MARKER,
            MARKER[:2],
            MARKER * 3,
            bytes(500),
            FRAME.pack(MARKER, 0, 0),
            FRAME.pack(MARKER, 200, 7),
            FRAME.pack(MARKER, 2**32 - 1, 7),
            FRAME.pack(MARKER, 100, 7) + MARKER,
        ]
    ),
).map(
    lambda garbage: garbage and b"\xee" + garbage
)  # so that it does not mend a record that was cut


@st.composite
def damaged_files(draw: st.DrawFn, folder: Path) -> tuple[bytes, list[Event], int]:
    """A damaged file, the events that must come from it, and how many bytes of it are damaged."""
    data, expected, damaged = b"", [], 0
    declared: set[int] = set()
    for record in draw(files(folder)):
        garbage = draw(st.one_of(st.just(b""), _GARBAGE))
        harm = draw(st.sampled_from(["none", "none", "none", "flip", "cut"]))
        piece = _harmed(draw, record.data, harm)
        data += garbage + piece
        damaged += len(garbage)
        if harm != "none":
            damaged += len(piece)
        elif record.kind == NAMES:
            declared.add(record.number)
        elif record.kind == POINTS and record.number not in declared:
            damaged += len(piece)
        else:
            assert record.event is not None
            expected.append(record.event)
    tail = draw(_GARBAGE)
    return data + tail, expected, damaged + len(tail)


def _harmed(draw: st.DrawFn, record: bytes, harm: str) -> bytes:
    if harm == "cut":
        return record[: draw(st.integers(0, len(record) - 1))]
    if harm == "flip":
        bit = draw(st.integers(0, 8 * len(record) - 1))
        flipped = bytearray(record)
        flipped[bit // 8] ^= 1 << bit % 8
        return bytes(flipped)
    return record


def _timeless(events: list[Event]) -> list[Event]:
    return [e._replace(time=0.0) if isinstance(e, Points) else e for e in events]


@settings(max_examples=200)
@given(data=st.data())
def test_every_undamaged_record_comes_once_in_order_and_every_other_byte_is_counted(
    data: st.DataObject, folder: Path
) -> None:
    content, expected, damaged = data.draw(damaged_files(folder))
    path = folder / "events"
    path.write_bytes(content)
    events, reader = read_all(path, final=True)
    assert _timeless(events) == expected
    assert reader.damaged_bytes == damaged
    assert reader.offset == len(content)


@pytest.mark.usefixtures("small_reads")
def test_it_does_not_matter_in_how_small_pieces_a_file_is_read(folder: Path) -> None:
    test_every_undamaged_record_comes_once_in_order_and_every_other_byte_is_counted(folder=folder)


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_file_that_grows_and_readers_that_take_over_from_each_other_miss_nothing(
    data: st.DataObject, folder: Path
) -> None:
    content, expected, damaged = data.draw(damaged_files(folder))
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=5), label="cuts")
    path = folder / "growing"
    events: list[Event] = []
    counted = 0
    reader = EventReader(path)
    for cut in sorted(cuts):
        path.write_bytes(content[:cut])
        while arrived := reader.read():
            events += arrived
        if data.draw(st.booleans(), label="another reader takes over"):
            counted += reader.damaged_bytes
            reader = EventReader(path, reader.offset)
    path.write_bytes(content)
    while arrived := reader.read(final=True):
        events += arrived
    assert _timeless(events) == expected
    assert counted + reader.damaged_bytes == damaged


@pytest.mark.usefixtures("small_reads")
def test_readers_of_small_pieces_can_take_over_too(folder: Path) -> None:
    test_a_damaged_file_that_grows_and_readers_that_take_over_from_each_other_miss_nothing(
        folder=folder
    )


@pytest.mark.parametrize("final", [False, True])
def test_more_rubbish_than_one_read_takes_does_not_stop_the_reader(
    tmp_path: Path, final: bool
) -> None:
    path = tmp_path / "events"
    write_steps(path, range(2))
    rubbish = bytes(events_module._READ_BYTES * 2 + 5)
    with open(path, "ab") as file:
        file.write(rubbish)
    write_steps(path, range(2, 4))
    events, reader = read_all(path, final=final)
    assert steps_of(events) == [0, 1, 2, 3]
    assert reader.damaged_bytes == len(rubbish)
    assert steps_of(read_all(path, path.stat().st_size - 49)[0]) == [3]


def test_a_record_as_large_as_can_be_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events"
    names = [f"{number:0100d}" for number in range(10_000)]
    with closing(EventWriter(path)) as writer:
        for step in range(60):
            writer.log(step, dict.fromkeys(names, 1.0))
    assert steps_of(read_all(path)[0]) == list(range(60))


def _append(path: Path, payload: bytes) -> int:
    with open(path, "ab") as file:
        return file.write(FRAME.pack(MARKER, len(payload), crc32(payload)) + payload)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(bytes([3]) + b"no JSON", id="no JSON"),
        pytest.param(bytes([3]) + b"[1]", id="a list"),
        pytest.param(bytes([3]) + b"[" * 100_000, id="deep"),
        pytest.param(bytes([3]) + b"\xff\xfe", id="no text"),
        pytest.param(bytes([3]) + json.dumps({"phase": 3}).encode(), id="a phase that is a number"),
        pytest.param(
            bytes([3]) + json.dumps({"phase": "", "step": "3"}).encode(), id="a text step"
        ),
        pytest.param(
            bytes([3]) + json.dumps({"phase": "", "step": 2**63}).encode(), id="too large"
        ),
        pytest.param(bytes([3]) + json.dumps({"phase": "", "speed": 3}).encode(), id="a stranger"),
        pytest.param(
            bytes([3]) + json.dumps({"phase": "", "remaining_s": []}).encode(), id="a list of time"
        ),
        pytest.param(bytes([4]) + b'{"name": "a"}', id="half an artifact"),
        pytest.param(bytes([4]) + b'{"name": "a", "kind": "b", "path": "c"}', id="a kind of file"),
        pytest.param(bytes([4]) + b'{"name": 1, "kind": "file", "path": "c"}', id="a name"),
        pytest.param(bytes([1, 9, 0]) + b'{"a": 1}', id="names that are no list"),
        pytest.param(bytes([1, 9, 0]) + b"[1]", id="names that are numbers"),
        pytest.param(bytes([1]), id="half a declaration"),
        pytest.param(bytes([2, 9]), id="half a point"),
        pytest.param(bytes([2, 9, 0]) + bytes(24), id="names that nobody declared"),
        pytest.param(bytes([5]) + bytes(3), id="half a rewind"),
        pytest.param(bytes([99]) + b"from the future", id="an unknown kind"),
    ],
)
def test_a_whole_record_that_says_nothing_known_counts_as_damaged(
    tmp_path: Path, payload: bytes
) -> None:
    path = tmp_path / "events"
    write_steps(path, range(2))
    size = _append(path, payload)
    write_steps(path, range(2, 4))
    events, reader = read_all(path)
    assert steps_of(events) == [0, 1, 2, 3]
    assert reader.damaged_bytes == size


@pytest.mark.parametrize("change", [-8, 8])
def test_points_with_more_or_fewer_values_than_names_count_as_damaged(
    tmp_path: Path, change: int
) -> None:
    path = tmp_path / "events"
    write_steps(path, range(1))
    payload = path.read_bytes()[-struct.calcsize("<BHqd2d") :]
    size = _append(path, (payload + bytes(8))[: len(payload) + change])
    events, reader = read_all(path)
    assert steps_of(events) == [0]
    assert reader.damaged_bytes == size


def test_points_never_get_the_names_of_another_writer_whose_declaration_was_damaged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        writer.log(0, {"loss": 1.0})
    first = path.stat().st_size
    with closing(EventWriter(path)) as writer:
        writer.log(1, {"accuracy": 0.5})
    data = bytearray(path.read_bytes())
    data[first + FRAME.size + 5] ^= 1
    path.write_bytes(data)
    events, reader = read_all(path)
    assert steps_of(events) == [0]
    assert reader.damaged_bytes == len(data) - first


def test_a_writer_of_ever_new_names_keeps_them_apart(tmp_path: Path) -> None:
    path = tmp_path / "events"
    with closing(EventWriter(path)) as writer:
        for step in range(3000):  # more than a few of which share a number
            writer.log(step % 1500, {f"metric {step % 1500}": float(step % 1500)})
    points = [event for event in read_all(path)[0] if isinstance(event, Points)]
    assert len(points) == 3000
    assert all(p.names == (f"metric {p.step}",) and p.values == (p.step,) for p in points)
