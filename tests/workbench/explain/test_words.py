from __future__ import annotations

import math

import pytest

from workbench.explain.words import figure


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.123456, "0.1235"),
        (-2.0, "−2"),
        (9999.4, "9999"),
        (9999.9, "10,000"),
        (61468.2, "61,470"),
        (-1234567.0, "−1,235,000"),
        (1.5e12, "1.5e+12"),
        (3e-9, "3e-09".replace("-", "−")),
        (math.nan, "not finite"),
    ],
)
def test_a_figure_has_four_digits_and_no_exponent_where_people_write_none(
    value: float, text: str
) -> None:
    assert figure(value) == text
