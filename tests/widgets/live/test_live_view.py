from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from runners.protocol import (
    Artifact,
    ArtifactKind,
    Outcome,
    Progress,
    Request,
    State,
)
from storage.home import Home
from storage.records import Evidence
from storage.store import Arrival, Series, Store
from tests.widgets.conftest import MakeRun
from tests.widgets.live.test_confusion import REPORT
from widgets.choices import Choices
from widgets.live.live_view import LiveView
from widgets.parts import ElidedLabel
from widgets.runs.columns import now
from workbench.session import Session

MakeView = Callable[[], LiveView]
MATRIX = Artifact("confusion matrix", ArtifactKind.CONFUSION_MATRIX, "artifacts/confusion.json")


@pytest.fixture
def make_view(qtbot: QtBot, session: Session, choices: Choices) -> MakeView:
    def make() -> LiveView:
        view = LiveView(session, choices)
        qtbot.addWidget(view)
        view.resize(800, 700)
        view.show()
        qtbot.waitExposed(view)
        return view

    return make


def points(start: int, stop: int) -> Series:
    steps = np.arange(start, stop)
    return Series(steps, 1.7e9 + steps, 1.0 / (1 + steps))


def test_without_a_run_it_says_what_to_do(make_view: MakeView) -> None:
    assert make_view().pages.currentIndex() == 0


