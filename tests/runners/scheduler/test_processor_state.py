"""How the machine's processor is, as far as the system tells."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from runners.scheduler import processor_state
from runners.scheduler.processor_state import Processor
from tests.runners.scheduler.conftest import until


def test_what_programs_compute_makes_the_machine_busy() -> None:
    processor = Processor()
    assert "machine_cpu_percent" not in processor.look()
    begun = processor_state._busy_s()
    until(lambda: processor_state._busy_s() - begun > 0.1, lambda: sum(range(10_000)))
    assert processor.look()["machine_cpu_percent"] > 0.0


def test_idle_time_waiting_and_the_share_of_guests_do_not_count_as_busy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = psutil.cpu_times()
    zero = dict.fromkeys(now._fields, 0.0)
    waiting = {"idle": 50.0} | ({"iowait": 7.0} if "iowait" in zero else {})
    guests = {"guest": 3.0} if "guest" in zero else {}
    times = type(now)(**{**zero, "user": 10.0 + sum(guests.values()), **waiting, **guests})
    monkeypatch.setattr("psutil.cpu_times", lambda: times)
    assert processor_state._busy_s() == 10.0 + sum(guests.values())


def test_the_hottest_sensor_of_the_processor_is_told_and_no_other_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sensors = {
        "coretemp": [SimpleNamespace(current=61.0), SimpleNamespace(current=64.5)],
        "nvme": [SimpleNamespace(current=80.0)],
    }
    monkeypatch.setattr("psutil.sensors_temperatures", lambda: sensors, raising=False)
    monkeypatch.setattr("psutil.cpu_freq", lambda: SimpleNamespace(current=3100.0))
    found = Processor().look()
    assert found["temperature"] == 64.5
    assert found["clock_mhz"] == 3100.0


def test_a_system_that_tells_nothing_leaves_the_readings_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> None:
        raise NotImplementedError("can't find current frequency file")

    monkeypatch.setattr("psutil.cpu_freq", missing)
    monkeypatch.setattr("psutil.sensors_temperatures", dict, raising=False)
    assert Processor().look() == {}
