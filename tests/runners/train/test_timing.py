"""Where the time of a training went."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.train import timing
from runners.train.memory import peak_bytes
from runners.train.timing import Durations, Timing

BATCH = (np.zeros((4, 1)), np.zeros(4))


class Clock:
    """Stands still unless it is told to go on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timing, "perf_counter", clock)
    return clock


def told(one: Timing, *, reads_ahead: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        one.to_json(4, reads_ahead=reads_ahead, graphs=None, device_peak=None)
    )
    return found


def steps(one: Timing, clock: Clock, seconds: list[float]) -> None:
    for each in seconds:
        one.resume()
        clock.now += each
        one.stepped(whole=True)
        clock.now += 7.0  # what is done between two steps


def test_each_part_has_its_seconds_and_start_ends_with_the_first_step(clock: Clock) -> None:
    one = Timing(clock.now - 1.0)
    one.begin()
    clock.now += 2.0
    one.imported()
    clock.now += 3.0
    one.built()
    clock.now += 4.0
    steps(one, clock, [5.0, 1.0])
    found = told(one)
    assert found["import_s"] == 2.0
    assert found["build_s"] == 3.0
    assert found["first_step_s"] == 5.0
    assert found["start_s"] == 15.0
    assert found["train_s"] == 6.0
    assert found["steps"] == 2


def test_speed_is_that_of_the_median_step_after_the_warm_up(clock: Clock) -> None:
    one = Timing(clock.now)
    steps(one, clock, [9.0] * 10 + [0.5] * 60 + [0.25] * 30)
    found = told(one)
    assert found["warmup_steps"] == 10
    assert found["samples_per_s"] == 8.0
    assert found["step_s"]["p50"] == 0.5
    assert found["step_s"]["p1"] == 0.25
    assert found["step_s"]["mean"] == pytest.approx((60 * 0.5 + 30 * 0.25) / 90)
    assert found["blocks"] == [0.5] * 13 + [0.25] * 7 or found["blocks"][0] == 0.5
    assert len(found["blocks"]) == 20
    assert found["blocks"][-1] == 0.25
    assert sum(found["histogram"]["counts"]) == 90
    assert len(found["histogram"]["edges"]) == len(found["histogram"]["counts"]) + 1


def test_a_smaller_batch_counts_among_the_steps_and_not_in_their_speed(clock: Clock) -> None:
    one = Timing(clock.now)
    steps(one, clock, [1.0] * 5)
    one.resume()
    clock.now += 0.01
    one.stepped(whole=False)
    found = told(one)
    assert found["steps"] == 6
    assert found["train_s"] == pytest.approx(5.01)
    assert found["step_s"]["p1"] == 1.0


def test_a_training_of_one_step_has_no_speed(clock: Clock) -> None:
    one = Timing(clock.now)
    steps(one, clock, [1.0])
    found = told(one)
    assert "samples_per_s" not in found
    assert found["first_step_s"] == 1.0


def test_one_step_after_the_warm_up_is_enough_for_all_figures(clock: Clock) -> None:
    one = Timing(clock.now)
    steps(one, clock, [1.0, 2.0])
    found = told(one)
    assert found["samples_per_s"] == 2.0
    assert found["blocks"] == [2.0]
    assert sum(found["histogram"]["counts"]) == 1


def test_the_share_of_waiting_for_batches_is_told_unless_they_are_made_ahead(clock: Clock) -> None:
    def batches() -> Any:
        for _ in range(2):
            clock.now += 1.0
            yield BATCH

    one = Timing(clock.now)
    one.resume()
    for _ in one.waiting(batches()):
        clock.now += 3.0
        one.stepped(whole=True)
        one.resume()
    assert told(one)["input_share"] == 0.25
    assert "input_share" not in told(one, reads_ahead=True)


def test_the_first_batch_of_an_evaluation_is_left_out_of_its_speed(clock: Clock) -> None:
    one = Timing(clock.now)
    one.evaluated(100, 50.0)
    assert "evaluation_samples_per_s" not in told(one)
    one.evaluated(100, 1.0)
    one.evaluated(60, 1.0)
    assert told(one)["evaluation_samples_per_s"] == 80.0


def test_what_goes_on_from_a_checkpoint_says_so(clock: Clock) -> None:
    one = Timing(clock.now)
    assert told(one)["resumed"] is False
    one.resumed(0)
    assert told(one)["resumed"] is False
    one.resumed(12)
    assert told(one)["resumed"] is True


@settings(deadline=None)
@given(count=st.integers(0, 400), first=st.integers(0, 50), kept=st.integers(2, 64))
def test_durations_keep_their_order_and_a_bounded_number_of_evenly_chosen_ones(
    count: int, first: int, kept: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timing, "_KEPT", kept)
        durations = Durations()
        for number in range(count):
            durations.add(float(number))
    found = durations.after(first)
    assert durations.count == count
    assert len(found) <= kept
    assert all(number >= first for number in found)
    assert len(set(np.diff(found))) <= 1
    if count <= kept:
        assert found.tolist() == [float(number) for number in range(first, count)]


def test_the_peak_of_memory_is_that_of_the_process_itself_and_stays() -> None:
    """Also where a process that held much more started it."""
    code = (
        "from runners.train.memory import peak_bytes\n"
        "before = peak_bytes(); block = bytearray(60_000_000); after = peak_bytes()\n"
        "del block; print(before, after, peak_bytes())"
    )
    held = bytearray(300_000_000)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after, later = map(int, run.stdout.split())
    assert before < 100_000_000
    assert after - before > 50_000_000
    assert later > after - 1_000_000  # Linux counts some pages late
    assert (peak_bytes() or 0) > len(held)
