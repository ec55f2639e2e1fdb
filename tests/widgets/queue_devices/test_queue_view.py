from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from runners.protocol import Request, State
from storage.store import Store
from tests.widgets.conftest import MakeRun
from widgets.queue_devices.queue_model import ALONE, HELD, PRIORITY, WAITS
from widgets.queue_devices.queue_view import QueueView
from workbench.session import Session


@pytest.fixture
def view(qtbot: QtBot, make_run: MakeRun, session: Session) -> QueueView:
    for name in ("first", "second", "third"):
        make_run(name, State.QUEUED)
    made = QueueView(session)
    qtbot.addWidget(made)
    made.resize(400, 200)
    made.show()
    qtbot.waitUntil(lambda: names(made) == ["first", "second", "third"])
    return made


def names(view: QueueView) -> list[str]:
    return [view.model.run(row).name for row in range(view.model.rowCount())]


def choose(view: QueueView, row: int) -> None:
    view.list.setCurrentIndex(view.model.index(row, 0))


def test_alt_and_an_arrow_move_the_chosen_run_and_keep_it_chosen(
    qtbot: QtBot, view: QueueView, store: Store
) -> None:
    choose(view, 0)
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(view.list, Qt.Key.Key_Down, alt)
    qtbot.waitUntil(lambda: names(view) == ["second", "first", "third"])
    qtbot.keyClick(view.list, Qt.Key.Key_Down, alt)
    qtbot.waitUntil(lambda: names(view) == ["second", "third", "first"])
    qtbot.keyClick(view.list, Qt.Key.Key_Up, alt)
    qtbot.waitUntil(lambda: names(view) == ["second", "first", "third"])
    assert [run.name for run in store.queue()] == names(view)


def test_the_buttons_move_too_and_know_the_ends(qtbot: QtBot, view: QueueView) -> None:
    choose(view, 2)
    assert view.up.isEnabled()
    assert not view.down.isEnabled()
    qtbot.mouseClick(view.up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(view) == ["first", "third", "second"])
    assert view.down.isEnabled()


@pytest.mark.parametrize(
    ("dragged", "dropped_at", "wanted"),
    [
        (2, 0, ["third", "first", "second"]),
        (0, 3, ["second", "third", "first"]),
        (0, 2, ["second", "first", "third"]),
    ],
)
def test_a_dragged_run_goes_where_it_is_dropped(
    qtbot: QtBot, view: QueueView, dragged: int, dropped_at: int, wanted: list[str]
) -> None:
    data = view.model.mimeData([view.model.index(dragged, column) for column in range(3)])
    view.model.dropMimeData(data, Qt.DropAction.MoveAction, dropped_at, 0, QModelIndex())
    qtbot.waitUntil(lambda: names(view) == wanted)


def test_several_dragged_runs_go_together_and_stay_chosen(
    qtbot: QtBot, view: QueueView, session: Session
) -> None:
    first, third = view.model.run(0).id, view.model.run(2).id
    session.select([third, first])
    assert view.list.selected_runs() == [first, third]
    data = view.model.mimeData([view.model.index(row, 0) for row in (2, 0)])
    view.model.dropMimeData(data, Qt.DropAction.MoveAction, 3, 0, QModelIndex())
    qtbot.waitUntil(lambda: names(view) == ["second", "first", "third"])
    assert view.list.selected_runs() == [first, third]
    assert set(session.selection) == {first, third}


def test_a_run_that_is_put_among_others_gets_their_priority(
    qtbot: QtBot, view: QueueView, store: Store
) -> None:
    second = view.model.run(1).id
    store.set_queue_options([second], priority=3)
    qtbot.waitUntil(lambda: names(view) == ["second", "first", "third"])
    choose(view, 2)
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(view.list, Qt.Key.Key_Up, alt)
    qtbot.waitUntil(lambda: names(view) == ["second", "third", "first"])
    assert view.model.run(1).options.priority == 0
    qtbot.keyClick(view.list, Qt.Key.Key_Up, alt)
    qtbot.waitUntil(lambda: names(view) == ["third", "second", "first"])
    assert view.model.run(0).options.priority == 3


def test_what_a_run_waits_by_is_told_in_icons_with_words(
    qtbot: QtBot, view: QueueView, store: Store
) -> None:
    run_id = view.model.run(0).id
    store.set_queue_options([run_id], held=True, alone=True, priority=2)
    store.set_waiting(run_id, "waits for cuda:0: run 12 (other) trains there")
    qtbot.waitUntil(lambda: view.model.run(0).reason != "")

    def cell(column: int, role: Qt.ItemDataRole) -> object:
        return view.model.index(0, column).data(role)

    assert cell(PRIORITY, Qt.ItemDataRole.DisplayRole) == "+2"
    assert cell(WAITS, Qt.ItemDataRole.DisplayRole) == "cuda:0: run 12 (other) trains there"
    for column in (HELD, ALONE):
        assert cell(column, Qt.ItemDataRole.DecorationRole)
        assert cell(column, Qt.ItemDataRole.ToolTipRole)
        assert cell(column, Qt.ItemDataRole.AccessibleTextRole)
        assert view.model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_the_held_queue_says_so_and_is_released_by_its_button(
    qtbot: QtBot, view: QueueView, store: Store
) -> None:
    assert not view.hold_bar.isVisible()
    qtbot.mouseClick(view.hold_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(view.hold_bar.isVisible)
    assert store.setting("queue.held") is True
    qtbot.mouseClick(view.hold_bar.release, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not view.hold_bar.isVisible())
    assert not store.setting("queue.held")


def test_a_chosen_run_that_starts_stays_selected_elsewhere(
    qtbot: QtBot, view: QueueView, store: Store, session: Session
) -> None:
    first, second = view.model.run(0).id, view.model.run(1).id
    session.select([first, second])
    store.set_state(first, State.STARTING)
    qtbot.waitUntil(lambda: names(view) == ["second", "third"])
    assert view.list.selected_runs() == [second]
    assert session.selection == (first, second)


def test_delete_takes_the_chosen_run_out_of_the_queue(
    qtbot: QtBot, view: QueueView, store: Store
) -> None:
    choose(view, 1)
    run_id = view.model.run(1).id
    qtbot.keyClick(view.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: store.run(run_id).request is Request.STOP)


def test_a_run_that_starts_leaves_the_queue(qtbot: QtBot, view: QueueView, store: Store) -> None:
    store.set_state(view.model.run(0).id, State.STARTING)
    qtbot.waitUntil(lambda: names(view) == ["second", "third"])


def test_the_queue_is_a_sound_model(qtmodeltester: ModelTester, view: QueueView) -> None:
    qtmodeltester.check(view.model)
