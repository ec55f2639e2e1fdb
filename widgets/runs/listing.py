"""Which runs the table lists, asked of the history: at once for another question, now and then while runs change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from storage.records import Aggregate, RunList, RunQuery, Scope
from workbench.session import Session

if TYPE_CHECKING:
    from storage.store import Store
    from workbench.bench import Workbench

_PAUSE_MS = 300
"""Between two questions while runs change; a history that needs longer to answer is asked less often."""
_SHARE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a query, and how many runs there are without its filter."""

    query: RunQuery
    runs: RunList
    total: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of each group of a list, and of the whole list, what the numbers of some columns are together."""

    query: RunQuery
    groups: Sequence[Mapping[str, Aggregate]]
    whole: Mapping[str, Aggregate]


class Listing(QObject):
    found = Signal(object)
    """Found: the answer to the question that was asked last, or a newer one."""
    summed = Signal(object)
    """Figures, after `found`."""
    failed = Signal(object)
    """Exception: the history cannot answer, as a rule because the filter is not understood."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._query: RunQuery | None = None
        self._figures: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._busy = False
        self._stale = False
        self._took = 0
        self._totals: dict[Scope, int] = {}
        self._clock = QElapsedTimer()
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._look)

    def ask(self, query: RunQuery, grouped: Sequence[str] = (), whole: Sequence[str] = ()) -> None:
        """List the answer to this from now on, with the figures of columns by group and over all."""
        self._query, self._figures = query, (tuple(grouped), tuple(whole))
        self._look()

    def refresh(self) -> None:
        """Ask again soon, since runs changed: at once after a quiet time."""
        self._totals.clear()
        if self._query is None or self._pause.isActive():
            return
        pause = max(_PAUSE_MS, _SHARE * self._took)
        since = self._clock.elapsed() if self._clock.isValid() else pause
        self._pause.start(max(0, pause - int(since)))

    def _look(self) -> None:
        self._stale = self._busy
        if self._query is not None and not self._busy:
            self._busy = True
            self._pause.stop()
            self._clock.start()
            query = self._query
            work = partial(_find, query, self._totals.get(query.scope))
            self._session.call(work, self._take, partial(self._refuse, query))

    def _take(self, answer: Found) -> None:
        self._totals[answer.query.scope] = answer.total
        if answer.query == self._query:
            self.found.emit(answer)
        grouped, whole = self._figures
        if self._stale or not (whole or (grouped and answer.query.group)):
            self._done()
            return
        work = partial(_sum_up, answer.query, grouped, whole)
        refuse = partial(self._refuse, answer.query)
        self._session.call(work, self._take_figures, refuse)

    def _take_figures(self, figures: Figures) -> None:
        if figures.query == self._query:
            self.summed.emit(figures)
        self._done()

    def _refuse(self, query: RunQuery, error: Exception) -> None:
        if query == self._query:
            self.failed.emit(error)
        self._done()

    def _done(self) -> None:
        """Look again if runs or the question changed meanwhile."""
        self._busy = False
        self._took = int(self._clock.elapsed())
        if self._stale:
            self._look()


def _find(query: RunQuery, total: int | None, workbench: Workbench) -> Found:
    """``total`` is how many there are without the filter, if that is known."""
    store = workbench.store
    runs = store.find(query)
    if not query.filter:
        total = len(runs.ids)
    elif total is None:
        total = len(store.find(replace(query, filter="", sort=(), group=())).ids)
    return Found(query, runs, total)


def _sum_up(
    query: RunQuery, grouped: tuple[str, ...], whole: tuple[str, ...], workbench: Workbench
) -> Figures:
    store = workbench.store
    groups = store.aggregates(query, grouped) if query.group and grouped else ()
    return Figures(query, groups, _over_all(store, query, whole))


def _over_all(store: Store, query: RunQuery, columns: tuple[str, ...]) -> Mapping[str, Aggregate]:
    if not columns:
        return {}
    found = store.aggregates(replace(query, sort=(), group=()), columns)
    return found[0] if found else {}
