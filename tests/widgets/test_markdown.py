from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QTextTable
from pytestqt.qtbot import QtBot

from widgets.markdown import MarkdownView
from widgets.theme import colors, theme


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_lines_of_a_table_have_the_colour_of_the_look(qtbot: QtBot, look: str) -> None:
    view = MarkdownView()
    qtbot.addWidget(view)
    view.show_markdown("| a | b |\n|---|---|\n| 1 | 2 |\n")
    theme().apply(look)
    (table,) = view.document().rootFrame().childFrames()
    assert isinstance(table, QTextTable)
    assert table.format().toTableFormat().borderBrush().color() == QColor(colors().border)
