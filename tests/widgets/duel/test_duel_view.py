from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from runners.datasets import prepare_dataset
from runners.protocol import FRAMEWORKS, Request, State
from storage.records import Evidence
from storage.store import Store
from tests.widgets.duel.conftest import MATCH
from widgets.duel.actions import FORMATS, SeedsDialog
from widgets.duel.duel_page import CODE, FAIRNESS, FIGURES, RUNS, VERDICT
from widgets.duel.duel_view import BESIDE, FORM, HOME, PAGE, DuelView
from widgets.duel.figure_chart import FigureChart
from widgets.duel.reading import Reading
from widgets.duel.run_table import RunTable, placed
from workbench.duel import files
from workbench.duel.figures import Row
from workbench.duel.match import Match, Scaling
from workbench.duel.results import Results
from workbench.session import Session

Judge = Callable[[Results], Reading]


def start(qtbot: QtBot, view: DuelView, match: Match = MATCH) -> str:
    """Start a duel by the form, and return its id when its page is in sight."""
    view.new_duel()
    view.form.load(match)
    qtbot.waitUntil(view.form.footer.start_button.isEnabled)
    with qtbot.waitSignal(view.form.started) as told:
        qtbot.mouseClick(view.form.footer.start_button, Qt.MouseButton.LeftButton)
    duel = str(told.args[0])
    qtbot.waitUntil(lambda: view.page.state is not None and view.page.state.record.id == duel)
    return duel


def finish(store: Store, duel: str) -> None:
    """Let its runs end as if they had trained."""
    for run in store.duels.runs(duel):
        store.set_state(run.id, State.RUNNING, evidence=Evidence(started=run.created))
        ended = Evidence(ended=run.created + 4_000_000)
        store.set_state(run.id, State.FINISHED, "as made", ended)


def obey(qtbot: QtBot, store: Store, duel: str) -> None:
    """Stop its runs as the scheduler would, once that is asked for."""
    qtbot.waitUntil(lambda: all(run.request is Request.STOP or run.state.final for run in store.duels.runs(duel)))  # fmt: skip
    for run in store.duels.runs(duel):
        if not run.state.final:
            store.set_state(run.id, State.STOPPED, "as asked", Evidence(ended=run.created))


def open_results(qtbot: QtBot, view: DuelView, results: Results, folder: Path) -> None:
    path = folder / "duel.json"
    path.write_text(files.to_json(results), encoding="utf-8")
    with qtbot.waitSignal(view.source.read):
        view.actions_of.open_file(path)


def test_where_there_is_no_duel_the_view_says_what_one_is_and_offers_to_make_it(
    qtbot: QtBot, view: DuelView, session: Session
) -> None:
    unread = DuelView(session)
    qtbot.addWidget(unread)
    assert unread._home_pages.currentWidget() is not unread._empty
    qtbot.waitUntil(lambda: view._home_pages.currentWidget() is view._empty)
    qtbot.mouseClick(view.new, Qt.MouseButton.LeftButton)
    assert view.pages.currentIndex() == FORM
    view.form.form.load(MATCH)
    view.form.check()
    assert "6 trainings and 2 proofs" in view.form.footer._line.full
    assert "not known" in view.form.footer._line.full


def test_what_cannot_be_trained_is_told_beside_the_field_and_not_started(
    qtbot: QtBot, view: DuelView, store: Store
) -> None:
    view.new_duel()
    view.form.load(replace(MATCH, contestants=MATCH.contestants[:1]))
    assert not view.form.footer.start_button.isEnabled()
    assert "two contestants or more" in view.form.form.contestants.problem.text()
    view.form.load(replace(MATCH, dataset="titanic-2"))
    assert "Dataset" in view.form.footer._line.full
    view.start()
    assert not store.duels.list()


def test_a_duel_is_started_stopped_resumed_extended_renamed_and_deleted_from_its_page(
    qtbot: QtBot, view: DuelView, store: Store, session: Session
) -> None:
    duel = start(qtbot, view)
    page = view.page
    assert page.tabs.currentIndex() == RUNS
    qtbot.waitUntil(lambda: len(page.runs.match_runs) == 6)
    assert (page.runs.table.rowCount(), page.runs.table.columnCount()) == (2, 4)
    assert page.said.full == "queued, 0 of 8"
    page.stop.click()
    obey(qtbot, store, duel)
    qtbot.waitUntil(lambda: page.said.full.startswith("stopped"))
    page.resume.click()
    qtbot.waitUntil(lambda: page.said.full == "queued, 0 of 8")
    page.extend.click()
    dialog = view.findChild(SeedsDialog)
    assert dialog is not None
    dialog.seeds.setValue(2)
    assert "4 more trainings" in dialog.cost.text()
    dialog.accept()
    qtbot.waitUntil(lambda: page.runs.table.columnCount() == 6)
    assert len(page.state.match.seeds) == 5 if page.state else False
    view.actions_of._do(lambda workbench: workbench.duels.rename(duel, "renamed"), "")
    qtbot.waitUntil(lambda: page.name.full == "renamed")
    page.stop.click()
    obey(qtbot, store, duel)
    qtbot.waitUntil(lambda: page.said.full.startswith("stopped"))
    with qtbot.waitSignal(session.notice) as told:
        page.action_wanted.emit("delete")
    qtbot.waitUntil(lambda: view.pages.currentIndex() == HOME)
    assert store.duels.list() == []
    told.args[1]()
    qtbot.waitUntil(lambda: view.list.count() == 1)


