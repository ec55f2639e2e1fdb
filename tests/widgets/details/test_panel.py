from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.arrivals import Arrival
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.details.panel import DetailsPanel
from widgets.parts import ElidedLabel
from workbench.session import Session


def words(panel: DetailsPanel) -> list[str]:
    labels = panel.findChildren(QLabel)
    return [each.full if isinstance(each, ElidedLabel) else each.text() for each in labels]


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
    qtbot.waitUntil(lambda: told() != first, timeout=10_000)
    store.set_stalled(run.id, None)
    qtbot.waitUntil(lambda: not panel.clock.isActive())
    assert "Running · stalled" not in words(panel)


def test_of_several_runs_the_current_one_is_shown_and_the_others_are_counted(
    qtbot: QtBot, session: Session, make_run: MakeRun
) -> None:
    panel = DetailsPanel(session)
    qtbot.addWidget(panel)
    one, two, three = (make_run(name) for name in ("one", "two", "three"))
    qtbot.waitUntil(lambda: len(session.runs) == 3)
    session.select([two.id, one.id, three.id])
    assert "two" in words(panel)
    assert f"#{two.id} and 2 more selected" in words(panel)
