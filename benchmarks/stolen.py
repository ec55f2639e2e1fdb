"""How much of the processors' time the host of a virtual machine gave to others: what no program on it can mend."""

from __future__ import annotations

import psutil


class Stolen:
    """Counts from its making. Linux tells of it; elsewhere it is not known."""

    def __init__(self) -> None:
        self._began = psutil.cpu_times()

    def share(self) -> float | None:
        """Of the time that all processors together were wanted for, from 0 to 1; None where the system does not tell."""
        now = psutil.cpu_times()
        if not hasattr(now, "steal"):
            return None
        stolen = now.steal - self._began.steal
        spent = {name: getattr(now, name) - getattr(self._began, name) for name in now._fields}
        idle = spent["idle"] + spent.get("iowait", 0.0)
        # The kernel counts a guest's time within `user` and `nice`, too.
        guests = spent.get("guest", 0.0) + spent.get("guest_nice", 0.0)
        wanted = sum(spent.values()) - idle - guests
        return stolen / wanted if wanted > 0 else 0.0

    def told(self) -> str:
        share = self.share()
        known = "not known here" if share is None else f"{share:.0%} of what was wanted"
        return f"processor time that the host took away: {known}"
