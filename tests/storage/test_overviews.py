from __future__ import annotations

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from storage import overviews
from storage.arrivals import Arrival
from storage.blocks import BLOCK_POINTS, SEALED, STEP_FALLS, TIME_FALLS, blocks_of
from storage.check import check
from storage.engine import Database
from storage.home import Home
from storage.models import metrics
from storage.models import overviews as table
from storage.rebuild import rebuild
from storage.store import Series, Store
from tests.storage.examples import SPEC, series

METRIC = "train/loss"
VALUES = st.floats(-10, 10) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0])


@given(
    st.lists(
        st.tuples(st.integers(-5, 5), st.integers(-5, 5), VALUES),
        min_size=BLOCK_POINTS,
        max_size=BLOCK_POINTS,
    )
)
def test_a_block_says_of_its_points_what_each_of_them_says(
    points: list[tuple[int, int, float]],
) -> None:
    steps = np.array([step for step, _, _ in points])
    times = np.array([float(time) for _, time, _ in points])
    values = np.array([value for _, _, value in points])
    (block,) = blocks_of(steps, times, values)
    finite = [value for value in values if math.isfinite(value)]
    positive = [value for value in finite if value > 0]
    assert (block["first_step"], block["last_step"]) == (steps[0], steps[-1])
    assert (block["first_time"], block["last_time"]) == (times[0], times[-1])
    np.testing.assert_array_equal([block["first"], block["last"]], values[[0, -1]])
    assert block["low"] == min(finite, default=math.inf)
    assert block["high"] == max(finite, default=-math.inf)
    assert block["positive"] == min(positive, default=math.inf)
    assert block["not_finite"] == BLOCK_POINTS - len(finite)
    assert block["not_positive"] == BLOCK_POINTS - len(positive)
    assert bool(block["falls"] & STEP_FALLS) == (sorted(steps) != steps.tolist())
    assert bool(block["falls"] & TIME_FALLS) == (sorted(times) != times.tolist())


def blocks(home: Home) -> bytes:
    database = Database(home.database)
    with database.read() as connection:
        metric_id = connection.scalar(select(metrics.c.id))
        assert metric_id is not None
        assert overviews.fits(connection, metric_id)
        found = overviews.read(connection, metric_id)
    database.close()
    return found.tobytes()


def expected(points: Series) -> bytes:
    sealed = len(points.steps) // SEALED * SEALED
    cut = slice(sealed)
    return blocks_of(points.steps[cut], points.times[cut], points.values[cut]).tobytes()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 2 * SEALED), min_size=1, max_size=4), st.integers(0, 6 * SEALED))
def test_overviews_are_those_of_the_sealed_chunks_however_points_came_and_were_cut(
    sizes: list[int], cut: int
) -> None:

    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        store = Store.open(home)
        run = store.create_run(SPEC)
        known = 0
        for size in sizes:
            store.append(run.id, {METRIC: series([0.5] * size, known)})
            known += size
        assert blocks(home) == expected(store.series(run.id, METRIC))
        store.take([Arrival(run.id, rewind_to=cut)])
        assert blocks(home) == expected(store.series(run.id, METRIC))
        store.close()


def test_a_history_without_overviews_is_filled(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = Store.open(home)
    run = store.create_run(SPEC)
    store.append(run.id, {METRIC: series([0.25] * (3 * SEALED + 5))})
    before = blocks(home)
    database = Database(home.database)
    with database.write() as connection:
        connection.execute(delete(table))
    with database.write() as connection:
        overviews.fill(connection)
    assert blocks(home) == before != b""
    database.close()
    store.close()


def test_an_overview_that_is_not_that_of_its_points_is_found(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    store = Store.open(home)
    run = store.create_run(SPEC)
    store.append(run.id, {METRIC: series([0.25] * SEALED)})
    database = Database(home.database)
    with database.write() as connection:
        connection.execute(update(table).values(blocks=b"\0" * 80 * 64))
    database.close()
    store.close()
    said = [finding.what for finding in check(home)]
    assert f"The overview of {METRIC} is not that of its points." in said
    assert rebuild(home).runs == 1
    assert f"The overview of {METRIC} is not that of its points." not in [
        finding.what for finding in check(home)
    ]
