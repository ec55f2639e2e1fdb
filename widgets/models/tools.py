"""The buttons and menus of what can be done with the selected exports."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from widgets.flow import Flow
from widgets.models.words import STAGES
from widgets.parts import button
from widgets.plain import tip

TRY, MEASURE, DELETE = "try", "measure", "delete"
EXAMPLE, SERVE, PATH = "example", "serve", "path"
FOLDER, RENAME, RUN, EXPORT = "folder", "rename", "run", "export"
_TEXTS = {
    TRY: "Try it", MEASURE: "Measure again",
    EXAMPLE: "Copy the example in Python", SERVE: "Copy the command that serves it", PATH: "Copy the path of its folder",
    FOLDER: "Open its folder", RUN: "Go to its run", EXPORT: "Export its run again …", RENAME: "Rename …", DELETE: "Delete",
}  # fmt: skip
_FOR_SEVERAL = (TRY, MEASURE, DELETE)
_COPIES, _OTHERS = (EXAMPLE, SERVE, PATH), (RENAME, FOLDER, RUN, EXPORT, "", DELETE)


class ExportTools(Flow):
    wanted = Signal(str)
    """What is to be done, one of the names above."""
    stage_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__(6)
        self.actions_by_name = {name: QAction(text, self) for name, text in _TEXTS.items()}
        for name, action in self.actions_by_name.items():
            action.triggered.connect(lambda _=False, name=name: self.wanted.emit(name))
        self.stages = QMenu("Stage", self)
        for value, title in STAGES.items():
            self.stages.addAction(title).triggered.connect(lambda _=False, value=value: self.stage_wanted.emit(value))  # fmt: skip
        self.try_it = self._button(TRY, "gesture-tap", "Give it samples of your own, and see what it answers")  # fmt: skip
        self.measure = self._button(MEASURE, "speedometer", "Measure latency, throughput and memory once more, and check what was not checked")  # fmt: skip
        self.stage, self.copy = button("Stage", "tag-outline"), button("Copy", "content-copy")
        self.more = button("More", "dots-horizontal")
        self.stage.setMenu(self.stages)
        self.copy.setMenu(self._menu(self.copy, _COPIES))
        self.more.setMenu(self._menu(self.more, _OTHERS))
        self.set_items([self.try_it, self.measure, self.stage, self.copy, self.more])

    def _button(self, name: str, glyph: str, words: str) -> QPushButton:
        made = button(_TEXTS[name], glyph)
        made.setToolTip(tip(words))
        made.clicked.connect(self.actions_by_name[name].trigger)
        return made

    def _menu(self, parent: QWidget, names: Sequence[str]) -> QMenu:
        menu = QMenu(parent)
        for name in names:
            if name:
                menu.addAction(self.actions_by_name[name])
            else:
                menu.addSeparator()
        return menu

    def allow(self, count: int, *, busy: bool) -> None:
        """Enable what makes sense for so many selected exports; while something is measured, nothing else is."""
        for name, action in self.actions_by_name.items():
            action.setEnabled(count == 1 or (count > 1 and name in _FOR_SEVERAL))
        self.actions_by_name[MEASURE].setEnabled(count > 0 and not busy)
        self.measure.setEnabled(count > 0 and not busy)
        self.copy.setEnabled(count == 1)
        for each in (self.try_it, self.stage, self.more):
            each.setEnabled(count > 0)

    def show_menu(self, point: QPoint) -> None:
        """Everything in one menu, at a place on the screen."""
        menu = self._menu(self, (TRY, MEASURE, "", *_COPIES, "", *_OTHERS))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.insertMenu(menu.actions()[2], self.stages)
        menu.popup(point)
