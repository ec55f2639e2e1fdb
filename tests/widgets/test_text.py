from __future__ import annotations

import math
from datetime import datetime

import pytest

from runners.protocol import Progress, State
from widgets import text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (math.nan, "–"),
        (-3.0, "0:00"),
        (7.4, "0:07"),
        (723, "12:03"),
        (10_812, "3:00:12"),
        (183_060, "2 d 02:51"),
    ],
)
def test_a_duration_reads_as_a_clock_shows_it(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.0, "0.0000"),
        (0.94123, "0.9412"),
        (1234.56, "1,235"),
        (123.456, "123.5"),
        (1e-8, "1.000e-08"),
        (3e9, "3.000e+09"),
    ],
)
def test_a_number_keeps_four_decimals_or_says_what_it_is(value: float | None, shown: str) -> None:
    assert text.number(value) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (116_805, "117 KB"), (2_830_000, "2.83 MB"), (25.3e9, "25.3 GB"), (4e12, "4 TB")],
)  # fmt: skip
def test_a_size_is_told_in_the_unit_that_fits(count: float, shown: str) -> None:
    assert text.size(count) == shown


def test_a_moment_is_told_as_precisely_as_it_is_near() -> None:
    now = datetime(2026, 11, 22, 15, 0, 0)

    def told(*when: int) -> str:
        return text.moment(int(datetime(*when).timestamp() * 1e6), now)

    assert told(2026, 11, 22, 9, 30, 1) == "09:30:01"
    assert told(2026, 3, 1, 9, 30, 1) == "01 Mar 09:30"
    assert told(2024, 3, 1, 9, 30, 1) == "2024-03-01"
    assert text.moment(None) == "–"


def test_a_running_run_tells_its_share_and_the_time_left() -> None:
    done = Progress("training", 42, 100, 1, 5, None, 31.0)
    assert text.progress(State.RUNNING, done) == "42% · 0:31 left"


def test_a_run_that_has_not_stepped_yet_tells_what_it_is_doing() -> None:
    assert text.progress(State.STARTING, Progress("importing PyTorch")) == "importing PyTorch"
    assert text.progress(State.QUEUED, Progress("")) == "waiting"


def test_an_ended_run_tells_how_many_epochs_it_trained() -> None:
    assert text.progress(State.STOPPED, Progress("training", 9, 20, 1, 5)) == "1/5 epochs"
