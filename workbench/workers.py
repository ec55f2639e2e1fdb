"""Work on other threads, whose results come back on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


class Workers(QObject):
    """Four threads that work, and one that watches, so that no work keeps it waiting. Nothing comes back once it is closed."""

    _done = Signal(object)
    """A callable to be run on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="work")
        self._watcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        self.closed = False
        self._done.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Wait for what is being done; what waits its turn is never begun."""
        self.closed = True
        for pool in (self._pool, self._watcher):
            pool.shutdown(wait=True, cancel_futures=True)

    def work(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None,
        failed: Callable[[Exception], None],
    ) -> None:
        """Hand the result, or the error, to one of the two on the GUI thread."""
        self._submit(self._pool, work, then, failed)

    def watch(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None,
        failed: Callable[[Exception], None],
    ) -> None:
        """The same on the thread that watches, one after the other."""
        self._submit(self._watcher, work, then, failed)

    def on_gui_thread(self, action: Callable[[], None]) -> None:
        """May be called from any thread."""
        if not self.closed:
            self._done.emit(action)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], T],
        then: Callable[[T], None] | None,
        failed: Callable[[Exception], None],
    ) -> None:
        def finished(future: Future[T]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if isinstance(error, Exception):
                self.on_gui_thread(partial(failed, error))
            elif then is not None:
                self.on_gui_thread(partial(then, future.result()))

        if not self.closed:
            pool.submit(work).add_done_callback(finished)

    def _run(self, action: Callable[[], None]) -> None:
        if not self.closed:
            action()