def test_it_follows_a_run_that_grows(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("grows", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(lambda: view.pages.currentIndex() == 1)
    assert view.header.name.full == "grows"
    for stop in (100, 350, 1000):
        count = store.run(run.id).summary["loss"].count if stop > 100 else 0
        store.append(run.id, {"loss": points(count, stop)})
        qtbot.waitUntil(
            lambda stop=stop: (
                "loss" in view.grid.plots
                and view.grid.plots["loss"].note == f"{stop:,} of {stop:,} points"
            )
        )
    store.append(run.id, {"train/loss": points(0, 10), "val/loss": points(0, 10)})
    qtbot.waitUntil(lambda: len(view.grid.plots["loss"].curves) == 3)
    assert [curve.name for curve in view.grid.plots["loss"].curves] == ["each step", "train", "val"]


def test_progress_and_state_are_told(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("goes", State.RUNNING)
    view = make_view()
    store.take([Arrival(run.id, progress=Progress("training", 30, 120, 2, 8, 5120.0, 95.0))])
    qtbot.waitUntil(lambda: "step 30 of 120" in view.header.facts.full)
    facts = view.header.facts.full
    assert "epoch 2 of 8" in facts
    assert "1:35 left" in facts
    assert "5,120 samples/s" in facts
    assert view.header.bar.value() == 250
    store.set_state(
        run.id, State.FINISHED, "trained 120 steps", Evidence(ended=run.created + 9_000_000)
    )
    qtbot.waitUntil(lambda: view.header.state.text() == "Finished")
    assert view.header.facts.full.startswith("trained 120 steps")
    assert not view.header.stop.isVisible()


def test_the_button_stops_and_then_kills(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("stubborn", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(view.header.stop.isVisible)
    assert view.header.stop.text() == "Stop"
    qtbot.mouseClick(view.header.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.run(run.id).request is Request.STOP)
    qtbot.waitUntil(lambda: view.header.stop.text() == "Kill")
    qtbot.mouseClick(view.header.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.run(run.id).request is Request.KILL)
    qtbot.waitUntil(lambda: not view.header.stop.isEnabled())


def test_the_header_pauses_and_resumes(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("patient", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(view.header.pause.isVisible)
    qtbot.mouseClick(view.header.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.run(run.id).request is Request.PAUSE)
    store.set_state(run.id, State.PAUSED)
    qtbot.waitUntil(lambda: view.header.state.text() == "Paused")
    assert view.header.pause.text() == "Resume"
    qtbot.mouseClick(view.header.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.run(run.id).request is None)


def test_the_countdown_of_a_stop_goes_down_and_ends_with_the_run(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("slow", State.RUNNING)
    due = Evidence(deadline=now() + 60_000_000)
    store.set_state(run.id, State.STOPPING, "asked to stop", due)
    view = make_view()
    qtbot.waitUntil(lambda: "will be terminated in " in view.header.facts.full)
    first = view.header.facts.full
    qtbot.waitUntil(lambda: view.header.facts.full != first)
    assert view.header.stop.text() == "Kill"
    store.set_state(run.id, State.STOPPED, "stopped by the user at step 5")
    qtbot.waitUntil(view.header.retry.isVisible)
    assert not view.header.clock.isActive()
    with qtbot.waitSignal(view.extend_wanted) as wanted:
        qtbot.mouseClick(view.header.extend, Qt.MouseButton.LeftButton)
    assert wanted.args == [run.id]


def test_the_curve_of_a_resumed_run_goes_back_and_on(
    make_view: MakeView, make_run: MakeRun, store: Store, session: Session, qtbot: QtBot
) -> None:
    run = make_run("again", State.RUNNING)
    steps = np.arange(1, 101)
    store.append(run.id, {"train/loss": Series(steps, steps * 1.0, steps * 1.0)})
    view = make_view()
    session.select([run.id])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "train/loss")) == 100)
    store.set_state(run.id, State.STOPPED, "stopped by the user at step 100")
    store.resume_run(run.id)
    store.set_state(run.id, State.RUNNING)
    more = np.arange(61, 71)
    late = Series(more, more + 500.0, more * 2.0)
    store.take([Arrival(run.id, series={"train/loss": late}, rewind_to=60)])
    qtbot.waitUntil(lambda: len(session.curve(run.id, "train/loss")) == 70)
    curve = session.curve(run.id, "train/loss", whole=True)
    assert list(curve.steps[-11:]) == list(range(60, 71))
    assert curve.values[-1] == 140.0
    qtbot.waitUntil(lambda: "attempt 2" in view.header.facts.full)
    qtbot.waitUntil(lambda: any("70 of 70" in words for words in notes(view)))


def notes(view: LiveView) -> list[str]:
    """What the plots say of how much they show."""
    return [each.full for each in view.grid.findChildren(ElidedLabel)]


def test_the_selected_run_goes_before_the_newest_active_one(
    make_view: MakeView, make_run: MakeRun, session: Session, qtbot: QtBot
) -> None:
    old = make_run("old")
    make_run("new", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(lambda: view.header.name.full == "new")
    session.select([old.id])
    assert view.header.name.full == "old"
    session.select([])
    assert view.header.name.full == "new"


def test_a_failed_run_shows_its_reason_and_the_end_of_its_traceback(
    make_view: MakeView, make_run: MakeRun, session: Session, home_path: Path, qtbot: QtBot
) -> None:
    run = make_run("broken", State.FAILED)
    lines = [f"line {n}" for n in range(50)] + ["ValueError: the loss became nan"]
    Home(home_path).run_folder(run.id).write_outcome(
        Outcome(State.FAILED, "as made", 1, 0, "ValueError", "\n".join(lines))
    )
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    view = make_view()
    qtbot.waitUntil(lambda: view.failure.trace.toPlainText().endswith("the loss became nan"))
    assert view.failure.isVisible()
    assert view.failure.reason.text() == "as made"
    assert "line 49" in view.failure.trace.toPlainText()
    assert "line 3\n" not in view.failure.trace.toPlainText()


def test_a_killed_run_shows_the_end_of_its_log(
    make_view: MakeView, make_run: MakeRun, session: Session, home_path: Path, qtbot: QtBot
) -> None:
    run = make_run("killed", State.KILLED)
    Home(home_path).run_folder(run.id).log.write_text("begins\nlast words\n")
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    view = make_view()
    qtbot.waitUntil(lambda: view.failure.trace.toPlainText() == "begins\nlast words")


def test_the_confusion_matrix_appears_when_it_is_there(
    make_view: MakeView, make_run: MakeRun, store: Store, home_path: Path, qtbot: QtBot
) -> None:
    run = make_run("tested", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(lambda: view.pages.currentIndex() == 1)
    assert not view.outputs.tabs.isTabVisible(1)
    folder = Home(home_path).run_folder(run.id)
    folder.artifacts.mkdir(exist_ok=True)
    (folder.artifacts / "confusion.json").write_text(json.dumps(REPORT))
    store.take([Arrival(run.id, artifacts=(MATRIX,))])
    store.set_state(run.id, State.FINISHED, "done")
    qtbot.waitUntil(lambda: view.outputs.tabs.isTabVisible(1))
    assert view.outputs.confusion.model.rowCount() == 2
    qtbot.waitUntil(lambda: view.outputs.tabs.tabRect(1).right() < view.outputs.tabs.width())


def test_texts_and_pictures_are_followed_while_they_come(
    make_view: MakeView, make_run: MakeRun, store: Store, home_path: Path, qtbot: QtBot
) -> None:
    run = make_run("writes", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(lambda: view.pages.currentIndex() == 1)
    shown, texts = view.outputs, view.outputs.kept[ArtifactKind.TEXT]
    folder = Home(home_path).run_folder(run.id)
    folder.artifacts.mkdir(exist_ok=True)

    def keep(step: int) -> None:
        (folder.artifacts / f"{step}.txt").write_text(f"written at {step}")
        kept = Artifact(f"texts/sample/{step}", ArtifactKind.TEXT, f"artifacts/{step}.txt", step)
        store.take([Arrival(run.id, artifacts=(kept,))])
        store.append(run.id, {"loss": points(step, step + 1)})

    def said(step: int) -> bool:
        return any(f"written at {step}" in each.text() for each in texts.findChildren(QLabel))

    keep(1)
    qtbot.waitUntil(lambda: 0 < shown.tabs.tabRect(3).right() < shown.tabs.width())
    assert not shown.tabs.isTabVisible(2)
    shown.tabs.setCurrentIndex(3)
    qtbot.waitUntil(lambda: said(1))
    keep(2)
    qtbot.waitUntil(lambda: said(2))


def test_a_damaged_confusion_matrix_is_told_and_the_rest_stays(
    make_view: MakeView,
    make_run: MakeRun,
    store: Store,
    session: Session,
    home_path: Path,
    qtbot: QtBot,
) -> None:
    run = make_run("damaged")
    folder = Home(home_path).run_folder(run.id)
    folder.artifacts.mkdir(exist_ok=True)
    (folder.artifacts / "confusion.json").write_text("{")
    store.take([Arrival(run.id, artifacts=(MATRIX,))])
    qtbot.waitUntil(lambda: run.id in session.runs)
    session.select([run.id])
    with qtbot.waitSignal(session.failed):
        view = make_view()
    assert view.header.name.full == "damaged"
    assert not view.outputs.tabs.isTabVisible(1)


def test_choices_about_plots_are_remembered(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("any", State.RUNNING)
    store.append(run.id, {"loss": points(0, 10), "epoch_s": points(0, 3)})
    view = make_view()
    qtbot.waitUntil(lambda: "loss" in view.grid.plots)
    assert "epoch_s" not in view.grid.plots
    view.grid.toolbar.chosen.emit("epoch_s", True)
    view.grid.toolbar.log_y.setChecked(True)
    qtbot.waitUntil(lambda: view.grid.plots["epoch_s"].note == "3 of 3 points")
    again = make_view()
    qtbot.waitUntil(lambda: "epoch_s" in again.grid.plots)
    assert again.grid.toolbar.log_y.isChecked()


def test_out_of_sight_it_asks_for_nothing(
    make_view: MakeView, make_run: MakeRun, store: Store, session: Session, qtbot: QtBot
) -> None:
    first, second = make_run("first"), make_run("second")
    for run in (first, second):
        store.append(run.id, {"loss": points(0, 10)})
    qtbot.waitUntil(
        lambda: (
            all(
                "loss" in session.runs[run.id].summary
                for run in (first, second)
                if run.id in session.runs
            )
            and len(session.runs) == 2
        )
    )
    view = make_view()
    session.select([first.id])
    view.hide()
    session.select([second.id])
    assert view.header.name.full == "first"
    view.show()
    assert view.header.name.full == "second"


def test_a_run_that_ends_while_it_is_watched_stays(
    make_view: MakeView, make_run: MakeRun, store: Store, qtbot: QtBot
) -> None:
    run = make_run("ends", State.RUNNING)
    view = make_view()
    qtbot.waitUntil(lambda: view.header.state.text() == "Running")
    store.set_state(run.id, State.FINISHED, "done")
    qtbot.waitUntil(lambda: view.header.state.text() == "Finished")
    assert view.pages.currentIndex() == 1
