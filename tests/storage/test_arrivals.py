from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import storage.series
from runners.protocol import Artifact, ArtifactKind, Progress
from storage.records import MetricSummary, better
from storage.series import SEALED, Series
from storage.store import Arrival, Store, StoreError, UnknownRun
from tests.storage.examples import SPEC, series

LOSS, COST = "train/loss", "system/cpu"
STEPS = st.integers(-3, 12)
FEW = 4
"""Points in a sealed chunk here, so that a few examples seal many."""
POINTS = st.lists(st.tuples(STEPS, st.floats(width=64)), max_size=3 * FEW)


def points(pairs: list[tuple[int, float]]) -> Series:
    """A series with these steps and values, the time being the place among them."""
    steps, values = zip(*pairs, strict=True) if pairs else ((), ())
    return Series(
        np.array(steps, np.int64), np.arange(len(pairs), dtype=float), np.array(values, float)
    )


@st.composite
def arrivals(draw: st.DrawFn) -> Arrival:
    """Of the first or the second of two runs."""
    names = draw(st.lists(st.sampled_from((LOSS, "val/accuracy", COST)), unique=True))
    return Arrival(
        run_id=draw(st.integers(0, 1)),
        series={name: points(draw(POINTS)) for name in names},
        rewind_to=draw(st.one_of(st.none(), STEPS)),
        damaged_bytes=draw(st.integers(0, 3)),
    )


Plain = dict[str, list[tuple[int, float, float]]]


def take_plainly(known: Plain, arrival: Arrival) -> None:
    """What an arrival does to lists of points."""
    if (last := arrival.rewind_to) is not None:
        for name in [name for name in known if not name.startswith("system/")]:
            known[name] = [point for point in known[name] if point[0] <= last]
            if not known[name]:
                del known[name]
    for name, new in arrival.series.items():
        if len(new.values):
            rows = zip(*(array.tolist() for array in new), strict=True)
            known.setdefault(name, []).extend(rows)


def summary_of(name: str, known: list[tuple[int, float, float]]) -> MetricSummary:
    finite = [value for _, _, value in known if math.isfinite(value)]
    low, high = min(finite, default=None), max(finite, default=None)
    best = low if better(name) == "lower" else high
    return MetricSummary(known[-1][2], known[-1][0], best, low, high, len(known))


def assert_same(store: Store, run_id: int, known: Plain) -> None:
    assert store.metrics(run_id) == list(known)
    summary: Mapping[str, MetricSummary] = store.run(run_id).summary
    assert list(summary) == list(known)
    for name, rows in known.items():
        got = store.series(run_id, name)
        for array, column in zip(got, zip(*rows, strict=True), strict=True):
            assert array.tobytes() == np.array(column, array.dtype).tobytes()
        wanted = summary_of(name, rows)
        if math.isnan(wanted.last):
            assert math.isnan(summary[name].last)
            wanted = replace(wanted, last=summary[name].last)
        assert summary[name] == wanted


@settings(max_examples=40)
@given(calls=st.lists(st.lists(arrivals(), max_size=4), max_size=5))
def test_any_arrivals_leave_what_they_leave_in_plain_lists(
    shared: Store, calls: list[list[Arrival]]
) -> None:
    runs = [shared.create_run(SPEC).id for _ in range(2)]
    plain: list[Plain] = [{}, {}]
    for call in calls:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storage.series, "SEALED", FEW)
            shared.take([replace(arrival, run_id=runs[arrival.run_id]) for arrival in call])
        for arrival in call:
            take_plainly(plain[arrival.run_id], arrival)
    every = [arrival for call in calls for arrival in call]
    for at, run_id in enumerate(runs):
        assert_same(shared, run_id, plain[at])
        mine = [arrival for arrival in every if arrival.run_id == at]
        run = shared.run(run_id)
        assert run.damaged_bytes == sum(arrival.damaged_bytes for arrival in mine)
        assert run.rewinds == sum(arrival.rewind_to is not None for arrival in mine)


