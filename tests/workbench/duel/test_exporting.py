from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from runners.export.formats import formats_of
from runners.protocol import DuelRole, Framework, State
from storage.home import Home
from storage.records import ExportRecord, RunRecord, Stage
from storage.store import Store
from tests.storage.examples import CHECK, MANIFEST, export
from tests.workbench.duel.made import COMPILED, FUNCTION, TORCH
from workbench.bench import Workbench
from workbench.duel.exporting import export_runs, exportable, read_exports
from workbench.duel.match import Match
from workbench.duel.schedule import Part
from workbench.errors import WorkbenchError
from workbench.exports.door import Exported, ExportProgress, Offer

HOT = replace(TORCH, parameters={"learning_rate": 0.1})
MATCH = Match("mlp", "digits", (TORCH, COMPILED, HOT, FUNCTION), (0, 1), {"epochs": 1}, "cpu")


@pytest.fixture
def runs(workbench: Workbench) -> list[RunRecord]:
    """Those of a duel in which all but the first contestant's first seed has finished."""
    duel = workbench.duels.start(MATCH).id
    for run in workbench.store.duels.runs(duel):
        part = run.spec.duel
        assert part is not None
        bad = part.role is DuelRole.MATCH and (part.contestant, run.spec.seed) == (0, 0)
        workbench.store.set_state(run.id, State.FAILED if bad else State.FINISHED, "as made")
    return list(workbench.store.duels.runs(duel))


def test_modes_of_a_framework_are_exported_once_and_other_parameters_apart(
    runs: list[RunRecord],
) -> None:
    found = [(run.spec.duel.contestant, run.spec.seed) for run in exportable(MATCH, runs) if run.spec.duel]  # fmt: skip
    assert sorted(found) == [(0, 1), (2, 0), (2, 1), (3, 0), (3, 1)]


def test_the_newest_export_of_a_run_to_a_format_counts(
    store: Store, home: Home, runs: list[RunRecord]
) -> None:
    run = runs[-1]
    parts = {run.id: Part(DuelRole.MATCH, 3, 1)}
    assert list(read_exports(store, home, parts)) == []
    store.exports.add(run.id, export(home, run.id))
    failed = MANIFEST.with_check(replace(CHECK, problem="It is worse."))
    newer = replace(failed, created=MANIFEST.created + 1)
    second = store.exports.add(run.id, export(home, run.id, "onnx-2", newer))
    (found,) = read_exports(store, home, parts)
    assert (found.contestant, found.seed, found.run_id, found.format) == (3, 1, run.id, "onnx")
    assert (found.passed, found.problem) == (False, "It is worse.")
    assert found.figures == {"size_bytes": 1234.0, "difference": 1e-6}
    store.exports.trash([second.id])
    (found,) = read_exports(store, home, parts)
    assert found.figures == {
        "size_bytes": 1234.0, "latency_s": 1e-3, "throughput": 6400.0, "load_s": 0.1, "peak_bytes": 1e6, "difference": 1e-6,
    }  # fmt: skip


def test_an_export_whose_folder_is_gone_is_told_as_far_as_the_history_knows_it(
    store: Store, home: Home, runs: list[RunRecord]
) -> None:
    record = store.exports.add(runs[-1].id, export(home, runs[-1].id))
    (home.path / record.folder / "manifest.json").unlink()
    (found,) = read_exports(store, home, {runs[-1].id: Part(DuelRole.MATCH, 3, 1)})
    assert found.figures == {"size_bytes": 1234.0, "latency_s": 1e-3, "throughput": 6400.0}


def test_the_exports_of_a_duel_are_among_its_results(
    workbench: Workbench, home: Home, runs: list[RunRecord]
) -> None:
    (run,) = (r for r in runs if r.spec.duel and (r.spec.duel.role, r.spec.duel.contestant, r.spec.seed) == (DuelRole.MATCH, 3, 1))  # fmt: skip
    workbench.store.exports.add(run.id, export(home, run.id))
    (found,) = workbench.duels.results(workbench.duels.list()[0].record.id).exported
    assert (found.contestant, found.seed) == (3, 1)


