"""The runs that have devices, from before their trainers exist until nothing of them is left."""

from __future__ import annotations

from dataclasses import dataclass

from runners.protocol import State
from runners.scheduler.queue import Active
from storage.records import RunRecord

SETTLING_S = 5.0
"""How long after its first step a trainer is given to take its memory, and the driver to show it."""


@dataclass(slots=True)
class _Place:
    run: RunRecord
    device: str
    trains_since: float | None = None


class Roster:
    """Times are those of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, run_id: int) -> bool:
        return run_id in self._places

    def add(self, run: RunRecord, device: str) -> None:
        self._places[run.id] = _Place(run, device)

    def remove(self, run_id: int) -> None:
        self._places.pop(run_id, None)

    def clear(self) -> None:
        self._places.clear()

    def see(self, run: RunRecord, now: float) -> None:
        """Note how an active run stands."""
        place = self._places.get(run.id)
        if place is None:
            return
        place.run = run
        if place.trains_since is None and run.state is not State.STARTING:
            place.trains_since = now

    def active(self, now: float) -> list[Active]:
        """As `plan` takes them: memory is promised to a run until it has trained for a while."""
        return [
            Active(
                place.run,
                place.device,
                settled=place.trains_since is not None and now >= place.trains_since + SETTLING_S,
            )
            for place in self._places.values()
        ]
