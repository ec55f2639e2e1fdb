"""What all tests share: no test touches the user's own files, and none leaves Qt objects behind."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from pytestqt.qtbot import QtBot

from workbench.garbage import collect_due

if TYPE_CHECKING:
    from storage.store import Store
    from workbench.session import Session

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

hypothesis.settings.register_profile("twinbench", deadline=None)
hypothesis.settings.load_profile("twinbench")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As in a shell's background job. What the tests start would ignore it too, and some are sent it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
LEAK_SECONDS = 5.0
PATIENCE_MS = 120_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files come first, so that none of them is left alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


class PatientQtBot(QtBot):
    """Waits for conditions as long as a busy machine may need; the time only bounds a failure."""

    def waitSignal(self, *given: Any, **named: Any) -> Any:
        return super().waitSignal(*given, **{"timeout": PATIENCE_MS, **named})

    def waitSignals(self, *given: Any, **named: Any) -> Any:
        return super().waitSignals(*given, **{"timeout": PATIENCE_MS, **named})

    def waitUntil(self, *given: Any, **named: Any) -> None:
        super().waitUntil(*given, **{"timeout": PATIENCE_MS, **named})

    def waitExposed(self, *given: Any, **named: Any) -> Any:
        return super().waitExposed(*given, **{"timeout": PATIENCE_MS, **named})


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    return PatientQtBot(request)


@pytest.fixture
def session(qtbot: QtBot, store: Store, home_path: Path) -> Iterator[Session]:
    """What a window talks to, open and ready, on the same home as `store`."""
    from workbench.session import Session

    opened = Session(home_path)
    with qtbot.waitSignal(opened.ready):
        opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings and homes that a test does not name go to a folder of the tests."""
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWINBENCH_HOME", str(folder / "home"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        yield


@pytest.fixture(scope="module", autouse=True)
def _older_things_out_of_sight() -> None:
    """What lives before a file's tests is no garbage and none of their leaks: to look through all of it took as long as the tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _garbage_of_this_thread() -> Iterator[None]:
    """As in the window's process, garbage is collected on the main thread alone; another one would delete Qt's objects."""
    gc.disable()
    yield
    collect_due()


@pytest.fixture(autouse=True)
def _no_qt_leak(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test with Qt no window, timer or thread that it started is left."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        yield
        return
    before = _living()
    yield
    deadline = time.monotonic() + LEAK_SECONDS
    while (left := _living() - before) and time.monotonic() < deadline:
        _process_qt_events()
    assert not left, f"the test left behind: {sorted(name for _, name in left)}"


def _process_qt_events() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


def _living() -> set[tuple[int, str]]:
    """Windows, and timers and threads of this file's tests that run, each with an identity and a description."""
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import Shiboken

    found: list[object] = list(threading.enumerate())
    if isinstance(QApplication.instance(), QApplication):
        found += QApplication.topLevelWidgets()
    kinds = {*_kinds(QTimer), *_kinds(QThread)}
    for thing in gc.get_objects():
        if type(thing) in kinds and Shiboken.isValid(thing):
            running = thing.isActive() if isinstance(thing, QTimer) else thing.isRunning()
            if running:
                found.append(thing)
    return {(id(thing), repr(thing)) for thing in found}


def _kinds(of: type[Any]) -> Iterator[type[Any]]:
    """A class and all that are derived from it."""
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


@pytest.fixture
def home_path(tmp_path: Path) -> Path:
    """Where a home may be made; nothing is there yet."""
    return tmp_path / "home"


@pytest.fixture
def fashion_mnist() -> Path:
    """The folder with the four IDX files of Fashion-MNIST."""
    if not FASHION_MNIST.is_dir():
        pytest.skip("needs Fashion-MNIST: on Debian type `apt-get install dataset-fashion-mnist`")
    return FASHION_MNIST


@pytest.fixture
def localhost() -> None:
    """For tests of TensorBoard, which asks for its own host by that name."""
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        pytest.skip("needs the name localhost: add the line `127.0.0.1 localhost` to /etc/hosts")
