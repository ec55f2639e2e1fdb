"""In which order exports are made, checked and measured, and what becomes of those that fail. The processes are pretended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from runners.export.manifest import Check, Manifest
from storage.home import Home
from storage.store import Store, StoreError
from tests.examples import SPEC
from tests.storage.examples import CHECK, MANIFEST, MEASUREMENT, export
from tests.waiting import wait_until
from workbench.bench import Workbench
from workbench.errors import WorkbenchError
from workbench.exports import exporting
from workbench.exports.exporting import Exported, ExportProgress, Item, Listener, Work
from workbench.exports.turns import LOCK
from workbench.processes import Cancelled

UNUSABLE = Check(0, None, None, None, {}, "it cannot be run")
APART = replace(CHECK, problem="too far apart")


class Processes:
    """What `ask` asks, in the place of processes: ``checks`` has what is found of formats, else that all is well."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.asked: list[tuple[str, str]] = []
        self.checks: dict[str, Check] = {}
        self.fails: set[tuple[str, str]] = set()

    def ask(
        self, command: Sequence[str], on_progress: Callable[[str, float], None], on_log: Callable[[str], None], cancelled: Callable[[], bool],
    ) -> Any:  # fmt: skip
        assert list(command[1:3]) == ["-m", "runners.export"]
        verb, folder = command[3], Path(command[4])
        name = command[command.index("--format") + 1] if verb == "make" else folder.name
        self.asked.append((verb, name))
        on_log(f"{verb} {name}")
        on_progress("half", 0.5)
        if cancelled():
            raise Cancelled
        on_progress("done", 1.0)
        if (verb, name) in self.fails:
            raise WorkbenchError(f"{verb} failed")
        if verb == "make":
            return {"folder": str(export(self.home, 1, name, replace(MANIFEST, format=name)))}
        known = Manifest.read(folder)
        check, measured = self.checks.get(name, CHECK), MEASUREMENT
        (known.with_check(check) if verb == "check" else known.with_measurement(measured)).write(folder)  # fmt: skip
        return {}


@pytest.fixture
def bench(home: Home, store: Store) -> Iterator[Workbench]:
    store.create_run(SPEC, name="mine")
    with Workbench.open(home.path) as workbench:
        yield workbench


@pytest.fixture
def processes(home: Home, monkeypatch: pytest.MonkeyPatch) -> Processes:
    pretended = Processes(home)
    monkeypatch.setattr(exporting, "ask", pretended.ask)
    return pretended


def work(
    bench: Workbench, *formats: str, measure: bool = True, told: list[ExportProgress] | None = None, stop: Callable[[], bool] = lambda: False,
) -> dict[str, Exported]:  # fmt: skip
    told = [] if told is None else told
    listener = Listener(told.append, lambda _: None, stop)
    items = [Item(one, 1, "python") for one in formats]
    return {one.format: one for one in Work(bench, items, listener, measure=measure).run()}


def test_all_are_made_and_checked_before_the_first_is_measured(
    bench: Workbench, processes: Processes
) -> None:
    found = work(bench, "trained", "onnx", "pt2")
    assert processes.asked[:6] == [
        ("make", "trained"), ("check", "trained"), ("make", "onnx"), ("check", "onnx"), ("make", "pt2"), ("check", "pt2"),
    ]  # fmt: skip
    assert {name for verb, name in processes.asked[6:] if verb == "measure"} == set(found)
    assert all(one.record and one.record.latency_s and one.record.passed for one in found.values())


def test_the_order_of_measuring_is_another_one_each_time(
    bench: Workbench, processes: Processes
) -> None:
    names = ("trained", "onnx", "pt2", "safetensors", "torchscript")
    work(bench, *names, measure=False)
    ids = [one.id for one in bench.exports.list()]
    orders = set()
    for _ in range(8):
        processes.asked.clear()
        bench.exports.measure(ids)
        orders.add(tuple(processes.asked))
    assert len(orders) > 1
    assert all(verb == "measure" for order in orders for verb, _ in order)


@pytest.mark.parametrize("measure", [True, False])
def test_the_fraction_grows_to_the_end_whatever_fails(
    bench: Workbench, processes: Processes, measure: bool
) -> None:
    processes.fails = {("make", "onnx"), ("check", "pt2")}
    processes.checks = {"torchscript": UNUSABLE}
    told: list[ExportProgress] = []
    work(bench, "trained", "onnx", "pt2", "torchscript", "safetensors", measure=measure, told=told)
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == pytest.approx(1)


