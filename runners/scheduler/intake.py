"""What the files of all runs brought, stored together: it is the commits that cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from runners.scheduler.supervisor import Supervisor
from storage.arrivals import Arrival
from storage.store import Store


class Intake:
    """Stores arrivals in one transaction, or, after that failed, each in its own, so that one run's trouble is not that of all.

    ``attempt`` does work whose failure must not reach what comes after it; its first argument says what the work is about.
    """

    def __init__(self, store: Store, attempt: Callable[[str, Callable[[], None]], None]) -> None:
        self._store = store
        self._attempt = attempt
        self._together = True

    def take(self, supervisors: Iterable[Supervisor], now: float) -> None:
        """Store what has arrived for these runs; ``now`` is of the monotonic clock."""
        brought: dict[Supervisor, Arrival] = {}
        for supervisor in supervisors:
            collect = partial(self._collect, supervisor, now, brought)
            self._attempt(f"run {supervisor.run_id}", collect)
        if self._together:
            self._attempt("the history", partial(self._store_all, brought))
            return
        self._together = True
        for supervisor, arrival in brought.items():
            store = partial(self._store_all, {supervisor: arrival})
            self._attempt(f"run {supervisor.run_id}", store)

    @staticmethod
    def _collect(supervisor: Supervisor, now: float, brought: dict[Supervisor, Arrival]) -> None:
        if arrival := supervisor.arrival(now):
            brought[supervisor] = arrival

    def _store_all(self, brought: Mapping[Supervisor, Arrival]) -> None:
        if not brought:
            return
        try:
            self._store.take(list(brought.values()))
        except Exception:
            self._together = False
            raise
        for supervisor in brought:
            supervisor.stored()
