"""What this machine has for runs, read at most once a second, with the limits that the user set."""

from __future__ import annotations

import time
from typing import Any

from runners.devices import FOUND_DEVICES_SETTING, Device, read_devices
from runners.scheduler.queue import CPU, Machine
from storage.store import Store

CPU_LANES_SETTING = "cpu_lanes"
LIMIT_SETTING = "limit."
"""With the id of a GPU behind it: how many runs may have it at once."""

_FRESH_S = 1.0


class MachineReadings:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: object = ()
        self._read_at = float("-inf")
        self._devices: list[Device] = []

    def machine(self) -> Machine:
        """Raises StoreError."""
        self._found = self._store.setting(FOUND_DEVICES_SETTING, ())
        devices = self._all()
        return Machine(devices, {device.id: self._limit(device.id) for device in devices})

    def gpu(self, device_id: str) -> Device | None:
        """A GPU as it is now; None for the CPU and for what is not there. Never raises."""
        if device_id == CPU:
            return None
        return next((device for device in self._all() if device.id == device_id), None)

    def expire(self) -> None:
        """Read anew when asked next: what just ended must not be taken for another program's."""
        self._read_at = float("-inf")

    def _all(self) -> list[Device]:
        if time.monotonic() - self._read_at >= _FRESH_S:
            self._devices = read_devices(self._found)
            self._read_at = time.monotonic()
        return self._devices

    def _limit(self, device_id: str) -> int:
        name = CPU_LANES_SETTING if device_id == CPU else f"{LIMIT_SETTING}{device_id}"
        limit: Any = self._store.setting(name, 1)
        return limit if isinstance(limit, int) and limit >= 1 else 1
