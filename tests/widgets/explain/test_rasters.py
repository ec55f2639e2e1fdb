from __future__ import annotations

import numpy as np

from widgets.explain.axis_places import Axes, Axis
from widgets.explain.dot_raster import Dots
from widgets.explain.line_raster import Lines
from widgets.explain.source import Table

_INK = np.array([[10, 20, 30]], np.uint8)


def table(**columns: list[object]) -> Table:
    length = len(next(iter(columns.values())))
    return Table(np.arange(1, length + 1), columns)  # type: ignore[arg-type]


def test_a_line_is_drawn_without_a_gap_however_steep_it_is() -> None:
    for low, high in ((0.0, 1.0), (1.0, 0.0), (0.3, 0.3), (0.2, 0.9)):
        places = np.array([[low, high]], np.float32)
        pixels = Lines(places, np.array([0.0, 1.0]), _INK).draw(20, 200)
        rows, columns = np.nonzero(pixels[..., 3])
        assert set(columns) == set(range(20))
        ends = sorted(((1 - low) * 199, (1 - high) * 199))
        assert np.array_equal(np.unique(rows), np.arange(round(ends[0]), round(ends[1]) + 1))
        assert (pixels[rows, columns, :3] == _INK).all()


def test_a_line_ends_where_a_run_has_no_value() -> None:
    places = np.array([[0.5, np.nan, 0.5]], np.float32)
    pixels = Lines(places, np.array([0.0, 0.5, 1.0]), _INK).draw(40, 20)
    assert not pixels[..., 3].any()


def test_a_thousand_lines_are_denser_where_more_of_them_run() -> None:
    places = np.full((1000, 2), 0.5, np.float32)
    places[:10] = 0.9
    pixels = Lines(places, np.array([0.0, 1.0]), np.repeat(_INK, 1000, axis=0)).draw(30, 101)
    assert 0 < pixels[10, 15, 3] < pixels[50, 15, 3]


def test_points_are_drawn_where_they_are_and_nowhere_without_a_value() -> None:
    x, y = np.array([0.0, 1.0, np.nan]), np.array([0.0, 1.0, 0.5])
    pixels = Dots(x, y, np.repeat(_INK, 3, axis=0), 1.5).draw(50, 40)
    rows, columns = np.nonzero(pixels[..., 3])
    assert set(rows) <= {0, 1, 2, 37, 38, 39}
    assert pixels[39, 0, 3] > 200
    assert pixels[0, 49, 3] > 200
    assert set(columns) <= {0, 1, 2, 47, 48, 49}


def test_runs_are_within_all_brushes_or_out() -> None:
    axes = Axes.of([Axis("lr"), Axis("m")], table(lr=[1, 2, 3, 4], m=[0.1, 0.9, 0.8, 0.2]))
    axes = axes.with_brush(1, (0.5, 1.0))
    assert axes.brushed().tolist() == [False, True, True, False]
    assert axes.with_brush(0, (0.6, 1.0)).brushed().tolist() == [False, False, True, False]
    assert axes.without_brushes().brushed().all()


def test_a_flipped_axis_has_its_lowest_value_on_top() -> None:
    straight = Axes.of([Axis("lr")], table(lr=[1, 2]))
    turned = Axes.of([Axis("lr", flipped=True)], table(lr=[1, 2]))
    assert straight.places[0, 0] < straight.places[1, 0]
    assert turned.places[0, 0] > turned.places[1, 0]


def test_runs_without_a_value_stand_below_all_others() -> None:
    axes = Axes.of([Axis("m")], table(m=[0.1, None, 0.3]))
    assert axes.gaps == (True,)
    assert axes.places[1, 0] == 0.0
    assert axes.places[[0, 2], 0].min() > 0.1


def test_the_nearest_line_is_found_between_two_axes() -> None:
    axes = Axes.of([Axis("a"), Axis("b")], table(a=[0, 0, 1], b=[0, 1, 1]))
    lefts = np.array([0.0, 1.0])
    assert axes.nearest(0.5, 0.5, lefts, 0.02) == 1
    assert axes.nearest(0.5, 0.97, lefts, 0.02) == 2
    assert axes.nearest(0.5, 0.75, lefts, 0.02) is None
