"""A trainer that lives and does not show it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from runners.protocol import RunFolder
from runners.scheduler.ending import now_us
from runners.scheduler.pulse import STALLED_S, Pulse


def beat(folder: RunFolder, at_s: float) -> int:
    folder.heartbeat.touch()
    os.utime(folder.heartbeat, (at_s, at_s))
    return folder.heartbeat.stat().st_mtime_ns // 1000


def test_a_trainer_is_stalled_from_its_last_beat_until_the_next(tmp_path: Path) -> None:
    folder, now, wall = RunFolder(tmp_path), time.monotonic(), time.time()
    last = beat(folder, wall)
    pulse = Pulse(folder, now_us() - 60_000_000)
    assert not pulse.look(now + 1)
    assert pulse.stalled_since is None
    assert not pulse.look(now + 1 + STALLED_S)
    assert pulse.stalled_since == last
    newer = beat(folder, wall + 5)
    assert pulse.look(now + 3 + STALLED_S)
    assert (pulse.beat, pulse.stalled_since) == (newer, None)


def test_a_scheduler_that_comes_later_sees_at_once_that_a_trainer_is_stalled(
    tmp_path: Path,
) -> None:
    folder = RunFolder(tmp_path)
    last = beat(folder, time.time() - 30)
    pulse = Pulse(folder, now_us() - 60_000_000)
    pulse.look(time.monotonic())
    assert pulse.stalled_since == last


def test_a_clock_that_is_set_stalls_nobody(tmp_path: Path) -> None:
    folder, now = RunFolder(tmp_path), time.monotonic()
    beat(folder, time.time())
    pulse = Pulse(folder, now_us())
    beat(folder, time.time() - 7200)
    assert pulse.look(now + 1)
    assert pulse.stalled_since is None


def test_a_trainer_that_never_beat_is_stalled_since_its_start_and_an_old_beat_does_not_count(
    tmp_path: Path,
) -> None:
    folder, now, started = RunFolder(tmp_path), time.monotonic(), now_us()
    beat(folder, time.time() - 3600)
    pulse = Pulse(folder, started)
    pulse.look(now + 1)
    assert pulse.stalled_since is None
    pulse.look(now + 2 + STALLED_S)
    assert pulse.stalled_since == started