class Door:
    """Stands for `Exports`: makes at once whatever it is asked for, and notes what that was."""

    def __init__(self, cancelled_after: int = 1000, missing: Sequence[str] = ()) -> None:
        self.asked: list[tuple[int, tuple[str, ...]]] = []
        self.measured: list[int] = []
        self.records: list[ExportRecord] = []
        self._missing = missing
        self._left = cancelled_after

    def cancelled(self) -> bool:
        return len(self.asked) >= self._left

    def list(self, run_ids: Iterable[int]) -> Sequence[ExportRecord]:
        return [one for one in self.records if one.run_id in set(run_ids)]

    def offers(self, run_id: int) -> Sequence[Offer]:
        return [
            Offer(one, "It is missing." if one.id in self._missing or "all" in self._missing else "")
            for one in formats_of(Framework.TENSORFLOW)
            if one.id in ("trained", "onnx", "litert")
        ]  # fmt: skip

    def export(
        self,
        run_id: int,
        formats: Sequence[str],
        *,
        measure: bool,
        on_progress: Callable[[ExportProgress], None],
        **_: Any,
    ) -> Sequence[Exported]:
        assert not measure
        self.asked.append((run_id, tuple(formats)))
        on_progress(ExportProgress("onnx", "making", "half way", 0.5))
        made = [ExportRecord(len(self.records) + at, run_id, name, name, Stage.NONE, 1, "", 1, name != "litert", None, None) for at, name in enumerate(formats)]  # fmt: skip
        self.records += made
        return [Exported(one.format, one, "" if one.passed else "It is worse.") for one in made]

    def measure(
        self, ids: Sequence[int], *, on_progress: Callable[[ExportProgress], None], **_: Any
    ) -> Sequence[Exported]:
        self.measured = list(ids)
        on_progress(ExportProgress("onnx", "measuring", "half way", 0.5))
        measured = [replace(self.records[at], latency_s=1.0) for at in ids]
        for one in measured:
            self.records[one.id] = one
        return [Exported(one.format, one) for one in measured]


def exported(
    door: Door, runs: Sequence[RunRecord], formats: Sequence[str] = ()
) -> tuple[list[tuple[RunRecord, Exported]], list[float]]:
    told: list[float] = []
    bench: Any = SimpleNamespace(exports=door)
    found = export_runs(bench, runs, formats, lambda _, fraction: told.append(fraction), lambda _: None, door.cancelled)  # fmt: skip
    return found, told


def test_all_that_can_be_made_is_made_and_what_passed_is_measured_at_the_end(
    runs: list[RunRecord],
) -> None:
    door = Door()
    found, told = exported(door, runs[-2:])
    assert [formats for _, formats in door.asked] == [("trained", "onnx", "litert")] * 2
    assert [door.records[at].format for at in door.measured] == ["trained", "onnx"] * 2
    assert [(run.id, one.format, one.record.latency_s if one.record else None) for run, one in found] == [
        (run.id, name, latency)
        for run in runs[-2:]
        for name, latency in (("trained", 1.0), ("onnx", 1.0), ("litert", None))
    ]  # fmt: skip
    assert told == sorted(told)
    assert told[-1] <= 1


def test_what_is_there_is_neither_made_nor_measured_again(runs: list[RunRecord]) -> None:
    door = Door()
    exported(door, runs[-1:], ["onnx"])
    assert door.asked == [(runs[-1].id, ("trained", "onnx"))]
    found, _ = exported(door, runs[-1:], ["onnx", "litert"])
    assert door.asked[-1] == (runs[-1].id, ("litert",))
    assert (door.measured, [one.format for _, one in found]) == ([], ["litert"])


def test_what_cannot_be_made_is_left_out_unless_it_is_asked_for(runs: list[RunRecord]) -> None:
    door = Door(missing=("litert",))
    exported(door, runs[-1:])
    exported(door, runs[-2:-1], ["litert"])
    assert [formats for _, formats in door.asked] == [("trained", "onnx"), ("trained", "litert")]


def test_when_it_is_cancelled_no_further_run_is_begun(runs: list[RunRecord]) -> None:
    door = Door(cancelled_after=1)
    exported(door, runs[-3:])
    assert len(door.asked) == 1


def test_a_duel_of_which_nothing_can_be_exported_is_refused_in_words(
    runs: list[RunRecord],
) -> None:
    with pytest.raises(WorkbenchError, match="nothing to export"):
        exported(Door(), [])
    with pytest.raises(WorkbenchError, match=r"cannot be exported\. It is missing"):
        exported(Door(missing=("all",)), runs[-1:])
