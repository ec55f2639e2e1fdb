from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.protocol import State
from tests.workbench.duel.made import EAGER, FIT, TORCH, results
from workbench.duel.match import Scaling
from workbench.duel.results import LARGEST_BATCH, Results, Scaled
from workbench.duel.scaling import CLOSE, Curve, curves, problems, sentences, stretches

SIZES = (16, 64, 256)
Speeds = Mapping[int, Sequence[float]]


def duel(speeds: Speeds, what: str = "batch_size", values: Sequence[int] = SIZES) -> Results:
    """``speeds`` by the contestants' places, one for each value."""
    scaled = tuple(
        Scaled(at, what, value, 7, State.FINISHED, "", {"samples_per_s": speed})
        for at, mine in speeds.items()
        for value, speed in zip(values, mine, strict=False)
    )
    return replace(results(TORCH, EAGER, FIT), scaled=scaled)


positive = st.floats(1.0, 1e6)
CURVES = st.lists(
    st.dictionaries(st.integers(1, 65_536), positive, min_size=1, max_size=6),
    min_size=1,
    max_size=5,
)


@given(CURVES)
def test_stretches_follow_each_other_and_each_leader_is_as_good_as_the_fastest(
    made: list[dict[int, float]],
) -> None:
    found = [
        Curve(at, tuple(sorted(mine)), tuple(mine[value] for value in sorted(mine)))
        for at, mine in enumerate(made)
    ]
    led = stretches(found)
    tried = {value for mine in made for value in mine}
    if len(tried) < 2:
        assert led == []
        return
    assert (led[0].start, led[-1].end) == pytest.approx((min(tried), max(tried)))
    for one, following in pairwise(led):
        assert one.end == pytest.approx(following.start)
        assert one.contestant != following.contestant
    for one in led:
        for part in (0.01, 0.37, 0.99):
            place = math.log(one.start) * (1 - part) + math.log(one.end) * part
            best = max(each.at(place) for each in found)
            if math.isfinite(best):  # nobody was measured between two values that were tried
                assert found[one.contestant].at(place) >= best - math.log1p(CLOSE) - 1e-6


def test_a_crossing_is_found_where_straight_lines_on_logarithmic_axes_cross() -> None:
    steep, flat = Curve(0, (1, 100), (1.0, 100.0)), Curve(1, (1, 100), (10.0, 10.0))
    first, second = stretches([steep, flat])
    assert (first.contestant, second.contestant) == (1, 0)
    assert first.end == pytest.approx(10.0)


def test_who_is_the_fastest_where_is_told_in_a_sentence() -> None:
    crossing = duel({0: (100.0, 200.0, 300.0), 2: (50.0, 200.0 * 2**0.5, 900.0)})
    assert sentences(crossing) == [
        "PyTorch is the fastest up to a batch of about 40, Keras fit from there on."
    ]
    one = duel({0: (100.0, 200.0, 300.0), 1: (90.0, 202.0, 280.0)})
    assert sentences(one) == [
        "PyTorch is the fastest, or as good as that, from a batch of 16 to a batch of 256."
    ]
    threads = duel({0: (9.0, 12.0), 2: (8.0, 14.0)}, "threads", (1, 2))
    assert sentences(threads) == ["PyTorch is the fastest up to 1 thread, Keras fit from there on."]


def test_nobody_is_called_the_fastest_on_a_busy_machine() -> None:
    found = duel({0: (100.0, 200.0, 300.0), 1: (1.0, 2.0, 3.0)})
    busy = replace(found.scaled[0], figures={**found.scaled[0].figures, "other_cpu_share": 0.5})
    (told,) = sentences(replace(found, scaled=(busy, *found.scaled[1:])))
    assert "other programs took up to 50 % of the processor" in told


@pytest.mark.parametrize("speeds", [{}, {0: (1.0, 2.0, 3.0)}, {0: (1.0,), 1: (2.0,)}])
def test_nothing_is_told_where_nothing_can_be_compared(speeds: Speeds) -> None:
    assert sentences(duel(speeds)) == []


def test_one_that_ran_out_of_memory_leads_only_where_it_went() -> None:
    first, second = stretches(curves(duel({0: (300.0, 600.0), 1: (100.0, 200.0, 400.0)}), "batch_size"))  # fmt: skip
    assert (first.contestant, second.contestant) == (0, 1)
    assert first.end == pytest.approx(64.0)


def test_what_did_not_go_is_told_with_its_reason() -> None:
    failed = (
        Scaled(0, "batch_size", 1024, 7, State.FAILED, "the device ran out of memory"),
        Scaled(2, LARGEST_BATCH, 0, 8, State.FAILED, "there is no GPU"),
        Scaled(1, "threads", 1, 9, State.RUNNING, ""),
    )
    found = replace(duel({}), scaled=failed)
    assert problems(found) == [
        "PyTorch, a batch of 1,024: the device ran out of memory.",
        "Keras fit, largest batch: there is no GPU.",
    ]


def test_what_is_scaled_is_known_by_the_parameters_name() -> None:
    assert Scaling((1, 2), (3,)).values == {"batch_size": (1, 2), "threads": (3,)}
