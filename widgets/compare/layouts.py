"""Which plots a person arranged, and how: kept for each experiment, and once for runs of several."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from widgets.choices import Choices
from widgets.parts import while_alive
from workbench.session import Session

_CHOICES = "compare/plots"
_PAUSE_MS = 400


class Layouts(QObject):
    """Of one experiment at a time; "" stands for runs of several. What is not kept yet begins as ``fresh``."""

    loaded = Signal(object)
    """What was kept, as `keep` was given it."""

    def __init__(
        self, session: Session, choices: Choices | None, fresh: Any, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._owner = parent
        self._session, self._choices, self._fresh = session, choices, fresh
        self.experiment: str | None = None
        self._waiting: Callable[[], None] | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.flush)

    def show(self, experiment: str) -> None:
        """Take up the layout of this experiment, if it is another one."""
        if experiment == self.experiment:
            return
        self.flush()
        self.experiment = experiment
        if experiment:
            self._session.call(
                lambda workbench: workbench.store.experiment(experiment).layout,
                while_alive(self._owner, partial(self._take, experiment)),
            )
        else:
            kept = self._choices.get(_CHOICES, "") if self._choices is not None else ""
            self._take("", _parsed(kept))

    def _take(self, experiment: str, layout: Any) -> None:
        if experiment == self.experiment and self._waiting is None:
            self.loaded.emit(self._fresh if layout is None else layout)

    def keep(self, layout: Any) -> None:
        """Remember it, soon."""
        self._waiting = partial(self._write, self.experiment or "", layout)
        self._pause.start()

    def flush(self) -> None:
        """Write what waits to be written."""
        self._pause.stop()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _write(self, experiment: str, layout: Any) -> None:
        if experiment:
            self._session.call(lambda workbench: workbench.store.set_layout(experiment, layout))
        elif self._choices is not None:
            self._choices.set(_CHOICES, json.dumps(layout))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