def test_why_trainings_cannot_be_exported_is_told_and_the_work_is_over(
    qtbot: QtBot, view: DuelView, store: Store, session: Session
) -> None:
    duel = start(qtbot, view)
    with qtbot.waitSignal(session.failed) as told:
        view.page.action_wanted.emit("export_runs")
        assert view.page.work.is_busy
    assert "nothing to export" in told.args[0]
    assert view.page.work.isHidden()
    finish(store, duel)
    with qtbot.waitSignal(session.failed) as told:
        view.page.figures.export.click()
    assert "has no checkpoint" in told.args[0]
    qtbot.waitUntil(lambda: not view.page.work.is_busy)


def test_a_duel_is_opened_from_the_list_by_the_keyboard_and_its_runs_lead_to_other_views(
    qtbot: QtBot, view: DuelView, store: Store
) -> None:
    duel = start(qtbot, view)
    finish(store, duel)
    qtbot.waitUntil(lambda: view.page.said.full == "finished")
    view.show_home()
    qtbot.waitUntil(lambda: view.list.current is not None)
    qtbot.keyClick(view.list, Qt.Key.Key_Return)
    assert view.pages.currentIndex() == PAGE
    qtbot.waitUntil(lambda: view.page.reading is not None)
    assert not view.page.resume.isVisible()
    view.page.tabs.setCurrentIndex(RUNS)
    qtbot.waitUntil(lambda: len(view.page.runs.match_runs) == 6)
    with qtbot.waitSignal(view.compare_wanted) as compared:
        view.page.runs.compare.click()
    assert len(compared.args[0]) == 6
    view.page.runs.table.setCurrentCell(1, 2)
    with qtbot.waitSignal(view.run_wanted) as wanted:
        qtbot.keyClick(view.page.runs.table, Qt.Key.Key_Return)
    part = store.run(wanted.args[0]).spec
    assert part.duel is not None
    assert (part.duel.contestant, part.seed) == (1, 1)


def test_runs_that_scale_stand_beside_the_trainings_and_not_in_their_places(
    qtbot: QtBot, session: Session, home_path: Path, store: Store
) -> None:
    scaled = replace(MATCH, scaling=Scaling((64, 16), (1, 2)))
    prepare_dataset("digits", home_path / "datasets")
    session.call(lambda workbench: workbench.duels.start(scaled), lambda _: None)
    qtbot.waitUntil(lambda: len(store.duels.list()) == 1)
    duel = store.duels.list()[0].id
    runs = placed(scaled, store.duels.runs(duel), duel)
    assert len(runs) == len(store.duels.runs(duel)) == 2 * (1 + 3 + 4)
    table = RunTable()
    qtbot.addWidget(table)
    table.show_runs(scaled, runs)
    heads = [table.horizontalHeaderItem(at) for at in range(table.columnCount())]
    assert [head.text() for head in heads if head] == [
        "Proof", "Seed 0", "Seed 1", "Seed 2", "Batch 16", "Batch 64", "Threads 1", "Threads 2",
    ]  # fmt: skip
    with qtbot.waitSignal(table.opened) as opened:
        table.setCurrentCell(1, 5)
        qtbot.keyClick(table, Qt.Key.Key_Return)
    spec = store.run(opened.args[0]).spec
    assert spec.parameters["batch_size"] == 64
    assert spec.duel is not None
    assert (spec.duel.contestant, spec.duel.scaled) == (1, "batch_size")


def test_earlier_runs_tell_how_long_the_next_duel_will_take(
    qtbot: QtBot, view: DuelView, store: Store, session: Session
) -> None:
    duel = start(qtbot, view)
    finish(store, duel)
    qtbot.waitUntil(lambda: view.page.said.full == "finished")
    view.page.action_wanted.emit("again")
    assert view.pages.currentIndex() == FORM
    asked = view.form.form.asked().match
    assert asked is not None
    assert replace(asked, name="") == MATCH


