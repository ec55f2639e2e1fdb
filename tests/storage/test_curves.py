from __future__ import annotations

import numpy as np

from runners.protocol import State
from storage.arrivals import Arrival
from storage.blocks import BLOCK_POINTS, SEALED
from storage.points import CurvePart, CurveRequest, Series
from storage.store import Store
from tests.storage.examples import SPEC, series

METRIC = "train/loss"


def read(store: Store, run_id: int, request: CurveRequest) -> CurvePart:
    return store.read_curves({(run_id, METRIC): request})[run_id, METRIC]


def same(one: Series, other: Series) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_what_is_new_of_many_series_is_read_at_once(store: Store) -> None:
    runs = [store.create_run(SPEC).id for _ in range(3)]
    for run_id in runs:
        store.append(run_id, {METRIC: series([0.0] * (10 * run_id))})
    requests = {
        (run_id, METRIC): CurveRequest(4, 3, 3.0) if run_id == 2 else CurveRequest()
        for run_id in runs
    }
    found = store.read_curves(requests)
    assert {key[0]: (part.start, len(part.series.steps)) for key, part in found.items()} == {
        1: (0, 10), 2: (4, 16), 3: (0, 30),
    }  # fmt: skip


def test_a_series_that_is_not_there_is_an_empty_beginning(store: Store) -> None:
    part = read(store, 99, CurveRequest(5, 4, 4.0))
    assert (part.start, part.is_empty) == (0, True)


def test_a_series_that_was_cut_comes_from_its_beginning(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {METRIC: series([0.0] * 20)})
    store.take([Arrival(run.id, rewind_to=9)])
    late = series([1.0] * 30, 10)
    store.append(run.id, {METRIC: late._replace(times=late.times + 0.5)})
    part = read(store, run.id, CurveRequest(20, 19, 19.0, ranges=((0, 5),)))
    assert part.start == 0
    assert len(part.series.steps) == 40
    assert not part.ranges


def test_blocks_stand_for_the_sealed_points_and_points_follow(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {METRIC: series([0.0] * (2 * SEALED + 7))})
    part = read(store, run.id, CurveRequest(blocks=True))
    assert len(part.blocks) * BLOCK_POINTS == 2 * SEALED
    assert part.series.steps.tolist() == list(range(2 * SEALED, 2 * SEALED + 7))
    assert part.start == 0


def test_ranges_come_with_what_is_new(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {METRIC: series([0.0] * (2 * SEALED + 7))})
    count = 2 * SEALED + 6
    ranges = ((SEALED, 2 * SEALED), (5, SEALED + 9), (0, count))
    part = read(store, run.id, CurveRequest(count, count - 1, count - 1.0, ranges=ranges))
    assert part.series.steps.tolist() == [count]
    for start, stop in ranges:
        assert same(part.ranges[start, stop], store.series(run.id, METRIC, start, stop))
        assert part.ranges[start, stop].steps.tolist() == list(range(start, stop))


def test_the_runs_that_have_not_ended_come_before_the_newest(store: Store) -> None:
    waiting, *ended = (store.create_run(SPEC).id for _ in range(4))
    for run_id in ended:
        store.set_state(run_id, State.STOPPED)
    assert store.run_ids() == [waiting, *reversed(ended)]


def test_changed_runs_are_told_by_id_and_revision(store: Store) -> None:
    run = store.create_run(SPEC)
    since = store.run(run.id).revision
    assert store.changed_ids(since) == {}
    store.rename_run(run.id, "other")
    assert store.changed_ids(since) == {run.id: store.run(run.id).revision}
