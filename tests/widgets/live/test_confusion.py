from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from widgets.live.confusion import ConfusionModel, ConfusionView
from workbench.artifacts import Confusion, parse_confusion

Role = Qt.ItemDataRole
REPORT = {
    "classes": ["cat", "dog"],
    "matrix": [[8, 2], [0, 0]],
    "per_class": {
        "cat": {"precision": 1.0, "recall": 0.8, "f1": 0.8889, "support": 10},
        "dog": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0},
    },
}


@pytest.fixture
def matrix() -> Confusion:
    return parse_confusion(json.dumps(REPORT).encode())


def texts(model: ConfusionModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_the_model_keeps_the_rules_of_models(matrix: Confusion, qtmodeltester: ModelTester) -> None:
    model = ConfusionModel()
    model.set_matrix(matrix)
    qtmodeltester.check(model)


def test_counts_and_figures_stand_in_one_row_a_class(matrix: Confusion) -> None:
    model = ConfusionModel()
    model.set_matrix(matrix)
    assert texts(model) == [
        ["8", "2", "1.0000", "0.8000", "0.8889", "10"],
        ["·", "·", "0.0000", "0.0000", "0.0000", "0"],
    ]
    assert model.headerData(0, Qt.Orientation.Horizontal) == "cat"
    assert model.headerData(2, Qt.Orientation.Horizontal) == "Precision"
    assert model.headerData(1, Qt.Orientation.Vertical) == "dog"
    assert model.index(0, 1).data(Role.ToolTipRole) == "cat taken for dog: 2 (20.0% of cat)"


def test_percents_are_those_of_the_row(matrix: Confusion) -> None:
    model = ConfusionModel()
    model.set_matrix(matrix)
    model.show_percent(True)
    assert texts(model)[0][:2] == ["80.0", "20.0"]


def test_more_of_a_row_is_drawn_stronger(matrix: Confusion, qtbot: QtBot) -> None:
    view = ConfusionView()
    qtbot.addWidget(view)
    qtbot.addWidget(view.bar)
    view.set_matrix(matrix)
    right, wrong = (view.model.index(0, place).data(Role.BackgroundRole) for place in (0, 1))
    assert right.hue() != wrong.hue()
    assert right.saturation() > wrong.saturation()
    assert view.model.index(1, 0).data(Role.BackgroundRole) is None
