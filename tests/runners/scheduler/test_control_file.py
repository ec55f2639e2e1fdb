"""What is asked of a run reaches its trainer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runners.protocol import Request, RunFolder
from runners.scheduler.control_file import ControlFile


def test_the_file_follows_the_request(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    control = ControlFile(folder)
    control.keep(None, 0.0)
    assert folder.read_request() is None
    control.keep(Request.PAUSE, 0.1)
    assert folder.read_request() is Request.PAUSE
    control.keep(None, 0.2)
    assert not folder.control.exists()
    control.keep(Request.STOP, 0.3)
    control.keep(Request.KILL, 0.4)
    assert folder.read_request() is Request.STOP


def test_what_an_earlier_scheduler_left_is_taken_away(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_request(Request.PAUSE)
    ControlFile(folder).keep(None, 0.0)
    assert not folder.control.exists()


def test_a_request_that_could_not_be_written_is_written_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = RunFolder(tmp_path / "run")
    control = ControlFile(folder)
    control.keep(Request.STOP, 0.0)
    assert "control could not be written" in caplog.text
    folder.path.mkdir()
    control.keep(Request.STOP, 5.0)
    assert folder.read_request() is Request.STOP
    shutil.rmtree(folder.path)
    folder.path.mkdir()
    control.keep(Request.STOP, 10.0)
    assert folder.read_request() is Request.STOP