def test_all_that_an_arrival_brings_is_kept(store: Store) -> None:
    run = store.create_run(SPEC)
    progress = Progress("training", 2**40, 2**41, 1, 2, 10.5, 3.5)
    artifact = Artifact("matrix", ArtifactKind.CONFUSION_MATRIX, "artifacts/m.json")
    store.take([
        Arrival(run.id, {LOSS: series([1.0])}, None, 10, 20, progress, 99, (artifact,), 3),
        Arrival(run.id, heartbeat=100, damaged_bytes=4),
    ])  # fmt: skip
    run = store.run(run.id)
    assert (run.progress, run.heartbeat, run.damaged_bytes) == (progress, 100, 7)
    assert store.offsets(run.id) == (10, 20)
    assert [item.artifact for item in store.artifacts(run.id)] == [artifact]
    assert run.summary[LOSS].count == 1


def test_what_an_arrival_does_not_bring_is_left(store: Store) -> None:
    run = store.create_run(SPEC)
    store.take([Arrival(run.id, {LOSS: series([1.0])}, None, 10, 20, Progress("training", 5), 99)])
    before = store.run(run.id)
    store.take([Arrival(run.id)])
    assert replace(store.run(run.id), revision=before.revision) == before
    assert store.offsets(run.id) == (10, 20)


def test_a_speed_that_is_no_number_is_none(store: Store) -> None:
    run = store.create_run(SPEC)
    store.take([Arrival(run.id, progress=Progress("training", 1, 2, 1, 2, math.inf, math.nan))])
    assert store.run(run.id).progress == Progress("training", 1, 2, 1, 2, None, None)


def test_each_run_of_a_call_gets_a_new_revision(store: Store) -> None:
    runs = [store.create_run(SPEC).id for _ in range(3)]
    last = store.run(runs[-1]).revision
    store.take([Arrival(run_id, heartbeat=1) for run_id in (runs[2], runs[0])])
    assert [run.id for run in store.changed_runs(last)] == [runs[2], runs[0]]


@pytest.mark.parametrize("bad", ["run", "arrays", "number"])
def test_one_bad_arrival_leaves_nothing_of_the_others(bad: str, store: Store) -> None:
    good, other = store.create_run(SPEC), store.create_run(SPEC)
    store.take([Arrival(good.id, {LOSS: series([1.0, 2.0, 3.0])}, event_offset=5)])
    before = store.run(good.id)
    uneven = Series(np.arange(3), np.arange(2.0), np.arange(3.0))
    faults = {
        "run": (Arrival(404), UnknownRun),
        "arrays": (Arrival(other.id, {LOSS: uneven}), ValueError),
        "number": (Arrival(other.id, event_offset=2**70), StoreError),
    }
    arrival, error = faults[bad]
    artifact = Artifact("a", ArtifactKind.FILE, "a")
    with pytest.raises(error):
        store.take([
            Arrival(good.id, {LOSS: series([9.0])}, 0, 9, 9, Progress("x"), 9, (artifact,), 9),
            arrival,
        ])  # fmt: skip
    assert store.run(good.id) == before
    assert store.offsets(good.id) == (5, 0)
    assert store.series(good.id, LOSS).values.tolist() == [1.0, 2.0, 3.0]
    assert store.artifacts(good.id) == []


def test_an_artifact_of_the_same_name_is_replaced(store: Store) -> None:
    run = store.create_run(SPEC)
    old, new = (
        Artifact("matrix", ArtifactKind.CONFUSION_MATRIX, f"artifacts/{name}.json")
        for name in ("old", "new")
    )
    best = Artifact("best", ArtifactKind.CHECKPOINT, "checkpoints/best")
    store.take([Arrival(run.id, artifacts=(old, best, new))])
    assert [item.artifact for item in store.artifacts(run.id)] == [best, new]


def test_going_back_into_a_sealed_chunk_keeps_what_came_before(store: Store) -> None:
    run = store.create_run(SPEC)
    values = np.arange(3 * SEALED + 7) / 8
    store.append(run.id, {LOSS: series(values.tolist()), COST: series([1.0] * 3, 10 * SEALED)})
    cut = SEALED + SEALED // 2
    again = series([-1.0, -2.0], cut + 1)
    store.take([Arrival(run.id, {LOSS: again}, rewind_to=cut)])
    left = store.series(run.id, LOSS)
    assert left.values.tolist() == [*values[: cut + 1].tolist(), -1.0, -2.0]
    assert left.steps.tolist() == list(range(cut + 3))
    assert store.series(run.id, LOSS, start=SEALED).values[0] == SEALED / 8
    assert len(store.series(run.id, COST).values) == 3
    assert store.run(run.id).summary[LOSS].maximum == cut / 8
