"""The docks around the views: what they look like, where they stand, and what is remembered of that."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from widgets.choices import Choices
from widgets.parts import label, row, tool_button

_SIZE = QSize(1360, 860)
_WIDE = 1400
_ABOUT = 8
"""Pixels by which Qt's layout may make a dock another width than it was given."""
_VERSION = 1
"""Of the layout: one that was kept under another number is not restored."""
Area = Qt.DockWidgetArea


def add_docks(
    window: QMainWindow, panels: Iterable[tuple[str, QWidget, Area]]
) -> dict[str, QDockWidget]:
    """Put each panel under its title into a dock of the window; returns them by their titles."""
    window.setCorner(Qt.Corner.BottomLeftCorner, Area.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea)
    window.setDockOptions(
        QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
    )
    window.setTabPosition(Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    return {title: _dock(window, title, panel, area) for title, panel, area in panels}


def _dock(window: QMainWindow, title: str, panel: QWidget, area: Area) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title)
    dock.setWidget(panel)
    dock.setTitleBarWidget(_title_bar(dock, area))
    window.addDockWidget(area, dock)
    return dock


def _title_bar(dock: QDockWidget, area: Area) -> QWidget:
    """The docks at the bottom are tabs, which carry their titles."""
    bar = QWidget()
    if area != Area.BottomDockWidgetArea:
        hide = tool_button("close", f"Hide {dock.windowTitle()} (View, Panels)", "dim")
        hide.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        hide.clicked.connect(dock.hide)
        layout = row(label(dock.windowTitle(), "heading"))
        layout.setContentsMargins(9, 5, 5, 3)
        layout.addStretch(1)
        layout.addWidget(hide)
        bar.setLayout(layout)
    return bar


class Layout:
    """Where window and docks stand. To be made when every dock and toolbar is there."""

    def __init__(
        self, window: QMainWindow, docks: dict[str, QDockWidget], choices: Choices
    ) -> None:
        self._window = window
        self._docks = docks
        self._choices = choices
        self._given = QSize()
        window.resize(_SIZE.boundedTo(window.screen().availableSize() - QSize(0, 40)))
        self._arrange()
        self._first = window.saveState(_VERSION)
        self._given = choices.get("window/given widths", self._given)
        window.restoreGeometry(choices.get("window/geometry", QByteArray()))
        kept = choices.get("window/layout", QByteArray())
        self._recalled = window.restoreState(kept, _VERSION)

    def settle(self) -> None:
        """Give docks that are where they are at first their sizes again: views that came later have pushed them aside."""
        if not self._recalled:
            self._size()

    def adapt(self) -> None:
        """Give the docks at the sides, if nobody has moved them, the widths that suit the window's new one."""
        moved = self._widths - self._given
        if self._given != self._suiting and max(abs(moved.width()), abs(moved.height())) <= _ABOUT:
            self._size_sides()

    def reset(self) -> None:
        self._window.restoreState(self._first, _VERSION)
        self._arrange()

    def remember(self) -> None:
        self._choices.set("window/geometry", self._window.saveGeometry())
        self._choices.set("window/layout", self._window.saveState(_VERSION))
        self._choices.set("window/given widths", self._given)

    def _arrange(self) -> None:
        for dock in self._docks.values():
            dock.setFloating(False)
            dock.show()
        queue = self._docks["Queue and devices"]
        self._window.tabifyDockWidget(queue, self._docks["Messages"])
        queue.raise_()
        self._size()

    def _size_sides(self) -> None:
        self._given = self._suiting
        widths = [self._given.width(), self._given.height()]
        self._window.resizeDocks(self._sides, widths, Qt.Orientation.Horizontal)

    def _size(self) -> None:
        self._size_sides()
        height = 250 if self._window.height() >= 900 else 170
        queue = self._docks["Queue and devices"]
        self._window.resizeDocks([queue], [height], Qt.Orientation.Vertical)

    @property
    def _sides(self) -> list[QDockWidget]:
        return [self._docks["Runs"], self._docks["Details"]]

    @property
    def _widths(self) -> QSize:
        """Of the docks at the left and at the right."""
        left, right = self._sides
        return QSize(left.width(), right.width())

    @property
    def _suiting(self) -> QSize:
        """The widths that suit that of the window."""
        return QSize(450, 310) if self._window.width() >= _WIDE else QSize(384, 232)
