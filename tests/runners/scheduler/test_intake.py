"""Arrivals of several runs at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from runners.events import EventWriter
from runners.scheduler.ingest import Ingest
from runners.scheduler.intake import Intake
from runners.scheduler.supervisor import Supervisor
from storage.arrivals import Arrival
from tests.runners.scheduler.conftest import Bench

UNKNOWN = 999


class Follower:
    """As much of a supervisor as brings arrivals."""

    def __init__(self, bench: Bench, run_id: int | None = None) -> None:
        run = bench.queue("")
        self.run_id = run_id or run.id
        self.known = run_id is None
        with_points = EventWriter(bench.folder(run).events)
        with_points.log(0, {"loss": 1.0})
        with_points.close()
        self._ingest = Ingest(bench.store, run.id, bench.folder(run))

    def arrival(self, _: float) -> Arrival | None:
        return self._ingest.read() if self.known else Arrival(self.run_id)

    def stored(self) -> None:
        self._ingest.stored()


def test_a_run_whose_arrival_cannot_be_stored_does_not_keep_back_the_others(bench: Bench) -> None:
    bad, good = Follower(bench, UNKNOWN), Follower(bench)
    troubles: list[str] = []

    def attempt(what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            troubles.append(f"{what}: {error}")

    intake = Intake(bench.store, attempt)
    followers = cast("list[Supervisor]", [bad, good])
    intake.take(followers, 0.0)
    assert bench.store.metrics(good.run_id) == []
    intake.take(followers, 1.0)
    assert bench.store.series(good.run_id, "loss").steps.tolist() == [0]
    intake.take(followers, 2.0)
    assert bench.store.series(good.run_id, "loss").steps.tolist() == [0]
    assert [text.partition(":")[0] for text in troubles[:2]] == ["the history", f"run {UNKNOWN}"]
