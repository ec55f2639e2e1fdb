"""The session: the one object the views talk to.

It holds what the window shows and does the store's work off the GUI thread. The database's packages
are imported on the worker thread, so that the window is painted before they are there.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal, TypeVar, overload

from PySide6.QtCore import QObject, QTimer, Signal

from storage.points import CurveKey
from storage.records import RunList, RunQuery, RunRecord, SchedulerRecord
from workbench.curve import Curve
from workbench.edits import Edits
from workbench.errors import WorkbenchError
from workbench.health import Health
from workbench.run_control import RunControl
from workbench.watch import News, Watch
from workbench.watched import AnyCurve, WatchedCurves
from workbench.workers import Workers

if TYPE_CHECKING:
    from runners.devices import Device
    from workbench.bench import Workbench
    from workbench.requests import RunRequest
    from workbench.script_requests import ScriptRequest

T = TypeVar("T")
POLL_MS, STREAMING_POLL_MS = 50, 15
"""How often the history is looked at, and how often while it keeps bringing something."""
_STREAMING_S = 0.5


class Session(QObject):
    """All methods are called on the GUI thread and return at once; what goes wrong comes by `failed`."""

    ready = Signal()
    """The history is open and `runs` is filled."""
    unusable = Signal(object)
    """The home or its history cannot be opened: the Exception, in words for the user."""
    runs_changed = Signal(list)
    """list[RunRecord]: new and changed runs; one with ``trashed`` set has left `runs`."""
    selection_changed = Signal(tuple)
    """tuple[int, ...]: the ids of the selected runs, the current one first."""
    points_arrived = Signal(int, str)
    """A watched curve (run id, metric) grew, or became another one since its run went on from a checkpoint."""
    devices_changed = Signal(list)
    """list[Device], about once a second."""
    scheduler_changed = Signal(object)
    """SchedulerRecord while one lives, else None."""
    health_changed = Signal(object)
    """Health of the home: its problem, or its free space to a tenth of a gigabyte, is another one."""
    exports_changed = Signal()
    """The list of exports is another one: ask `Workbench.exports` for it. It comes with the opening of the history too."""
    messages_arrived = Signal(list)
    """list[Message], oldest first."""
    notice = Signal(str, object)
    """A text for the status line, and a callable that undoes what it tells of, or None."""
    failed = Signal(str)
    """Something went wrong, in words for the user."""

    def __init__(self, home: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.home = home
        self.runs: dict[int, RunRecord] = {}
        """Those in the trash are not among them. While a long history is read, the oldest may not be there yet."""
        self.going: dict[int, RunRecord] = {}
        """Those of `runs` that have not ended."""
        self.selection: tuple[int, ...] = ()
        self.devices: list[Device] = []
        self.scheduler: SchedulerRecord | None = None
        self.health = Health()
        self.control = RunControl(self)
        self.edits = Edits(self)
        self._workbench: Workbench | None = None
        self._curves = WatchedCurves(self._known_points)
        self._asked: dict[object, int] = {}
        self._last_news = 0.0
        self._workers = Workers(self)
        self._watch: Watch | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._look)
        self._looking = False
        self._problem = ""

    @property
    def datasets_folder(self) -> Path:
        """Where the home keeps its datasets."""
        from storage.home import Home
        from workbench.paths import default_home

        return Home(self.home or default_home()).datasets

    @property
    def templates_folder(self) -> Path:
        """Where the home keeps templates of the user's."""
        return self.datasets_folder.parent / "templates"

    @property
    def closing(self) -> bool:
        """Whether long work on a worker should end. May be asked from any thread."""
        return self._workers.closed

    # -- life -----------------------------------------------------------------------------------
    def open(self) -> None:
        """Open the home; `ready` or `unusable` follows, after which it can be tried again."""
        self._workers.watch(partial(_open, self.home), self._opened, self._not_opened)

    def close(self) -> None:
        """End the session's threads. Runs and the scheduler go on."""
        if self.closing:
            return
        self._timer.stop()
        self._workers.close()
        if self._workbench is not None:
            self._workbench.store.close()

    def _opened(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._watch = Watch(workbench)
        self._look(then=self.ready.emit)
        self._timer.start()
        self.call(self._find_devices)

    def _find_devices(self, workbench: Workbench) -> None:
        """In the background, since frameworks are imported for it, in processes of their own."""
        from workbench.found_devices import is_likely

        if is_likely():
            workbench.find_devices(cancelled=lambda: self.closing)

    def _not_opened(self, error: Exception) -> None:
        self.unusable.emit(error)

    def rebuild(self) -> None:
        """Make the history of a home that cannot be opened again from the folders of its runs, then open it."""
        self._workers.watch(partial(_rebuild, self.home), lambda _: self.open(), self._not_opened)

    # -- reading --------------------------------------------------------------------------------
    def select(self, run_ids: Iterable[int]) -> None:
        """Make these runs the selected ones, everywhere; those that are not there are left out.

        Some that are in the history and not yet in `runs` are read, and join the selection unless it became another.
        """
        wanted = tuple(dict.fromkeys(run_ids))
        self._select_known(wanted)
        selection = self.selection
        missing = [run_id for run_id in wanted if run_id not in self.runs]
        if not missing or self._workbench is None:
            return

        def found(runs: list[RunRecord]) -> None:
            self._take_runs([run for run in runs if run.trashed is None])
            if self.selection == selection:
                self._select_known(wanted)

        self.call(lambda workbench: workbench.store.runs_by_id(missing), found)

    def _select_known(self, run_ids: Iterable[int]) -> None:
        selection = tuple(run_id for run_id in run_ids if run_id in self.runs)
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit(selection)

    def watch(self, owner: QObject, curves: Iterable[CurveKey], *, whole: bool = False) -> None:
        """Keep these curves read and growing for the owner, instead of those it named before.

        A long one is read only as far as it is looked at, unless the owner wants every point of the ``whole``.
        """
        if owner not in self._curves.owners:
            owner.destroyed.connect(partial(self._curves.forget, owner))
        self._curves.watch(owner, curves, whole=whole)

    @overload
    def curve(self, run_id: int, metric: str) -> AnyCurve: ...

    @overload
    def curve(self, run_id: int, metric: str, *, whole: Literal[True]) -> Curve: ...

    def curve(self, run_id: int, metric: str, *, whole: bool = False) -> AnyCurve:
        """The curve as far as it is read, empty at first; ``whole`` for one that is watched so, with every point."""
        key = run_id, metric
        return self._curves.whole(key) if whole else self._curves.curve(key)

    def _known_points(self, key: CurveKey) -> int:
        run = self.runs.get(key[0])
        return run.summary[key[1]].count if run and key[1] in run.summary else 0

    def find(
        self,
        query: RunQuery,
        then: Callable[[RunList], None],
        failed: Callable[[Exception], None] | None = None,
        *,
        owner: object = None,
    ) -> None:
        """Ask which runs a query finds. Of the questions of an owner, only the newest one is answered.

        A filter that makes no sense is handed to ``failed`` as a QueryError.
        """
        number = self._asked[owner] = self._asked.get(owner, 0) + 1

        def if_newest(tell: Callable[[T], None], answer: T) -> None:
            if self._asked[owner] == number:
                tell(answer)

        self.call(
            lambda workbench: workbench.store.find(query),
            partial(if_newest, then),
            partial(if_newest, failed or self._tell_failure),
        )

    def call(
        self,
        work: Callable[[Workbench], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do work on a worker thread, then hand its result, or its error, back on the GUI thread.

        Without ``failed`` an error is told by the signal of that name.
        """
        failed = failed or self._tell_failure
        workbench = self._workbench
        if workbench is None:
            failed(WorkbenchError("the history is still being opened; try again in a moment"))
            return
        self._workers.work(partial(work, workbench), then, failed)

    def queue_runs(
        self,
        requests: Sequence[RunRequest | ScriptRequest],
        then: Callable[[list[RunRecord]], None],
        failed: Callable[[Exception], None],
        progress: Callable[[str, float], None],
    ) -> None:
        """Queue all of them or, if one cannot be queued, those before it.

        They are in `runs` when ``then`` is called. ``progress`` tells of a dataset being prepared.
        """

        def report(text: str, fraction: float) -> None:
            self._workers.on_gui_thread(partial(progress, text, fraction))

        def work(workbench: Workbench) -> list[RunRecord]:
            return [workbench.queue(request, report) for request in requests]

        def queued(runs: list[RunRecord]) -> None:
            self.take_queued(runs)
            then(runs)

        self.call(work, queued, failed)

    def take_queued(self, runs: Iterable[RunRecord]) -> None:
        """Know runs that were just queued now, not only when the history is looked at."""
        self._take_runs([run for run in runs if run.id not in self.runs])

    def _tell_failure(self, error: Exception) -> None:
        self.failed.emit(str(error))

    # -- looking at the store ---------------------------------------------------------------------
    def _look(self, then: Callable[[], None] | None = None) -> None:
        if self._looking or self._watch is None:
            return
        self._looking = True
        self._workers.watch(
            partial(self._watch.look, self._curves.requests()),
            partial(self._take, then),
            self._look_failed,
        )

    def _take(self, then: Callable[[], None] | None, news: News) -> None:
        self._looking = False
        self._tell_once(news.problem)
        if news.runs:
            self._take_runs(news.runs)
        if (
            news.more
        ):  # else each search for garbage looks at all runs, and stops the window for half a second
            gc.freeze()
        for key in self._curves.take(news.curves):
            self.points_arrived.emit(*key)
        if news.messages:
            self.messages_arrived.emit(news.messages)
        if news.exports:
            self.exports_changed.emit()
        if news.machine:
            self.scheduler, self.devices = news.machine.scheduler, news.machine.devices
            self.scheduler_changed.emit(self.scheduler)
            self.devices_changed.emit(self.devices)
            self._take_health(news.machine.health)
        if then is not None:
            then()
        self._look_again(news)

    def _look_again(self, news: News) -> None:
        """Look more often while there is something to see, and at once where a look had to stop early."""
        if news.curves:
            self._last_news = monotonic()
        streaming = monotonic() - self._last_news < _STREAMING_S
        interval = STREAMING_POLL_MS if streaming else POLL_MS
        if interval != self._timer.interval():
            self._timer.setInterval(interval)
        if news.more:
            QTimer.singleShot(0, self._look)

    def _take_runs(self, changed: list[RunRecord]) -> None:
        for run in changed:
            if run.trashed is None:
                self.runs[run.id] = run
            else:
                self.runs.pop(run.id, None)
            if run.trashed is None and not run.state.final:
                self.going[run.id] = run
            else:
                self.going.pop(run.id, None)
        self.runs_changed.emit(changed)
        self._select_known(self.selection)

    def _take_health(self, health: Health) -> None:
        before, self.health = self.health, health
        if _shown(before) != _shown(health):
            self.health_changed.emit(health)

    def _look_failed(self, error: Exception) -> None:
        """Go on trying."""
        self._looking = False
        self._tell_once(str(error))

    def _tell_once(self, problem: str) -> None:
        if problem and problem != self._problem:
            self.failed.emit(problem)
        self._problem = problem


def _open(home: Path | None) -> Workbench:
    from workbench.bench import Workbench

    return Workbench.open(home)


def _shown(health: Health) -> tuple[str, int | None]:
    """What of the health is worth a signal: the free space of a busy disk changes all the time."""
    free = health.free_bytes
    return health.problem, None if free is None else free // 100_000_000


def _rebuild(home: Path | None) -> None:
    from storage.home import Home
    from storage.rebuild import rebuild
    from workbench.paths import default_home

    rebuild(Home((home or default_home()).absolute()))
