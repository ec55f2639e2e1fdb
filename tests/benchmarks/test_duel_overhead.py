from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from benchmarks.duel_overhead import in_turns
from benchmarks.raw.clock import Clock


def test_a_clock_keeps_the_steps_of_whole_batches_alone(tmp_path: Path) -> None:
    clock = Clock()
    clock.start()
    for whole in (True, True, False):
        clock.step(whole=whole)
    clock.save(tmp_path)
    kept = np.load(tmp_path / "seconds.npy")
    assert kept.shape == (2, 2)
    assert (kept >= 0).all()


def test_of_two_that_take_turns_none_is_left_suspended_when_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[psutil.Popen] = []
    begin = psutil.Popen

    def kept(*args: Any, **options: Any) -> psutil.Popen:
        begun.append(begin(*args, **options))
        return begun[-1]

    monkeypatch.setattr("psutil.Popen", kept)
    with pytest.raises(subprocess.CalledProcessError):
        in_turns(["this_module_is_none"], ["http.server", "0", "--bind", "127.0.0.1"])
    assert len(begun) == 2
    psutil.wait_procs(begun, timeout=30)
    assert not any(one.is_running() for one in begun)
