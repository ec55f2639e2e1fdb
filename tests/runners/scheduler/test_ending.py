"""The evidence that a run leaves."""

from __future__ import annotations

import os
from pathlib import Path

from runners.protocol import RunFolder
from runners.scheduler.ending import last_sign, log_tail


def test_the_tail_of_a_log_is_its_last_lines_in_one(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    log.write_bytes(b"x" * 100_000 + b"\none\n\n  two\0\nthr\xffee\n")
    assert log_tail(log) == "one | two | thr\N{REPLACEMENT CHARACTER}ee"
    assert log_tail(tmp_path / "missing.log") == ""


def test_the_last_sign_of_life_is_the_newest_of_what_the_trainer_wrote(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert last_sign(folder) is None
    folder.heartbeat.touch()
    folder.events.touch()
    os.utime(folder.heartbeat, (20, 20))
    os.utime(folder.events, (30, 30))
    assert last_sign(folder) == 30_000_000
