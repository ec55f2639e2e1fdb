from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ticks import Scale, bytes_text, duration_text, log_ticks, ticks, value_text


@given(st.sampled_from(list(Scale)), st.floats(0, 2e9), st.floats(1e-3, 1e9), st.integers(2, 12))
def test_ticks_lie_in_the_range_and_no_two_read_the_same(
    scale: Scale, low: float, span: float, most: int
) -> None:
    high = low + span
    if scale is Scale.NUMBER or high < 2e9:
        chosen = ticks(scale, low, high, most)
        assert len(chosen) <= 3 * most
        slack = 1e-6 * span + 4 * math.ulp(high)
        assert all(low - slack <= place <= high + slack for place, _ in chosen)
        if scale is not Scale.DATE:
            assert len({text for _, text in chosen}) == len(chosen)


@given(st.floats(-300, 300), st.floats(0.01, 500), st.integers(2, 12))
def test_logarithmic_ticks_lie_in_the_range_and_are_labelled(
    low: float, span: float, most: int
) -> None:
    high = min(low + span, 305.0)
    chosen = log_ticks(low, high, most)
    assert all(low - 1e-6 <= place <= high + 1e-6 and text for place, text in chosen)


def test_numbers_have_as_many_decimals_as_they_need() -> None:
    assert [text for _, text in ticks(Scale.NUMBER, 0, 1, 5)] == [
        "0.0",
        "0.2",
        "0.4",
        "0.6",
        "0.8",
        "1.0",
    ]
    assert [text for _, text in ticks(Scale.NUMBER, 0, 20_000, 4)] == [
        "0",
        "5,000",
        "10,000",
        "15,000",
        "20,000",
    ]
    assert [text for _, text in ticks(Scale.NUMBER, 0, 3e-5, 3)] == ["0", "1e−5", "2e−5", "3e−5"]
    assert [text for _, text in ticks(Scale.NUMBER, -1, 1, 2)] == ["−1", "0", "1"]


def test_durations_are_cut_where_a_clock_would() -> None:
    assert [text for _, text in ticks(Scale.DURATION, 0, 180, 3)] == [
        "0:00",
        "1:00",
        "2:00",
        "3:00",
    ]
    assert [text for _, text in ticks(Scale.DURATION, 0, 7300, 4)] == [
        "0:00",
        "30:00",
        "1:00:00",
        "1:30:00",
        "2:00:00",
    ]
    assert duration_text(90_061, 1) == "1 d 1:01:01"
    assert duration_text(0.25, 0.05) == "0.25 s"


def test_days_are_named_where_they_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be changed on this platform")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        evening = 1_700_000_000  # 14 November 2023, 22:13:20
        texts = [text for _, text in ticks(Scale.DATE, evening, evening + 10_800, 6)]
        assert texts == ["22:30", "23:00", "23:30", "15 Nov", "00:30", "01:00"]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_bytes_have_the_unit_of_the_largest() -> None:
    assert [text for _, text in ticks(Scale.BYTES, 0, 2e9, 2)] == ["0 GB", "1 GB", "2 GB"]
    assert bytes_text(512) == "512 B"
    assert value_text(Scale.BYTES, 1.25e6) == "1.25 MB"


def test_decades_are_labelled_on_a_long_logarithmic_axis() -> None:
    assert [text for _, text in log_ticks(-3, 2, 8)] == ["0.001", "0.01", "0.1", "1", "10", "100"]


def test_a_short_logarithmic_axis_has_round_values() -> None:
    places = log_ticks(math.log10(0.4), math.log10(0.6), 4)
    assert len(places) >= 2
    assert all(float(text) == pytest.approx(10**place) for place, text in places)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_range_that_is_none_has_no_ticks(bad: float) -> None:
    assert ticks(Scale.NUMBER, 0, bad, 5) == []
    assert log_ticks(0, bad, 5) == []
    assert ticks(Scale.NUMBER, 1, 1, 5) == []
