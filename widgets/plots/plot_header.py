"""The line above a plot: its title, what of its points is seen, and its buttons."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.dragged import Dragged
from widgets.parts import ElidedLabel, label, row, tool_button
from widgets.plain import line
from widgets.plots.plot_title import PlotTitle


class PlotHeader(QWidget):
    reset_wanted = Signal()
    menu_wanted = Signal()

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self._note = ElidedLabel("", "dim")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._note.setFont(theme.font(0.87))
        self._reset = tool_button("magnify-minus-outline", "Show all (R, or double click)")
        self._reset.clicked.connect(self.reset_wanted)
        self._menu = tool_button("dots-vertical", f"{title}: axes, copy, save")
        self._menu.clicked.connect(self.menu_wanted)
        self._reset.hide()
        self.title, self._unit = PlotTitle(title), label(unit, "dim")
        parts = row(self.title, self._unit, self._reset, self._note, self._menu, space=5)
        parts.setStretch(3, 1)
        self.setLayout(parts)

    def set_title(self, title: str, unit: str, dragged: Dragged) -> None:
        self.title.set_full(line(title))
        self.title.dragged = dragged
        self._unit.setText(unit)

    @property
    def note(self) -> str:
        return self._note.full

    def set_note(self, words: str) -> None:
        self._note.set_full(words)

    def offer_reset(self, offered: bool) -> None:
        self._reset.setVisible(offered)

    @property
    def below_menu(self) -> QPoint:
        """On the screen."""
        return self._menu.mapToGlobal(self._menu.rect().bottomLeft())

    def draw_picture(self, painter: QPainter) -> None:
        """The words alone, with the painter's origin at its top left corner."""
        colors = theme.colors()
        for words, color in (
            (self.title, colors.text), (self._unit, colors.dim), (self._note, colors.dim),
        ):  # fmt: skip
            painter.setFont(words.font())
            painter.setPen(QColor(color))
            painter.drawText(words.geometry(), words.alignment(), words.text())
