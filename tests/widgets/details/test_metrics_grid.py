from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from widgets.details.metrics_grid import MetricsGrid


@pytest.mark.parametrize("width", [200, 500])
def test_names_and_figures_are_whole_at_every_width(qtbot: QtBot, width: int) -> None:
    grid = MetricsGrid()
    qtbot.addWidget(grid)
    grid.show_metrics([("train/accuracy", "0.8306", "0.8410"), ("disk", "1.842e+06", "0")])
    grid.resize(width, 300)
    grid.show()
    qtbot.waitExposed(grid)
    texts = {each.text(): each for each in grid.findChildren(QLabel) if each.isVisible()}
    assert {"train/accuracy", "disk", "0.8306", "0.8410", "1.842e+06"} <= texts.keys()
    for text, shown in texts.items():
        assert shown.width() >= shown.fontMetrics().horizontalAdvance(text)


def test_figures_stay_when_the_width_changes(qtbot: QtBot) -> None:
    grid = MetricsGrid()
    qtbot.addWidget(grid)
    grid.resize(500, 300)
    grid.show()
    grid.show_metrics([("loss", "1.5", "1.25")])
    grid.resize(200, 300)

    def shown() -> set[str]:
        return {each.text() for each in grid.findChildren(QLabel) if each.isVisible()}

    qtbot.waitUntil(lambda: not grid._beside and {"loss", "1.5", "1.25"} <= shown())
