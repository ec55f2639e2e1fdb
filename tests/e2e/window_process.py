"""A window in a process of its own, as a person uses it: fills in the form, presses Start, and looks on.

Called with the home and the epochs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

from workbench.app import compose, make_application, take_down
from workbench.requests import RunRequest


def main(home: Path, epochs: int) -> int:
    app = make_application()
    session, window = compose(home)

    def press_start() -> None:
        form = window.views.new_run
        if not session.devices or not form.footer.start_button.isEnabled():
            return
        waiting.stop()
        window.show_tab(0)
        request = RunRequest(
            template="mlp",
            framework="pytorch",
            dataset="digits",
            parameters={"epochs": epochs},
            name="outlives the window",
        )
        form.load(request)
        QTest.mouseClick(form.footer.start_button, Qt.MouseButton.LeftButton)

    waiting = QTimer(interval=50)
    waiting.timeout.connect(press_start)
    window.finished.connect(waiting.start)
    window.show()
    code = app.exec()
    take_down(session, window)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
