from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from widgets.flow_grid import FlowGrid


@pytest.mark.parametrize(
    ("width", "columns"), [(90, 1), (215, 1), (216, 2), (331, 2), (332, 3), (900, 3)]
)
def test_there_are_as_many_equal_columns_as_there_is_room_for(
    qtbot: QtBot, width: int, columns: int
) -> None:
    grid = FlowGrid(minimum_width=100, maximum_columns=3)
    qtbot.addWidget(grid)
    items = [QLabel(text) for text in ("a", "something much longer", "c", "d")]
    grid.set_items(items)
    grid.resize(width, 300)
    grid.show()
    assert len({item.x() for item in items}) == columns
    assert len({item.width() for item in items}) == 1
    assert max(item.geometry().right() for item in items) <= max(width, 100)


def test_other_items_take_the_place_of_the_former(qtbot: QtBot) -> None:
    grid = FlowGrid(minimum_width=100)
    qtbot.addWidget(grid)
    former = QLabel("former")
    grid.set_items([former])
    grid.set_items([QLabel("one"), QLabel("two")])
    assert former.isHidden()
    assert grid.minimumHeight() > 0
