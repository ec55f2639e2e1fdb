from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from runners.protocol import State
from storage.home import Home
from storage.records import Evidence
from storage.store import Series, Store
from tests.examples import SPEC
from workbench.app import main, picture
from workbench.colors import DARK, LIGHT


def trained(home: Path, count: int) -> list[int]:
    """Makes finished runs with a curve each."""
    store = Store.open(Home(home))
    ids = []
    for _ in range(count):
        run = store.create_run(SPEC)
        steps = np.arange(200)
        store.append(run.id, {"train/loss": Series(steps, steps * 0.1, np.exp(-steps / 50))})
        store.set_state(run.id, State.RUNNING, evidence=Evidence(started=run.created))
        store.set_state(run.id, State.FINISHED, "trained", Evidence(ended=run.created + 10**6))
        ids.append(run.id)
    store.close()
    return ids


def accept_the_dialog(told: list[str]) -> QTimer:
    """Presses OK as soon as a message box is there, and notes what it said."""

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            told.append(box.informativeText())
            box.accept()

    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    return timer


def test_a_history_from_a_newer_version_is_refused_in_words_and_left_alone(
    qtbot: QtBot, home_path: Path
) -> None:
    trained(home_path, 1)
    with sqlite3.connect(home_path / "history.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from the future'")
    database.close()
    before = (home_path / "history.db").read_bytes()
    told: list[str] = []
    pressing = accept_the_dialog(told)
    assert main(home_path) == 1
    pressing.stop()
    assert "newer" in told[0]
    assert str(home_path) in told[0]
    assert (home_path / "history.db").read_bytes() == before
    assert not (home_path / "window.ini").exists()


def test_a_home_that_cannot_be_made_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[str] = []
    pressing = accept_the_dialog(told)
    assert main(tmp_path / "file" / "home") == 1
    pressing.stop()
    assert str(tmp_path / "file") in told[0]


@pytest.mark.parametrize("view", ["new", "live", "compare"])
@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_a_picture_shows_the_window_in_the_asked_size_and_colours(
    qtbot: QtBot, home_path: Path, tmp_path: Path, view: str, colors: object
) -> None:
    assert colors in (LIGHT, DARK)
    scheme = "light" if colors is LIGHT else "dark"
    ids = trained(home_path, 2)
    path = tmp_path / "window.png"
    picture(home_path, path, ids, view, scheme, (1100, 700))  # type: ignore[arg-type]
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1100, 700)
    shown = image.pixelColor(550, 5).name().upper()
    assert shown == (LIGHT if scheme == "light" else DARK).window


def test_a_picture_of_a_home_that_cannot_be_opened_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"no database at all, but long enough to look like one")
    with pytest.raises(RuntimeError, match=r"history\.db"):
        picture(tmp_path, tmp_path / "window.png")


HEAVY = ("pyqtgraph", "sqlalchemy", "alembic", "qtawesome", "torch", "tensorflow", "keras")
FIRST_PAINT = f"""
import sys
from pathlib import Path
from workbench.app import compose, make_application
app = make_application()
session, window = compose(Path(sys.argv[1]))
window.painted.disconnect()
window.painted.connect(app.quit)
window.show()
app.exec()
print([name for name in {HEAVY!r} if name in sys.modules])
session.close()
"""


def test_the_first_paint_waits_for_no_slow_import(home_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(home_path)],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_control_c_closes_the_window_in_order(home_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QTimer\n"
        "from workbench import app\n"
        "compose = app.compose\n"
        "def watched(home):\n"
        "    session, window = compose(home)\n"
        "    window.finished.connect(lambda: print('open', flush=True))\n"
        "    return session, window\n"
        "app.compose = watched\n"
        "sys.exit(app.main(Path(sys.argv[1])))\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "QT_QPA_PLATFORM": "offscreen",
    }
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home_path)], text=True, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as window:  # fmt: skip
        assert window.stdout is not None
        assert window.stdout.readline() == "open\n"
        window.send_signal(signal.SIGINT)
        _, errors = window.communicate(timeout=240)
    assert window.returncode == 0, errors
    assert "Traceback" not in errors
