from __future__ import annotations

from dataclasses import replace
from math import nan
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.arrivals import Arrival
from storage.records import MetricSummary
from storage.store import Store
from tests.imported import import_table
from tests.widgets.conftest import MakeRun
from widgets.chip import Chip
from widgets.details import common, facts
from widgets.details.panel import DetailsPanel
from widgets.parts import ElidedLabel
from workbench.session import Session


def words(panel: QWidget) -> list[str]:
    labels = panel.findChildren(QLabel)
    found = [each.full if isinstance(each, ElidedLabel) else each.text() for each in labels]
    return [each.replace("\u200b", "") for each in found]  # where a name may be broken


def test_it_tells_state_reason_result_spec_and_folder_of_the_selected_run(
    qtbot: QtBot, session: Session, make_run: MakeRun
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    run = make_run("mine", State.FAILED, result=0.8125, tags=("wide",))
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    told = words(panel)
    for expected in ("mine", "Failed", "as made", "0.8125", "mlp", "learning_rate", "0.1", "wide"):
        assert expected in told
    assert any("000001" in each for each in told)


def test_it_follows_the_run_as_it_changes(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    run = make_run("mine", State.RUNNING)
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    assert "Running" in words(panel)
    store.set_state(run.id, State.FINISHED, "trained 10 steps")
    store.set_environment(run.id, {"python": "3.11.2", "packages": {"torch": "2.13.0"}})
    qtbot.waitUntil(lambda: "torch 2.13.0" in words(panel))
    assert "Finished" in words(panel)
    assert "trained 10 steps" in words(panel)


def test_readings_of_the_machine_stand_apart_from_the_results_in_words_and_with_units(
    make_run: MakeRun,
) -> None:
    values = {"loss": 0.5, "system/clock_mhz": 2596.0, "system/disk_read_bytes_per_s": 72_900.0, "system/memory_bytes": nan}  # fmt: skip
    summary = {
        name: MetricSummary(value, 1, value, value, value, 1) for name, value in values.items()
    }
    run = replace(make_run("mine"), summary=summary)
    assert facts.metrics(run) == [("loss", "0.5000", "0.5000")]
    told = {name: value.replace("\u00a0", " ") for name, value in facts.machine(run).items()}
    assert told == {"Clock, CPU": "2,596 MHz", "Disk, read": "72.9 KB/s", "Memory, process": "NaN"}


def test_its_history_stands_there_oldest_first_and_grows(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    run = make_run("mine", State.STOPPED)
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    qtbot.waitUntil(lambda: panel.history.texts[:1] == ["Queued"])
    store.note(run.id, "no process left; <b>GPU</b> memory back to 1 GB")
    qtbot.waitUntil(
        lambda: panel.history.texts[-1:] == ["No process left; <b>GPU</b> memory back to 1 GB"]
    )


def test_the_run_that_it_came_from_is_one_click_away(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    first = make_run("R&D <b>x</b>", State.FAILED)
    again = store.create_run(first.spec, name="again", parent=first.id)
    qtbot.waitUntil(lambda: len(session.runs) == 2)
    session.select([again.id])
    assert panel.lineage.text() == "From R&&D <b>x</b>"
    with qtbot.waitSignal(panel.run_wanted) as wanted:
        qtbot.mouseClick(panel.lineage, Qt.MouseButton.LeftButton)
    assert wanted.args == [first.id]
    session.select([first.id])
    assert not panel.lineage.isVisible()


def test_damaged_bytes_are_a_warning(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    run = make_run("mine")
    store.take([Arrival(run.id, damaged_bytes=1500)])
    qtbot.waitUntil(lambda: run.id in session.runs and session.runs[run.id].damaged_bytes > 0)
    session.select([run.id])
    assert any("1.5 KB of its event files are damaged" in each for each in words(panel))


def test_the_time_without_a_sign_of_life_grows_while_it_is_in_sight(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    run = make_run("mine", State.RUNNING)
    store.set_stalled(run.id, run.created - 42_000_000)
    qtbot.waitUntil(lambda: run.id in session.runs and bool(session.runs[run.id].stalled))
    session.select([run.id])
    assert "Running · stalled" in words(panel)

    def told() -> str:
        return next(each for each in words(panel) if each.startswith("no sign of life for "))

    first = told()
    qtbot.waitUntil(lambda: told() != first)
    store.set_stalled(run.id, None)
    qtbot.waitUntil(lambda: not panel.clock.isActive())
    assert "Running · stalled" not in words(panel)


def test_of_several_runs_it_tells_what_they_have_in_common_and_what_differs(
    qtbot: QtBot, session: Session, make_run: MakeRun
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    runs = [
        make_run(f"run {rate}", result=rate, parameters={"epochs": 3, "learning_rate": rate})
        for rate in (0.1, 0.01)
    ]
    qtbot.waitUntil(lambda: len(session.runs) == 2)
    session.select([run.id for run in runs])
    told = words(panel.several)
    assert "2 runs selected" in told
    assert "0.1, 0.01" in told
    assert "0.0100 to 0.1000" in told
    same, different = common.compare(runs)
    assert same["epochs"] == "3"
    assert list(different) == ["learning_rate"]


def test_what_differs_in_many_ways_is_cut_short(make_run: MakeRun) -> None:
    runs = [make_run("one", seed=seed) for seed in range(9)]
    assert common.compare(runs)[1] == {"Seed": "0, 1, 2, 3 …"}


def test_a_note_is_written_and_kept_though_another_run_is_selected_meanwhile(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    one, two = make_run("one"), make_run("two")
    qtbot.waitUntil(lambda: len(session.runs) == 2)
    session.select([one.id])
    panel.edit_note()
    qtbot.keyClicks(panel.note.editor, "half a sen")
    session.select([two.id])
    qtbot.waitUntil(lambda: store.run(one.id).note == "half a sen")
    assert store.run(two.id).note == ""
    session.select([one.id])
    panel.edit_note()
    qtbot.keyClicks(panel.note.editor, "Now ")
    session.select([one.id, two.id])
    qtbot.waitUntil(lambda: store.run(one.id).note == "Now half a sen")


def test_star_and_tags_are_edited_where_they_stand_and_taken_back(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    run = make_run("mine", tags=("wide",))
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    marks = panel.marks
    assert not marks.tags.line.isVisible()
    with qtbot.waitSignal(session.notice) as told:
        qtbot.mouseClick(marks.star, Qt.MouseButton.LeftButton)
    assert store.run(run.id).starred
    told.args[1]()
    qtbot.waitUntil(lambda: not store.run(run.id).starred)
    qtbot.mouseClick(marks.tags.plus, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(marks.tags.line, "deep, wide, final")
    qtbot.keyClick(marks.tags.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: store.run(run.id).tags == ("wide", "deep", "final"))
    qtbot.waitUntil(lambda: marks.tags.texts == ["wide", "deep", "final"])
    chip = next(each for each in marks.tags.findChildren(Chip) if each.text == "deep")
    qtbot.mouseClick(chip.cross, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.run(run.id).tags == ("wide", "final"))


def test_a_tag_that_some_of_the_runs_have_is_mixed_and_given_to_all_by_a_click(
    qtbot: QtBot, session: Session, make_run: MakeRun, store: Store
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    one, two = make_run("one", tags=("both", "some")), make_run("two", tags=("both",))
    qtbot.waitUntil(lambda: len(session.runs) == 2)
    session.select([one.id, two.id])
    chips = {each.text: each for each in panel.several.marks.tags.findChildren(Chip)}
    assert not chips["both"].property("mixed")
    assert chips["some"].property("mixed")
    chips["some"].chosen.emit()
    qtbot.waitUntil(lambda: store.run(two.id).tags == ("both", "some"))
    with qtbot.waitSignal(panel.filter_wanted) as wanted:
        chips["both"].chosen.emit()
    assert wanted.args == ["tag", "both"]


def test_a_run_whose_dataset_has_changed_since_says_so(
    qtbot: QtBot, session: Session, make_run: MakeRun, home_path: Path
) -> None:
    datasets = home_path / "datasets"
    first = import_table(datasets, "mine", seed=1)
    run = make_run("old", dataset="mine", dataset_hash=first.sha256)
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    import_table(datasets, "mine", seed=2)
    session.select([])
    session.select([run.id])
    qtbot.waitUntil(panel._data.isVisible)
    assert "has changed since" in panel._data.text()
    assert "is kept" in panel._data.text()
