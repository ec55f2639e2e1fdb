from __future__ import annotations

import numpy as np

from storage.series import Series
from workbench import details as module
from workbench.details import POINT_BYTES, Details

KEY, OTHER = (1, "loss"), (2, "loss")


def points(count: int) -> Series:
    return Series(np.arange(count), np.arange(float(count)), np.zeros(count))


def test_what_is_not_here_is_wanted_once() -> None:
    details = Details()
    assert details.get(KEY, (0, 10)) is None
    assert details.known(KEY, (10, 20)) is None
    assert details.take_wanted() == {KEY: ((0, 10),)}
    assert details.take_wanted() == {}
    details.put(KEY, {(0, 10): points(10)})
    found = details.get(KEY, (0, 10))
    assert found is not None
    assert len(found) == 10
    assert details.take_wanted() == {}


def test_what_was_not_used_for_longest_makes_room(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "_IN_USE_S", 0.0)
    details = Details(limit_bytes=25 * POINT_BYTES)
    details.put(KEY, {(0, 10): points(10)})
    details.put(OTHER, {(0, 10): points(10)})
    assert details.known(KEY, (0, 10)) is not None
    details.put(OTHER, {(10, 20): points(10)})
    assert details.known(OTHER, (0, 10)) is None
    assert details.known(KEY, (0, 10)) is not None
    assert details.known(OTHER, (10, 20)) is not None


def test_nothing_is_asked_for_that_could_only_take_the_room_of_what_is_being_drawn() -> None:
    details = Details(limit_bytes=25 * POINT_BYTES)
    details.put(KEY, {(0, 20): points(20)})
    details.get(KEY, (20, 40))
    details.get(OTHER, (0, 5))
    assert details.take_wanted() == {OTHER: ((0, 5),)}


def test_points_that_are_fewer_than_were_asked_for_are_not_taken() -> None:
    details = Details()
    details.put(KEY, {(0, 10): points(9)})
    assert details.known(KEY, (0, 10)) is None


def test_a_dropped_curve_leaves_nothing_behind() -> None:
    details = Details()
    details.put(KEY, {(0, 10): points(10)})
    details.get(KEY, (10, 20))
    details.drop(KEY)
    assert details.known(KEY, (0, 10)) is None
    assert details.take_wanted() == {}