def test_one_that_fails_does_not_hold_up_the_others(bench: Workbench, processes: Processes) -> None:
    processes.fails = {("make", "onnx"), ("check", "pt2"), ("measure", "trained")}
    found = work(bench, "trained", "onnx", "pt2", "safetensors")
    assert (found["onnx"].record, found["onnx"].problem) == (None, "make failed")
    unchecked = found["pt2"].record
    assert unchecked is not None
    assert (unchecked.passed, unchecked.latency_s, found["pt2"].problem) == (None, None, "check failed")  # fmt: skip
    assert found["trained"].problem == "measure failed"
    assert found["safetensors"].problem == ""
    assert ("measure", "pt2") not in processes.asked


def test_one_that_differs_is_told_and_measured_and_one_that_does_not_run_is_told_alone(
    bench: Workbench, processes: Processes
) -> None:
    processes.checks = {"onnx": APART, "pt2": UNUSABLE}
    found = work(bench, "onnx", "pt2")
    apart, unusable = found["onnx"].record, found["pt2"].record
    assert apart is not None
    assert unusable is not None
    assert (apart.passed, unusable.passed) == (False, False)
    assert (found["onnx"].problem, found["pt2"].problem) == ("too far apart", "it cannot be run")
    assert apart.latency_s is not None
    assert unusable.latency_s is None


def test_what_was_ready_when_it_was_cancelled_is_told_and_kept(
    bench: Workbench, processes: Processes
) -> None:
    told: list[ExportProgress] = []
    found = work(bench, "trained", "onnx", "pt2", told=told, stop=lambda: told[-1].format == "onnx")
    assert list(found) == ["trained"]
    assert [one.format for one in bench.exports.list()] == ["trained"]
    assert ("measure", "trained") not in processes.asked


@pytest.mark.usefixtures("processes")
def test_an_export_that_the_history_cannot_keep_is_removed(
    bench: Workbench, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.store.exports, "add", full)
    found = work(bench, "onnx")
    assert (found["onnx"].record, found["onnx"].problem) == (None, "the disk is full")
    assert list((home.run_folder(1).path / "exports").iterdir()) == []


def test_what_is_checked_is_only_measured_and_what_is_not_is_checked_first(
    bench: Workbench, processes: Processes
) -> None:
    processes.fails = {("check", "pt2")}
    work(bench, "onnx", "pt2", measure=False)
    processes.fails.clear()
    processes.asked.clear()
    found = bench.exports.measure([one.id for one in bench.exports.list()])
    assert processes.asked[0] == ("check", "pt2")
    assert set(processes.asked[1:]) == {("measure", "onnx"), ("measure", "pt2")}
    assert all(one.record and one.record.passed and one.record.latency_s for one in found)


def test_a_measurement_waits_for_another_one_and_then_goes_on(bench: Workbench, processes: Processes) -> None:  # fmt: skip
    told: list[ExportProgress] = []
    with ThreadPoolExecutor(1) as pool, FileLock(bench.home.path / LOCK):
        waiting = pool.submit(work, bench, "onnx", "pt2", told=told)
        wait_until(lambda: any(one.text == "waits for another measurement" for one in told))
        assert {verb for verb, _ in processes.asked} == {"make", "check"}
        assert not waiting.done()
    found = waiting.result()
    assert sorted(name for verb, name in processes.asked if verb == "measure") == ["onnx", "pt2"]
    assert all(one.problem == "" for one in found.values())
    assert sum(one.text.startswith("waits") for one in told) == 1


def test_a_measurement_that_waits_can_be_cancelled_and_keeps_what_is_ready(bench: Workbench, processes: Processes) -> None:  # fmt: skip
    told: list[ExportProgress] = []

    def stop() -> bool:
        return any(one.text.startswith("waits") for one in told)

    with FileLock(bench.home.path / LOCK):
        found = work(bench, "onnx", told=told, stop=stop)
    assert found["onnx"].record is not None
    assert "measure" not in {verb for verb, _ in processes.asked}
    work(bench, "pt2")  # the lock is free again
    assert ("measure", "pt2") in processes.asked
