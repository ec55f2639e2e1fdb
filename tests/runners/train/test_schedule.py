from __future__ import annotations

import pytest

from runners.train.schedule import learning_rate


@pytest.mark.parametrize("step", [0, 37, 99])
def test_a_constant_rate_stays(step: int) -> None:
    assert learning_rate("constant", 0.3, step, 100) == 0.3


@pytest.mark.parametrize(("step", "expected"), [(0, 0.2), (50, 0.1), (100, 0.0)])
def test_a_cosine_falls_to_half_in_the_middle_and_to_zero_at_the_end(
    step: int, expected: float
) -> None:
    assert learning_rate("cosine", 0.2, step, 100) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 1.0), (49, 1.0), (50, 0.1), (74, 0.1), (75, 0.01), (99, 0.01)]
)
def test_steps_fall_to_a_tenth_after_half_and_to_a_hundredth_after_three_quarters(
    step: int, expected: float
) -> None:
    assert learning_rate("step", 1.0, step, 100) == expected
