"""From a trainer's log call to a window that shows the point: how long, at what cost, and whether all arrive.

``python -m benchmarks.event_latency [--trainers 8] [--rate 1000] [--seconds 60] [--windows 2]``. Trainers that do nothing
but log, a real scheduler over a real home, and real windows that compare all the runs. The aim is 150 ms at the 95th percentile
from the time stamp of the log call until the point is painted. It needs a system that starts a script by its first line.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from benchmarks.stolen_time import Stolen
from runners.protocol import Framework, Mode, RunSpec, State
from runners.scheduler.launch import scheduler_alive, start_scheduler, stop_scheduler
from storage.home import Home
from storage.records import RunRecord
from storage.store import Store

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from widgets.plots.curve_item import CurveItem
    from workbench.session import Session

TARGET_MS = 150.0
METRICS = ("train/loss", "train/accuracy", "train/lr")
WATCHED = METRICS[0]
BURST_S = 0.005
Ages = np.ndarray[tuple[int], np.dtype[np.float64]]
"""How long ago points were logged when they were seen, in seconds."""
TRAINER = """\
import sys, time
from pathlib import Path
from runners.events import EventWriter
from runners.protocol import Outcome, Progress, RunFolder, State

CALLS, RATE, METRICS = {calls}, {rate}, {metrics}
folder = RunFolder(Path(sys.argv[3]))
folder.heartbeat.touch()
events = EventWriter(folder.events)
events.progress(Progress("training", 0, CALLS))
events.log(-1, dict.fromkeys(METRICS, 0.0))  # so that windows have their plots before it begins
while not Path({begin!r}).exists():
    time.sleep(0.01)
begin = time.perf_counter()
for step in range(CALLS):
    if (early := begin + step / RATE - time.perf_counter()) > 0:
        time.sleep(early + {burst_s})  # a wake-up for every call would cost more than the calls
    events.log(step, dict.fromkeys(METRICS, step / 2))
    if step % RATE == 0:
        folder.heartbeat.touch()
        events.progress(Progress("training", step, CALLS))
