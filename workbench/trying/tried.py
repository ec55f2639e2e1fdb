"""A model that is being tried: its process, on the side of the window."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from runners.export.facts import Facts
from workbench.trying.client import Answerer, Message
from workbench.trying.subjects import Subject

Told = Callable[[Message], object]
Failed = Callable[[str], object]


def _nothing(_: object) -> None:
    """For what nobody wants to know."""


class Tried(QObject):
    """Opens the model at once, unless its subject has a problem; `changed` tells how that goes. What is called, is called on the GUI thread."""

    changed = Signal()
    _heard = Signal(object)
    """A callable for the GUI thread."""

    def __init__(self, subject: Subject, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.subject = subject
        self.facts: Facts | None = None
        """Once it is open."""
        self.doing, self.fraction = "starting Python", 0.0
        self.problem = subject.problem
        self._answerer: Answerer | None = None
        self._heard.connect(lambda act: act(), Qt.ConnectionType.QueuedConnection)
        if not self.problem:
            self._answerer = Answerer(subject.target, partial(self._hear, self._opening))

    @property
    def is_open(self) -> bool:
        return self.facts is not None and not self.problem

    def ask(
        self, what: str, done: Told, failed: Failed = _nothing, *, part: Told = _nothing,
        progress: Told = _nothing, cancelled: Callable[[], object] = lambda: None, **values: Any,
    ) -> int:  # fmt: skip
        """Ask a question of `runners.export.answering`; one of ``done``, ``failed`` and ``cancelled`` is called at last. Returns its number."""
        if self._answerer is None:
            failed(self.problem)
            return 0

        def take(message: Message) -> None:
            if "done" in message:
                done(message["done"])
            elif "error" in message:
                failed(str(message["error"]))
            elif "cancelled" in message:
                cancelled()
            elif "part" in message:
                part(message["part"])
            else:
                progress(message)

        return self._answerer.ask(what, partial(self._hear, take), **values)

    def cancel(self, number: int) -> None:
        if self._answerer is not None:
            self._answerer.cancel(number)

    def end(self) -> None:
        """End its process; nothing is called any more."""
        if self._answerer is not None:
            self._answerer.end()
            self._answerer = None
        self.problem = self.problem or "It is not open any more"

    def _hear(self, take: Told, message: Message) -> None:
        """On the answerer's thread."""
        with suppress(RuntimeError):  # the window is gone
            self._heard.emit(lambda: self._answerer is not None and take(message))

    def _opening(self, message: Message) -> None:
        if "ready" in message:
            self.facts = message["ready"]
        elif "error" in message:
            self.problem = str(message["error"])
        else:
            self.doing, self.fraction = str(message["progress"]), float(message["fraction"])
        self.changed.emit()
