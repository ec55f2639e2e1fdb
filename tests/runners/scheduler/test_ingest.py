"""From the event file to the store."""

from __future__ import annotations

import math

from runners.events import EventWriter, Points
from runners.protocol import Artifact, ArtifactKind, Progress
from runners.scheduler.ingest import Ingest, as_series
from tests.runners.scheduler.conftest import Bench


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


def test_a_second_reader_goes_on_where_the_first_one_was_stopped(bench: Bench) -> None:
    run = bench.queue("")
    folder = bench.folder(run)
    writer = EventWriter(folder.events)
    for step in range(3):
        writer.log(step, {"loss": step})
    assert Ingest(bench.store, run.id, folder).catch_up()
    for step in range(3, 5):
        writer.log(step, {"loss": step})
    writer.close()
    later = Ingest(bench.store, run.id, folder)
    assert later.catch_up()
    assert not later.catch_up()
    assert bench.store.series(run.id, "loss").steps.tolist() == [0, 1, 2, 3, 4]


def test_an_artifact_that_is_stored_again_is_there_once(bench: Bench) -> None:
    run = bench.queue("")
    folder = bench.folder(run)
    writer = EventWriter(folder.events)
    writer.artifact(Artifact("matrix", ArtifactKind.FILE, "artifacts/matrix.json"))
    writer.close()
    Ingest(bench.store, run.id, folder).catch_up()
    bench.store.append(run.id, {}, event_offset=0)  # as if it had died before it wrote the offset
    Ingest(bench.store, run.id, folder).catch_up()
    assert [item.artifact.name for item in bench.store.artifacts(run.id)] == ["matrix"]


def test_a_run_counts_as_training_by_its_phase_or_its_first_point(bench: Bench) -> None:
    run = bench.queue("")
    ingest = Ingest(bench.store, run.id, bench.folder(run))
    writer = EventWriter(bench.folder(run).events)
    writer.progress(Progress("importing PyTorch"))
    ingest.catch_up()
    assert not ingest.training
    writer.progress(Progress("training"))
    ingest.catch_up()
    assert ingest.training
    writer.close()


def test_a_run_without_an_event_file_has_nothing_to_store(bench: Bench) -> None:
    run = bench.queue("")
    ingest = Ingest(bench.store, run.id, bench.folder(run))
    assert not ingest.catch_up()
    assert not ingest.catch_up(final=True)
