from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from runners.protocol import State
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
