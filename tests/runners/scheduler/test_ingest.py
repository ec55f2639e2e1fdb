"""From the files of a run to what the history takes in."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from runners.events import EventWriter, Points
from runners.protocol import Artifact, ArtifactKind, Progress
from runners.scheduler.ingest import Ingest, as_series
from storage.arrivals import Arrival
from storage.records import RunRecord
from tests.runners.scheduler.conftest import Bench


class Case:
    """A run whose files the test writes itself."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.run: RunRecord = bench.queue("")
        self.folder = bench.folder(self.run)
        self.events = EventWriter(self.folder.events)
        self.ingest = self.new_ingest()

    def new_ingest(self) -> Ingest:
        return Ingest(self.bench.store, self.run.id, self.folder)

    def log(self, *steps: int) -> None:
        for step in steps:
            self.events.log(step, {"loss": step / 2})

    def take(self, *, final: bool = False) -> bool:
        arrival = self.ingest.read(final=final)
        if arrival is None:
            return False
        self.bench.store.take([arrival])
        self.ingest.stored()
        return True

    def steps(self, metric: str = "loss") -> list[int]:
        steps: list[int] = self.bench.store.series(self.run.id, metric).steps.tolist()
        return steps


@pytest.fixture
def case(bench: Bench) -> Iterator[Case]:
    case = Case(bench)
    yield case
    case.events.close()


def test_points_are_sorted_by_metric_in_the_order_they_were_logged() -> None:
    series = as_series(
        [
            Points(("loss", "lr"), 2, 20.0, (1.0, 0.1)),
            Points(("val/loss",), 2, 21.0, (3.0,)),
            Points(("loss",), 1, 22.0, (math.nan,)),
        ]
    )
    assert list(series) == ["loss", "lr", "val/loss"]
    assert series["loss"].steps.tolist() == [2, 1]
    assert series["loss"].times.tolist() == [20.0, 22.0]
    assert math.isnan(series["loss"].values[1])


def test_a_second_reader_goes_on_where_the_first_one_was_stopped(case: Case) -> None:
    case.log(0, 1, 2)
    assert case.take()
    case.log(3, 4)
    case.ingest = case.new_ingest()
    assert case.take()
    assert not case.take()
    assert case.steps() == [0, 1, 2, 3, 4]


def test_what_was_read_and_not_stored_is_read_again(case: Case) -> None:
    case.log(0, 1)
    assert case.take()
    case.log(2)
    assert case.ingest.read() is not None  # and the history did not take it
    case.log(3)
    assert case.take()
    assert case.steps() == [0, 1, 2, 3]


def test_an_artifact_that_is_stored_again_is_there_once(case: Case) -> None:
    artifact = Artifact("matrix", ArtifactKind.FILE, "artifacts/matrix.json")
    case.events.artifact(artifact)
    case.events.artifact(replace(artifact, path="artifacts/later.json"))
    case.take()
    stored = [item.artifact for item in case.bench.store.artifacts(case.run.id)]
    assert [item.path for item in stored] == ["artifacts/later.json"]


def test_the_last_progress_counts(case: Case) -> None:
    case.events.progress(Progress("importing PyTorch"))
    case.take()
    assert not case.ingest.has_points
    case.events.progress(Progress("training", 1, 9))
    case.events.progress(Progress("training", 2, 9))
    case.take()
    assert case.ingest.progress == Progress("training", 2, 9)
    assert case.bench.store.run(case.run.id).progress == Progress("training", 2, 9)


def test_a_run_without_files_has_nothing_to_store(bench: Bench) -> None:
    run = bench.queue("")
    ingest = Ingest(bench.store, run.id, bench.folder(run))
    assert ingest.read() is None
    assert ingest.read(final=True) is None


# -- going back to a checkpoint ---------------------------------------------------------------------------
def test_a_rewind_drops_what_was_stored_and_what_came_with_it(case: Case) -> None:
    case.log(0, 1, 2, 3)
    case.take()
    case.log(4, 5)
    case.events.rewind(2)
    case.log(3, 4)
    case.take()
    assert case.steps() == [0, 1, 2, 3, 4]


def test_of_several_rewinds_the_furthest_reaches_the_history_and_each_what_came_before_it(
    case: Case,
) -> None:
    case.log(0, 1, 2, 3)
    case.take()
    case.events.rewind(1)
    case.log(2, 3, 4)
    case.events.rewind(3)
    case.log(4, 5)
    arrival = case.ingest.read()
    assert isinstance(arrival, Arrival)
    assert arrival.rewind_to == 1
    assert case.take()
    assert case.steps() == [0, 1, 2, 3, 4, 5]


# -- the machine's part -----------------------------------------------------------------------------------
def test_the_systems_file_is_followed_by_an_offset_of_its_own_and_is_not_training(
    case: Case,
) -> None:
    system = EventWriter(case.folder.system)
    system.log(0, {"system/cpu_percent": 90.0})
    assert case.take()
    assert not case.ingest.has_points
    case.log(0)
    system.log(1, {"system/cpu_percent": 80.0})
    case.ingest = case.new_ingest()
    assert case.take()
    assert case.ingest.has_points
    assert (case.steps("system/cpu_percent"), case.steps()) == ([0, 1], [0])
    system.close()


# -- damage -----------------------------------------------------------------------------------------------
def test_damage_is_counted_in_the_run_and_told_once(case: Case) -> None:
    case.log(0)
    with open(case.folder.events, "ab") as file:
        file.write(b"rubbish")
    case.log(1)
    with open(case.folder.events, "ab") as file:
        file.write(b"torn")
    assert case.take()
    while case.take(final=True):
        pass
    store = case.bench.store
    assert case.steps() == [0, 1]
    assert store.run(case.run.id).damaged_bytes == len(b"rubbish") + len(b"torn")
    told = [int(message.text.split()[0]) for message in store.messages()]
    assert sum(told) == len(b"rubbish") + len(b"torn")


def test_of_a_file_that_was_cut_what_comes_after_the_cut_is_read_and_nothing_twice(
    case: Case,
) -> None:
    case.log(0, 1)
    kept = case.folder.events.stat().st_size
    case.log(2, 3)
    case.take()
    os.truncate(case.folder.events, kept)
    case.log(4)
    assert case.folder.events.stat().st_size < case.bench.store.offsets(case.run.id)[0]
    case.ingest = case.new_ingest()
    assert case.take()
    case.log(5, 6)
    assert case.take()
    assert case.steps() == [0, 1, 2, 3, 4, 5, 6]
    assert "was cut from outside" in case.bench.store.messages()[0].text


def test_a_file_that_is_gone_for_a_moment_is_read_on_where_it_was_left(case: Case) -> None:
    case.log(0, 1)
    case.take()
    away = case.folder.events.rename(case.folder.path / "away")
    assert not case.take()
    away.rename(case.folder.events)
    case.log(2)
    assert case.take()
    assert case.steps() == [0, 1, 2]
    assert case.bench.store.messages() == []
