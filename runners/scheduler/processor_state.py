"""How the machine's processor is: how busy, how fast, how warm."""

from __future__ import annotations

from time import monotonic

import psutil

_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal")
"""What Linux calls those of processors by Intel, AMD and on boards with ARM's."""


class Processor:
    """Compares each look with the last one; the first one tells nothing of how busy it is."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def look(self) -> dict[str, float]:
        """``machine_cpu_percent``, ``clock_mhz`` and ``temperature``, as far as the system tells."""
        found = {
            "machine_cpu_percent": self._busy(),
            "clock_mhz": _clock_mhz(),
            "temperature": _temperature(),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _busy(self) -> float | None:
        before, self._last = self._last, (monotonic(), _busy_s())
        if before is None:
            return None
        elapsed_s, busy_s = (now - then for now, then in zip(self._last, before, strict=True))
        return max(0.0, 100 * busy_s / elapsed_s) if elapsed_s else None


def _busy_s() -> float:
    """The seconds that all cores together worked since the machine began."""
    times = psutil.cpu_times()
    guests = getattr(times, "guest", 0.0) + getattr(
        times, "guest_nice", 0.0
    )  # in user and nice already
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - guests)


def _clock_mhz() -> float | None:
    try:
        found = psutil.cpu_freq()
    except (OSError, NotImplementedError, RuntimeError):
        return None
    return found.current or None if found else None


def _temperature() -> float | None:
    if not hasattr(psutil, "sensors_temperatures"):  # Windows and macOS
        return None
    try:
        found = psutil.sensors_temperatures()
    except (OSError, ValueError):
        return None
    known = [sensor.current for name in _SENSORS for sensor in found.get(name, ())]
    return max(known, default=None)
