from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runners.protocol import Progress
from tests.widgets.plots.conftest import RUN, START
from workbench.x_axis import Placing, XAxis, placing


def placed(axis: XAxis, raw: list[float]) -> list[float]:
    found = placing(axis, RUN)
    assert found is not None
    return found.place(np.array(raw)).tolist()


def test_an_epoch_is_as_many_steps_as_the_run_has_an_epoch() -> None:
    assert placed(XAxis.EPOCH, [0, 20, 50, 100]) == pytest.approx([0, 1, 2.5, 5])


def test_relative_time_counts_from_the_start_of_the_run() -> None:
    assert placed(XAxis.RELATIVE, [START, START + 90]) == [0.0, 90.0]


def test_steps_and_wall_time_stay_as_they_are() -> None:
    assert placed(XAxis.STEP, [3, 4]) == [3.0, 4.0]
    assert placed(XAxis.WALL, [START]) == [START]


def test_without_a_number_of_steps_there_are_no_epochs() -> None:
    assert placing(XAxis.EPOCH, replace(RUN, progress=Progress("importing"))) is None


def test_a_run_without_a_start_begins_with_its_first_point() -> None:
    run = replace(RUN, started=None)
    assert placing(XAxis.RELATIVE, run) is None
    assert placing(XAxis.RELATIVE, run, first_time=7.0) == Placing("times", 7.0)


def test_a_resumed_run_begins_with_its_first_attempt() -> None:
    resumed = replace(RUN, attempt=2)
    assert placing(XAxis.RELATIVE, resumed, START - 600.0) == Placing("times", START - 600.0)
    assert placing(XAxis.RELATIVE, resumed, START + 5.0) == Placing("times", START)
    assert placing(XAxis.RELATIVE, RUN, START - 600.0) == Placing("times", START)


@pytest.mark.parametrize("logarithmic", [False, True])
def test_what_was_placed_is_found_again(logarithmic: bool) -> None:
    place = Placing("times", 100.0, 0.25)
    raw = np.array([101.0, 140.0, 900.0])
    there = place.place(raw, logarithmic=logarithmic)
    np.testing.assert_allclose(place.raw(there, logarithmic=logarithmic), raw)


def test_a_logarithmic_axis_has_no_place_left_of_zero() -> None:
    there = Placing("steps").place(np.array([-1, 0, 10]), logarithmic=True)
    assert np.isnan(there[:2]).all()
    assert there[2] == 1.0


@pytest.mark.parametrize("axis", [XAxis.STEP, XAxis.EPOCH])
def test_readings_of_the_machine_are_over_time(axis: XAxis) -> None:
    assert axis.of("system/cpu_percent") is XAxis.RELATIVE
    assert axis.of("train/loss") is axis
    assert XAxis.WALL.of("system/cpu_percent") is XAxis.WALL
