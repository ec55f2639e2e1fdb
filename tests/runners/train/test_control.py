"""Being asked to stop by a signal, where something takes long."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runners.protocol import Request, RunFolder
from runners.train.control import Control, StopRequested


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    made = Control(RunFolder(tmp_path))
    made.listen_to_signals()
    yield made
    signal.signal(signal.SIGINT, before[0])
    signal.signal(signal.SIGTERM, before[1])


def swallowing() -> None:
    """As a framework that takes a signal's error for one of its own."""
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException as error:
        raise AttributeError("'list' object has no attribute 'spec'") from error


def calm() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("act", [calm, swallowing])
def test_a_signal_stops_what_takes_long_whatever_a_framework_makes_of_it(
    control: Control, act: Callable[[], None]
) -> None:
    with pytest.raises(StopRequested, match="stopped by SIGINT"), control.interruptible():
        act()


def test_an_error_without_a_signal_stays_what_it_is(control: Control, tmp_path: Path) -> None:
    def fail() -> None:
        RunFolder(tmp_path).write_request(Request.STOP)
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"), control.interruptible():
        fail()