late = time.perf_counter() - begin - CALLS / RATE
folder.write_outcome(Outcome(State.FINISHED, f"{{late:.1f}} s late", 0, time.time_ns() // 1000))
"""


class Painted:
    """Notes how old the points of a window's plots are whenever their curves are painted."""

    def __init__(self, session: Session, runs: Sequence[int], calls: int, result: Path) -> None:
        self.ages: list[Ages] = []
        self.problems: list[str] = []
        self.cpu_s = 0.0
        self._known = dict.fromkeys(runs, 0)
        self._calls = calls
        self._result = result
        session.failed.connect(self.problems.append)

    def painted(self, item: CurveItem) -> None:
        """A plot was painted; its curves hold what is now to be seen."""
        now = time.time()
        for trace in item._traces:
            run_id, metric = trace.curve.key
            if metric == WATCHED and not trace.faint:
                known = self._known[run_id]
                times = trace.line.times[known:]
                self.ages.append(now - times[0 if known else 1 :])
                self._known[run_id] += len(times)
        if not self.cpu_s and all(self._known.values()):
            self.cpu_s = time.process_time()
            self._result.touch()  # the measurement may begin
        if all(count > self._calls for count in self._known.values()):
            from PySide6.QtCore import QCoreApplication

            QCoreApplication.quit()


def look(home: Path, runs: Sequence[int], calls: int, result: Path) -> None:
    """Compare the runs in a window until all points were painted, and save their ages in seconds."""
    from widgets.plots.curve_item import CurveItem
    from workbench.app import compose, make_application, take_down

    application = make_application()
    session, window = compose(home)
    painted = Painted(session, runs, calls, result)
    paint = CurveItem.paint

    def paint_and_note(item: CurveItem, painter: QPainter, *rest: object) -> None:
        paint(item, painter, *rest)
        painted.painted(item)

    def compare() -> None:
        session.select(runs)
        window.show_tab(2)

    CurveItem.paint = paint_and_note  # type: ignore[method-assign, assignment]
    window.finished.connect(compare)
    window.show()
    application.exec()
    cpu_s = time.process_time() - painted.cpu_s
    take_down(session, window)
    problems = np.array(painted.problems, str)
    np.savez(
        result.with_suffix(".npz"),
        ages=np.concatenate(painted.ages),
        cpu_s=cpu_s,
        problems=problems,
    )


def queue_trainers(home: Home, store: Store, given: argparse.Namespace) -> list[RunRecord]:
    script = home.path / "trainer"
    calls = given.rate * given.seconds
    body = TRAINER.format(
        calls=calls, rate=given.rate, metrics=METRICS, burst_s=BURST_S, begin=str(home.path / "go")
    )
    script.write_text(f"#!{sys.executable}\n{body}", "utf-8")
    script.chmod(0o755)
    spec = RunSpec(
        template="mlp", framework=Framework.PYTORCH, mode=Mode.EAGER, dataset="digits", dataset_hash="0",
        parameters={"epochs": 1}, seed=0, device="cpu", interpreter=str(script),
    )  # fmt: skip
    store.set_setting("cpu_lanes", given.trainers)
    return [store.create_run(spec) for _ in range(given.trainers)]


def measure(home: Home, store: Store, given: argparse.Namespace) -> bool:
    """Let it happen and print what was seen; whether the aim was met."""
    calls = given.rate * given.seconds
    runs = queue_trainers(home, store, given)
    start_scheduler(home)
    wait(lambda: all(store.run(run.id).state is State.RUNNING for run in runs), 60)
    record = store.scheduler()
    assert record is not None
    scheduler = psutil.Process(record.pid)
    results = [home.path / f"window{number}" for number in range(given.windows)]
    ids = ",".join(str(run.id) for run in runs)
    arguments = ["--home", str(home.path), "--look", ids, "--calls", str(calls), "--result"]
    command = [sys.executable, "-m", "benchmarks.event_latency", *arguments]
    windows = [subprocess.Popen([*command, str(path)]) for path in results]
    try:
        wait(lambda: all(path.exists() for path in results))
        stolen = Stolen()
        cpu_before, began = sum(scheduler.cpu_times()[:2]), time.monotonic()
        (home.path / "go").touch()
        stored = probe(store, runs[0].id, calls + 1)
        wait(lambda: all(store.run(run.id).state.final for run in runs))
        spent_s = time.monotonic() - began
        cpu_s = sum(scheduler.cpu_times()[:2]) - cpu_before
        taken_away = stolen.told()
        for window in windows:
            window.wait(timeout=120)
    finally:
        for window in windows:
            window.kill()
            window.wait()
    seen = [np.load(path.with_suffix(".npz")) for path in results]
    print(f"{given.trainers} trainers x {given.rate} records/s x {given.seconds} s, {len(METRICS)} metrics each, {given.windows} windows")  # fmt: skip
    for name, ages in (("stored", stored), *((f"window {at}", data["ages"]) for at, data in enumerate(seen, 1))):  # fmt: skip
        print(describe(name, ages))
    shares = ", ".join(f"{100 * float(data['cpu_s']) / spent_s:.0f} %" for data in seen)
    print(f"CPU: scheduler {100 * cpu_s / spent_s:.0f} %, windows {shares} of a core")
    print(taken_away)
    print(f"trainers: {', '.join(store.run(run.id).reason for run in runs)}")
    calls += 1
    lost = sum(calls - len(np.unique(store.series(run.id, metric).steps)) for run in runs for metric in METRICS)  # fmt: skip
    doubled = sum(len(store.series(run.id, metric).steps) for run in runs for metric in METRICS) + lost - calls * len(runs) * len(METRICS)  # fmt: skip
    complaints = [message.text for message in store.messages()] + [str(text) for data in seen for text in data["problems"]]  # fmt: skip
    print(
        f"lost points: {lost}, doubled: {doubled}, complaints: {len(complaints)} {complaints[:3]}"
    )
    worst = max(float(np.percentile(data["ages"], 95)) * 1000 for data in seen)
    print(f"p95 of the worst window against {TARGET_MS:g} ms: {worst / TARGET_MS:.2f}")
    return worst <= TARGET_MS and not lost and not doubled and not complaints


def probe(store: Store, run_id: int, calls: int) -> Ages:
    """The ages of one curve's points when they can first be read."""
    ages, known, version = [], 0, None
    while known < calls:
        time.sleep(0.005)
        if version == (version := store.data_version()):
            continue  # to read without need would take time from what is measured
        times = store.series(run_id, WATCHED, start=known).times
        ages.append(time.time() - times[0 if known else 1 :])
        known += len(times)
    return np.concatenate(ages)


def describe(name: str, ages: Ages) -> str:
    p50, p95, p99 = np.percentile(ages, [50, 95, 99]) * 1000
    return f"{name:>10}: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, max {ages.max() * 1000:.0f} ms ({len(ages):,} points)"


def wait(reached: Callable[[], object], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit("it did not come to pass")
        time.sleep(0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trainers", type=int, default=8)
    parser.add_argument("--rate", type=int, default=1000, help="log calls a second of each trainer")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--windows", type=int, default=2)
    for name in ("--home", "--look", "--calls", "--result"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look:
        runs = [int(number) for number in given.look.split(",")]
        look(Path(given.home), runs, int(given.calls), Path(given.result))
        return
    os.environ["PYTHONPATH"] = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Home(Path(name).resolve() / "home")
        with closing(Store.open(home)) as store:
            try:
                met = measure(home, store, given)
            finally:
                (home.path / "go").touch()  # whatever happened, the trainers come to their end
                stop_scheduler(store)
                wait(lambda: scheduler_alive(store) is None, 30)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
