from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage.engine import Database
from storage.home import Home
from storage.models import chunks
from storage.series import SEALED, Series
from storage.store import Store
from tests.storage.examples import SPEC, series

BATCHES = st.lists(
    st.tuples(
        st.sampled_from(("train/loss", "val/loss")),
        st.one_of(
            st.lists(st.floats(width=64), max_size=4),
            st.integers(SEALED - 3, 2 * SEALED + 3).map(lambda count: [0.5] * count),
        ),
    ),
    max_size=8,
)


@settings(max_examples=40)
@given(batches=BATCHES, data=st.data())
def test_appended_points_read_back_as_one_list_from_any_start(
    shared: Store, batches: list[tuple[str, list[float]]], data: st.DataObject
) -> None:
    run = shared.create_run(SPEC)
    expected: dict[str, list[float]] = {}
    for metric, values in batches:
        known = expected.setdefault(metric, [])
        shared.append(run.id, {metric: series(values, len(known))})
        known.extend(values)
    for metric, known in expected.items():
        start = data.draw(st.integers(0, len(known) + 2))
        got = shared.series(run.id, metric, start)
        assert got.values.tobytes() == np.asarray(known[start:], np.float64).tobytes()
        assert got.steps.tolist() == list(range(start, len(known)))
        assert got.times.tolist() == [float(step) for step in got.steps]
    counts = {name: item.count for name, item in shared.run(run.id).summary.items()}
    assert counts == {name: len(known) for name, known in expected.items() if known}


def chunk_shapes(home: Home) -> list[tuple[int, int]]:
    database = Database(home.database)
    with database.read() as connection:
        rows = connection.execute(select(chunks.c.start, chunks.c.count).order_by(chunks.c.start))
        shapes = [(start, count) for start, count in rows]
    database.close()
    return shapes


def test_a_full_tail_becomes_one_sealed_chunk_and_sealed_chunks_stay(
    store: Store, home: Home
) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series([1.0] * (SEALED - 2))})
    store.append(run.id, {"loss": series([2.0])})
    assert chunk_shapes(home) == [(0, SEALED - 2), (SEALED - 2, 1)]
    store.append(run.id, {"loss": series([3.0] * 5)})
    assert chunk_shapes(home) == [(0, SEALED), (SEALED, 4)]
    store.append(run.id, {"loss": series([4.0] * 2 * SEALED)})
    assert chunk_shapes(home) == [
        (0, SEALED),
        (SEALED, SEALED),
        (2 * SEALED, SEALED),
        (3 * SEALED, 4),
    ]


def test_every_bit_of_nan_and_infinity_survives(store: Store) -> None:
    odd_nan = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_DEAD_BEEF))[0]
    values = np.array([math.nan, odd_nan, math.inf, -math.inf, -0.0, 5e-324])
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series(values.tolist())._replace(values=values)})
    assert store.series(run.id, "loss").values.tobytes() == values.tobytes()


def test_steps_beyond_32_bits_are_kept(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"loss": series([1.0], first_step=2**40)})
    assert store.series(run.id, "loss").steps.tolist() == [2**40]
    assert store.run(run.id).summary["loss"].last_step == 2**40


def test_the_summary_is_over_finite_values_and_the_last_is_kept_as_it_is(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"train/loss": series([math.nan]), "val/accuracy": series([0.25, 0.75])})
    summary = store.run(run.id).summary
    assert math.isnan(summary["train/loss"].last)
    assert summary["train/loss"].best is None
    assert (summary["val/accuracy"].best, summary["val/accuracy"].minimum) == (0.75, 0.25)
    store.append(run.id, {"train/loss": series([3.0, 2.0, -math.inf], first_step=1)})
    loss = store.run(run.id).summary["train/loss"]
    assert (loss.last, loss.last_step, loss.count) == (-math.inf, 3, 4)
    assert (loss.best, loss.minimum, loss.maximum) == (2.0, 2.0, 3.0)


def test_arrays_of_unequal_length_are_refused_and_nothing_is_kept(store: Store) -> None:
    run = store.create_run(SPEC)
    uneven = Series(np.arange(3), np.arange(2.0), np.arange(3.0))
    with pytest.raises(ValueError, match="one length"):
        store.append(run.id, {"val/loss": series([1.0]), "loss": uneven})
    assert store.metrics(run.id) == []


def test_metrics_are_listed_in_the_order_of_their_first_point(store: Store) -> None:
    run = store.create_run(SPEC)
    store.append(run.id, {"zeta": series([1.0]), "none": series([])})
    store.append(run.id, {"alpha": series([1.0]), "zeta": series([2.0])})
    assert store.metrics(run.id) == ["zeta", "alpha"]
    assert list(store.run(run.id).summary) == ["zeta", "alpha"]


def test_an_unknown_metric_has_no_points(store: Store) -> None:
    run = store.create_run(SPEC)
    assert len(store.series(run.id, "loss").values) == 0
