from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.along import CurveAlong
from workbench.curve import Curve


def curve(steps: list[int], values: list[float]) -> Curve:
    made = Curve()
    made.append(np.array(steps, np.int64), np.array(steps, float), np.array(values, float))
    return made


STEPS = st.lists(st.integers(0, 40), max_size=25, unique=True).map(sorted)


@given(STEPS, STEPS, st.data())
def test_a_point_stands_at_the_value_of_the_last_step_that_is_not_after_its_own(
    steps: list[int], others: list[int], data: st.DataObject
) -> None:
    values = [float(step) for step in steps]
    places = data.draw(
        st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=len(others), max_size=len(others))
    )
    along = CurveAlong(curve(steps, values), curve(others, places))
    known = dict(zip(others, places, strict=True))
    wanted = []
    for step in steps:
        before = [other for other in others if other <= step]
        if before and math.isfinite(known[before[-1]]):
            wanted.append((known[before[-1]], float(step)))
    wanted.sort(key=lambda pair: pair[0])
    assert list(zip(along.line.times, along.line.values, strict=True)) == wanted
    assert along.without_place == len(steps) - len(wanted)


def test_it_follows_curves_that_grow_and_that_begin_anew() -> None:
    one, by = curve([1, 2], [10.0, 20.0]), curve([0], [0.5])
    along = CurveAlong(one, by)
    assert along.line.times.tolist() == [0.5, 0.5]
    by.append(np.array([2]), np.array([2.0]), np.array([0.7]))
    assert along.line.times.tolist() == [0.5, 0.7]
    one.restart()
    one.append(np.array([2, 3]), np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    assert along.line.values.tolist() == [1.0, 2.0]
