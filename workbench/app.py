"""The window's composition root: opens the home, the session and the window, and closes them in order."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Literal

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from widgets.choices import Choices
from widgets.icons import application_icon
from widgets.main_window import MainWindow
from widgets.refusal import Refusal
from widgets.theme import theme
from workbench.garbage import GarbageCollector
from workbench.paths import default_home
from workbench.session import Session

View = Literal["new", "live", "compare", "outputs", "explain", "data", "duel", "models"]
_VIEWS: tuple[View, ...] = (
    "new",
    "live",
    "compare",
    "outputs",
    "explain",
    "data",
    "duel",
    "models",
)
_SWITCH_SECONDS = 0.0005
"""A paint calls Qt hundreds of times, and after each call waits as long for a thread that computes; by default that is 5 ms."""
_SIGNAL_MS = 200
_OPEN_SECONDS = 60.0
_CURVE_SECONDS = 10.0
"""For a picture; a run that has no curve of what is compared would be waited for in vain."""
_log = logging.getLogger("twinbench")


def main(home: Path | None = None) -> int:
    """Show the window until it is closed. Returns 1 if the home cannot be opened."""
    app = make_application()
    place = home or default_home()
    session, window = compose(place)
    session.unusable.connect(lambda error: print(f"twinbench: {error}", file=sys.stderr))
    refusal = Refusal(window, session)
    sys.excepthook = _Excepthook(session)
    listening = _close_on_ctrl_c(window)
    window.show()
    garbage = GarbageCollector(app)
    code = app.exec()
    listening.stop()
    sys.excepthook = sys.__excepthook__
    _say_what_goes_on(session)
    del refusal
    take_down(session, window)
    garbage.stop()
    return code


def make_application() -> QApplication:
    """The one QApplication of this process, whose thread gets its turn soon while others compute."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["twinbench"])
    app.setApplicationName("Twinbench")
    app.setDesktopFileName("twinbench")
    app.setWindowIcon(application_icon())
    return app


def compose(home: Path, look: str = "") -> tuple[Session, MainWindow]:
    """A session and its window, which open the home once the window was painted.

    ``look`` is ``light`` or ``dark``, or "" for what was chosen for this home.
    """
    choices = Choices(home / "window.ini")
    theme().apply(look or choices.get("theme", "system"))
    session = Session(home)
    window = MainWindow(session, choices)
    if not (home / "history.db").exists():
        window.show_welcome()
    window.painted.connect(session.open)
    window.painted.connect(window.finish)
    return session, window


def take_down(session: Session, window: MainWindow) -> None:
    """End the session's threads, then delete the window and all that belongs to it."""
    session.close()
    window.close()
    window.deleteLater()
    session.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def picture(
    home: Path | None,
    path: Path,
    run_ids: Sequence[int] = (),
    view: View = "compare",
    look: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (1280, 800),
) -> None:
    """Draw the real window, without a display, with these runs selected and drawn, into a PNG.

    The view ``duel`` shows the verdict of the duel that the first of them is a part of, or the list of duels.

    Raises RuntimeError if the home cannot be opened, and OSError if the picture cannot be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with _without_complaints():
        _draw_picture(home, path, run_ids, view, look, size)


def _draw_picture(
    home: Path | None,
    path: Path,
    run_ids: Sequence[int],
    view: View,
    look: Literal["light", "dark"],
    size: tuple[int, int],
) -> None:
    make_application()
    session, window = compose(home or default_home(), look)
    problems: list[Exception] = []
    done: list[str] = []
    session.unusable.connect(problems.append)
    session.ready.connect(lambda: done.append("ready"))
    window.finished.connect(lambda: done.append("finished"))
    try:
        window.resize(*size)
        window.show()
        if not _come_true(lambda: bool(problems) or len(done) == 2, _OPEN_SECONDS):
            raise RuntimeError(f"the window did not open within {_OPEN_SECONDS:.0f} seconds")
        if problems:
            raise RuntimeError(str(problems[0]))
        window.resize(*size)
        session.select(run_ids)
        window.show_tab(_VIEWS.index(view))
        if view != "new":
            wanted = run_ids[:1] if view == "live" else run_ids
            _come_true(lambda: set(session.selection) == set(run_ids), _OPEN_SECONDS)
            _come_true(lambda: _drawn(session, wanted), _CURVE_SECONDS)
        if view == "duel":
            _show_duel(session, window, run_ids)
        if view == "models":
            _come_true(lambda: window.views.models.is_read, _OPEN_SECONDS)
        _settle()
        if not window.grab().save(str(path)):
            raise OSError(f"the picture cannot be written to {path}")
    finally:
        take_down(session, window)


def _show_duel(session: Session, window: MainWindow, run_ids: Sequence[int]) -> None:
    duels = window.views.duel
    parts = [session.runs[run].spec.duel for run in run_ids[:1] if run in session.runs]
    for part in parts:
        if part is not None:
            _come_true(lambda id=part.duel: duels.source.state(id) is not None, _OPEN_SECONDS)  # type: ignore[misc]
            duels.show_duel(part.duel)
            _come_true(lambda: duels.page.reading is not None, _CURVE_SECONDS)


@contextmanager
def _without_complaints() -> Iterator[None]:
    """Qt's platform without a display warns, for every window, of what a picture does not need."""

    def tell(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if text.startswith("This plugin does not support"):
            return
        if before is not None:
            before(kind, context, text)
        else:
            print(text, file=sys.stderr)

    before = qInstallMessageHandler(tell)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


# -- waiting, for pictures --------------------------------------------------------------------------
def _come_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Let the window live until the condition holds; False if it does not in that time."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        QGuiApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return True


def _drawn(session: Session, run_ids: Sequence[int]) -> bool:
    """Whether a curve of each of these runs that has any was read to its end."""
    runs = [session.runs[run_id] for run_id in run_ids if run_id in session.runs]
    return all(
        any(
            len(session.curve(run.id, metric)) >= summary.count
            for metric, summary in run.summary.items()
        )
        for run in runs
        if run.summary
    )


def _settle(milliseconds: int = 800) -> None:
    """Let the timers that draw fire once more."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


# -- ends and errors ----------------------------------------------------------------------------------
def _say_what_goes_on(session: Session) -> None:
    """For whoever started the window from a terminal."""
    active = len(session.going)
    if active:
        noun = "run goes" if active == 1 else "runs go"
        print(f"twinbench: {active} {noun} on without the window", file=sys.stderr)


def _close_on_ctrl_c(window: MainWindow) -> QTimer:
    """Python looks at signals only between its own steps: a timer makes it take one now and then."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    timer = QTimer(interval=_SIGNAL_MS)
    timer.timeout.connect(lambda: None)
    timer.start()
    return timer


class _Excepthook:
    """Tells an unexpected error in the window and logs it whole; the window stays."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        _log.error("unexpected error", exc_info=(kind, error, trace))
        self._session.failed.emit(
            f"An unexpected error, please report it: {kind.__name__}: {error}"
        )
