from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from widgets.runs.color_scale import ColorScale, tint
from widgets.theme import colors, theme


def luminance(color: QColor) -> float:
    """Of WCAG 2."""
    parts = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_text_is_legible_all_along_the_scale_and_the_order_reads_by_lightness(
    qtbot: QtBot, look: str
) -> None:
    theme().apply(look)
    steps = [luminance(tint(place / 10)) for place in range(11)]
    text = luminance(QColor(colors().text))
    for each in steps:
        assert (max(text, each) + 0.05) / (min(text, each) + 0.05) >= 4.5
    assert steps == sorted(steps, reverse=look == "light")


def test_small_values_are_the_strong_ones_where_lower_is_better() -> None:
    assert ColorScale(1.0, 3.0).place(3.0) == 1.0
    assert ColorScale(1.0, 3.0, lower=True).place(1.0) == 1.0
    assert ColorScale(1.0, 3.0).place(2.0) == 0.5


def test_values_over_many_powers_of_ten_are_spread_by_their_logarithm() -> None:
    assert ColorScale(1e-5, 1e-1).place(1e-3) == pytest.approx(0.5)
    assert ColorScale(0.0, 1e5).place(5e4) == pytest.approx(0.5)


def test_what_is_not_finite_has_no_colour_and_equal_values_stand_in_the_middle() -> None:
    assert ColorScale(0.0, 1.0).place(float("nan")) is None
    assert ColorScale(0.0, 1.0).place(float("inf")) is None
    assert ColorScale(2.0, 2.0).place(2.0) == 0.5