def test_a_file_shows_the_verdict_of_another_machine_and_can_be_run_again_here(
    qtbot: QtBot, view: DuelView, results: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, results, tmp_path)
    page = view.page
    assert not page.tabs.isTabVisible(RUNS)
    assert page.verdict.alarm.isHidden()
    assert "ahead in" in page.verdict.headline.text()
    assert [row[0] for row in page.verdict.table.texts] == [each.value.capitalize() for each in Row]
    assert page.stop.isHidden()
    page.again.click()
    asked = view.form.form.asked().match
    assert asked is not None
    assert asked.contestants == results.match.contestants


def test_weights_change_what_the_frameworks_come_to_at_once(
    qtbot: QtBot, view: DuelView, results: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, results, tmp_path)
    panel = view.page.verdict.panel
    before = dict(panel.bars.totals[0].shares)
    with qtbot.waitSignal(view.source.read):
        panel.sliders[Row.SPEED].setValue(0)
    assert panel.profiles.value == "own"
    assert panel.bars.totals[0].profile == "own"
    assert dict(panel.bars.totals[0].shares) != before
    assert {each.profile for each in panel.bars.totals} > {"research", "production", "edge", "teaching"}  # fmt: skip
    with qtbot.waitSignal(view.source.read):
        panel.profiles._buttons["teaching"].click()
    assert panel.bars.totals[0].profile == "teaching"


def test_something_always_weighs(
    qtbot: QtBot, view: DuelView, results: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, results, tmp_path)
    panel = view.page.verdict.panel
    for slider in panel.sliders.values():
        slider.setValue(0)
    assert sum(panel.weights.values()) > 0


def test_a_duel_whose_proof_failed_says_so_in_red_and_names_no_winner(
    qtbot: QtBot, view: DuelView, unproved: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, unproved, tmp_path)
    verdict = view.page.verdict
    assert not verdict.alarm.isHidden()
    assert "not proved" in verdict.alarm_words.text()
    assert verdict.alarm_words.property("role") == "error"
    assert not any(framework.display_name in row[1] for row in verdict.table.texts for framework in FRAMEWORKS)  # fmt: skip
    assert verdict.panel.bars.isHidden()
    fairness = view.page.fairness
    assert fairness.sentence.property("role") == "error"
    assert any("failed" in row[1] for row in fairness.table.texts)


def test_every_page_shows_the_same_results(
    qtbot: QtBot, view: DuelView, results: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, results, tmp_path)
    page = view.page
    for place in (VERDICT, FAIRNESS, FIGURES, CODE):
        page.tabs.setCurrentIndex(place)
        assert page._pages.currentIndex() == place
    charts = page.figures.cards._items
    assert "Training speed" in [each.accessibleName() for each in charts]
    assert len(page.figures.steps.shapes) == len(results.match.contestants)
    page.figures.rows.set_value(Row.FLEXIBILITY.value)
    assert page.figures.plots.isHidden()
    assert "lines of code" in page.code.facts.text()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_duel_is_saved_in_every_format(
    qtbot: QtBot, view: DuelView, session: Session, results: Results, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"saved.{kind}"
    with qtbot.waitSignal(session.notice):
        view.actions_of.write(path, results, view.page.verdict.weights)
    text = path.read_text("utf-8")
    assert "TensorFlow" in text or "tensorflow" in text
    if kind == "json":
        assert json.loads(text)["results"]["name"] == results.name


def test_two_duels_are_laid_beside_each_other(
    qtbot: QtBot, view: DuelView, results: Results, tmp_path: Path
) -> None:
    open_results(qtbot, view, results, tmp_path)
    other = tmp_path / "other.json"
    other.write_text(files.to_json(replace(results, name="On a laptop")), encoding="utf-8")
    view.actions_of.open_file(other, beside=True)
    qtbot.waitUntil(lambda: "On a laptop" in view.beside.text.markdown)
    assert view.pages.currentIndex() == BESIDE
    charts = view.beside.findChildren(FigureChart)
    assert [chart.figure.name for chart in charts] == ["test/accuracy", "samples_per_s", "memory_peak"]  # fmt: skip
    assert [bar.name for bar in charts[0].bars[:3]] == ["PyTorch, 1st", "PyTorch, 2nd", "torch.compile, 1st"]  # fmt: skip
    view.beside.back.click()
    assert view.pages.currentIndex() == PAGE


def test_a_file_that_is_no_duel_is_told_and_changes_nothing(
    qtbot: QtBot, view: DuelView, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "nothing.json"
    path.write_text("[1, 2]", encoding="utf-8")
    with qtbot.waitSignal(session.failed) as told:
        view.actions_of.open_file(path)
    assert "nothing.json cannot be opened" in told.args[0]
    assert view.pages.currentIndex() == HOME
