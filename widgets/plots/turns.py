"""Plots are drawn one after the other, so that what a person does meanwhile is taken in between two of them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from shiboken6 import Shiboken


class Drawn(Protocol):
    def draw_if_dirty(self) -> None:
        """Draw it, if there is something new and it is in sight."""


class Turns(QObject):
    """Each drawing is painted before the next one is made: a thousand curves on ten plots stop the window for one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[Drawn, None] = {}
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._draw_one)

    def ask(self, plot: Drawn) -> None:
        """Draw it when those who asked before are drawn."""
        self._waiting.setdefault(plot)
        if not self._next.isActive():
            self._next.start()

    def _draw_one(self) -> None:
        plot = next(iter(self._waiting), None)
        if plot is None:
            return
        del self._waiting[plot]
        if self._waiting:
            self._next.start()
        if Shiboken.isValid(plot):
            plot.draw_if_dirty()
