from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.events import Event, EventReader, EventWriter, Points
from runners.protocol import Artifact, ArtifactKind, Progress


def read_all(
    path: Path, offset: int = 0, *, final: bool = False
) -> tuple[list[Event], EventReader]:
    reader = EventReader(path, offset)
    events: list[Event] = []
    while arrived := reader.read(final=final):
        events += arrived
    return events, reader


def write_steps(path: Path, steps: range) -> None:
    writer = EventWriter(path)
    for step in steps:
        writer.log(step, {"loss": 1.0 / (step + 1), "lr": 0.1})
    writer.close()


def steps_of(events: list[Event]) -> list[int]:
    return [event.step for event in events if isinstance(event, Points)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events"


@pytest.fixture
def writer(path: Path) -> Iterator[EventWriter]:
    with closing(EventWriter(path)) as writer:
        yield writer


def test_every_kind_of_event_comes_back_as_it_was_written(path: Path, writer: EventWriter) -> None:
    progress = Progress("training", 3, 10, 1, 2, 123.5, 4.0)
    artifact = Artifact("confusion", ArtifactKind.CONFUSION_MATRIX, "artifacts/confusion.json")
    writer.log(3, {"loss": 0.25, "lr": 0.01})
    writer.progress(progress)
    writer.artifact(artifact)
    points, *others = read_all(path)[0]
    assert isinstance(points, Points)
    assert (points.names, points.step, points.values) == (("loss", "lr"), 3, (0.25, 0.01))
    assert others == [progress, artifact]


def test_nan_and_infinities_survive(path: Path, writer: EventWriter) -> None:
    writer.log(0, {"a": math.nan, "b": math.inf, "c": -math.inf})
    (points,) = read_all(path)[0]
    assert isinstance(points, Points)
    assert math.isnan(points.values[0])
    assert points.values[1:] == (math.inf, -math.inf)


def test_a_reader_sees_what_was_logged_before_the_writer_closes(
    path: Path, writer: EventWriter
) -> None:
    reader = EventReader(path)
    for step in range(3):
        writer.log(step, {"loss": 0.0})
        assert steps_of(reader.read()) == [step]


def test_a_file_that_is_not_there_yet_has_no_events(path: Path) -> None:
    reader = EventReader(path)
    assert reader.read() == []
    write_steps(path, range(1))
    assert steps_of(reader.read()) == [0]


def test_reading_goes_on_from_a_kept_offset(path: Path) -> None:
    write_steps(path, range(5))
    _, reader = read_all(path)
    write_steps(path, range(5, 8))
    assert steps_of(read_all(path, reader.offset)[0]) == [5, 6, 7]


def test_names_declared_before_a_kept_offset_are_known_after_it(
    path: Path, writer: EventWriter
) -> None:
    writer.log(0, {"loss": 0.0})
    offset = read_all(path)[1].offset
    writer.log(1, {"loss": 0.5})
    (points,) = read_all(path, offset)[0]
    assert isinstance(points, Points)
    assert points.names == ("loss",)


def test_a_torn_record_at_the_end_waits_until_it_is_whole(path: Path) -> None:
    write_steps(path, range(3))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    reader = EventReader(path)
    assert steps_of(reader.read()) == [0, 1]
    path.write_bytes(whole)
    assert steps_of(reader.read()) == [2]
    assert reader.damaged_bytes == 0


def test_a_torn_record_at_the_end_counts_as_damaged_when_no_writer_is_left(path: Path) -> None:
    write_steps(path, range(3))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    events, reader = read_all(path, final=True)
    assert steps_of(events) == [0, 1]
    assert reader.damaged_bytes > 0
    assert reader.offset == len(whole) - 5


def test_a_torn_record_is_skipped_once_a_whole_one_follows_it(path: Path) -> None:
    write_steps(path, range(3))
    path.write_bytes(path.read_bytes()[:-5])
    write_steps(path, range(10, 12))
    events, reader = read_all(path)
    assert steps_of(events) == [0, 1, 10, 11]
    assert reader.damaged_bytes > 0


def test_a_file_larger_than_one_read_comes_back_whole(path: Path, writer: EventWriter) -> None:
    metrics = {f"metric/{number}": float(number) for number in range(500)}
    for step in range(1200):
        writer.log(step, metrics)
    assert steps_of(read_all(path)[0]) == list(range(1200))


def test_a_record_larger_than_one_read_cannot_be_written(writer: EventWriter) -> None:
    with pytest.raises(ValueError, match="too large"):
        writer.log(0, {f"metric/{number}": 0.0 for number in range(200_000)})


@settings(max_examples=200)
@given(data=st.data())
def test_damage_costs_only_the_records_it_touches(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damage") / "events"
    write_steps(path, range(20))
    whole = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(whole) - 1), label="start")
    length = data.draw(st.integers(1, 60), label="length")
    noise = data.draw(st.binary(min_size=length, max_size=length), label="noise")
    whole[start : start + length] = noise[: len(whole) - start]
    path.write_bytes(whole)
    events, _ = read_all(path, final=True)
    record = struct.calcsize("<4sIIBHqd2d")
    declaration = len(whole) - 20 * record
    steps = steps_of(events)
    if start >= declaration:
        touched = {
            (position - declaration) // record
            for position in range(start, min(start + length, len(whole)))
        }
        assert set(steps) >= set(range(20)) - touched
    assert steps == sorted(set(steps) & set(range(20)))
    for event in events:
        assert isinstance(event, Points)
        assert event.values == (1.0 / (event.step + 1), 0.1)


@settings(max_examples=100)
@given(cuts=st.lists(st.integers(0, 1500), max_size=6))
def test_a_file_that_arrives_in_pieces_gives_every_event_once(
    cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    write_steps(folder / "whole", range(20))
    whole = (folder / "whole").read_bytes()
    reader = EventReader(folder / "growing")
    steps: list[int] = []
    for cut in [*sorted(cuts), len(whole)]:
        (folder / "growing").write_bytes(whole[:cut])
        steps += steps_of(reader.read())
    assert steps == list(range(20))
    assert reader.damaged_bytes == 0
