"""Which runs the explanations are of, and the reading of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from storage.query import quoted
from storage.records import MAIN_METRICS, Cell, Fields, RunQuery, is_system
from widgets.parts import while_alive
from workbench.session import Session

if TYPE_CHECKING:
    from workbench.bench import Workbench

_PAUSE_MS = 1000
"""Between two readings while runs change; a history that needs longer to answer is asked less often."""
_SHARE = 4
LISTED, SELECTED = "listed", "selected"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of runs, of one length."""

    ids: NDArray[np.int64]
    columns: Mapping[str, Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, column: str) -> Sequence[Cell]:
        return self.columns[column]


class Source(QObject):
    """The runs that the table lists, or the selected ones.

    What is brushed in a view of the selected runs is selected too, and the view still shows those that were selected before.
    """

    changed = Signal()
    """Other runs, or other values of theirs: what is shown is to be read again."""
    selected = Signal()
    """Other runs are to be highlighted."""
    fields_changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.session = session
        self.which = LISTED
        self.fields = Fields()
        self.query = RunQuery()
        self.chosen: tuple[int, ...] = session.selection
        self._own: tuple[int, ...] | None = None
        self._asked: dict[QWidget, int] = {}
        self._took = 0
        self._clock = QElapsedTimer()
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._tell)
        session.ready.connect(self._tell)
        session.runs_changed.connect(self._soon)
        session.selection_changed.connect(self._follow)
        self.read_fields()

    # -- which runs -------------------------------------------------------------------------------
    def list_query(self, query: RunQuery) -> None:
        """The table lists the answer to this now."""
        query = replace(query, sort=(), group=())
        if query != self.query:
            self.query = query
            if self.which == LISTED:
                self.changed.emit()

    def show(self, which: str) -> None:
        if which != self.which:
            self.which = which
            self.chosen = self.session.selection
            self.changed.emit()

    @property
    def runs(self) -> RunQuery | list[int]:
        return self.query if self.which == LISTED else list(self.chosen)

    def select(self, ids: Iterable[int]) -> None:
        """Select runs everywhere, as a person did in one of the views."""
        wanted = tuple(map(int, ids))
        self._own = tuple(dict.fromkeys(i for i in wanted if i in self.session.runs))
        self.session.select(wanted)

    def marked(self, table: Table) -> NDArray[np.bool_]:
        """Which runs of a table are selected."""
        return np.isin(table.ids, np.array(self.session.selection, np.int64))

    def _follow(self, selection: tuple[int, ...]) -> None:
        if selection != self._own:
            self.chosen = selection
            if self.which == SELECTED:
                self.changed.emit()
        self._own = None
        self.selected.emit()

    # -- reading ----------------------------------------------------------------------------------
    def read(
        self,
        owner: QWidget,
        columns: Sequence[str],
        work: Callable[[Table], object],
        then: Callable[[tuple[Table, Any]], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Read columns of the runs, and work on them, on a worker thread. Of the readings of an owner only the newest is answered."""
        number = self._asked[owner] = self._asked.get(owner, 0) + 1
        names, which = list(dict.fromkeys(columns)), self.runs

        def newest(tell: Callable[..., None], answer: object) -> None:
            if self._asked[owner] == number:
                self._took = int(self._clock.elapsed()) if self._clock.isValid() else 0
                tell(answer)

        def read(workbench: Workbench) -> tuple[Table, Any]:
            found = workbench.store.table(which, names)
            table = Table(np.array(found["id"], np.int64), found)
            return table, work(table) if len(table) else None

        self._clock.start()
        self.session.call(
            read,
            while_alive(owner, partial(newest, then)),
            while_alive(owner, partial(newest, failed)),
        )

    def read_fields(self) -> None:
        self.session.call(
            lambda workbench: workbench.store.fields(),
            while_alive(self, self._take_fields),
            lambda _: None,
        )

    def _take_fields(self, fields: Fields) -> None:
        if fields != self.fields:
            self.fields = fields
            self.fields_changed.emit()

    def _soon(self) -> None:
        if not self._pause.isActive():
            self._pause.start(max(_PAUSE_MS, _SHARE * self._took))

    def _tell(self) -> None:
        self.read_fields()
        self.changed.emit()

    # -- columns ----------------------------------------------------------------------------------
    @property
    def main_metric(self) -> str:
        """The column to explain where a person has not chosen one; "" where no run has a metric."""
        known = self.fields.metrics
        first = [each for each in MAIN_METRICS if each in known]
        first += [each for each in known if not is_system(each)] + list(known)
        return f"best({quoted(first[0])})" if first else ""

    @property
    def parameters(self) -> list[str]:
        """As columns, those that are called like a field among them."""
        fields = {each.name for each in self.fields.fields}
        return [
            f"param({quoted(name)})" if name in fields else quoted(name)
            for name in self.fields.parameters
        ]

    @property
    def metrics(self) -> list[str]:
        """The best and the last of each metric, those of the machine last."""
        ordered = sorted(self.fields.metrics, key=lambda name: (is_system(name), name))
        return [
            f"{figure}({quoted(name)})"
            for name in ordered
            for figure in (("max", "last") if is_system(name) else ("best", "last"))
        ]
