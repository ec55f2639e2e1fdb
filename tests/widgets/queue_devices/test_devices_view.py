from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel, QProgressBar
from pytestqt.qtbot import QtBot

from runners.devices import Device
from runners.protocol import State
from tests.widgets.conftest import MakeRun
from widgets.parts import ElidedLabel
from widgets.queue_devices.device_row import DeviceRow
from widgets.queue_devices.panel import DevicesView
from workbench.session import Session

CPU = Device("cpu", "Processor", 32_000_000_000, 8_000_000_000, 25.0)
GPU = Device("cuda:0", "Accelerator", 80_000_000_000, 0, None, 61.0, 250.0)


def words(view: DevicesView) -> str:
    labels = view.findChildren(QLabel)
    return "\n".join(each.full if isinstance(each, ElidedLabel) else each.text() for each in labels)


def test_a_device_tells_its_use_its_memory_and_what_trains_on_it(
    qtbot: QtBot, session: Session, make_run: MakeRun
) -> None:
    view = DevicesView(session)
    qtbot.addWidget(view)
    make_run("busy one", State.RUNNING)
    qtbot.waitUntil(lambda: any(run.state.active for run in session.runs.values()))
    session.devices_changed.emit([CPU, GPU])
    told = words(view)
    for expected in ("Processor", "25 %", "8 GB / 32 GB", "busy one", "61 °C", "250 W", "free"):
        assert expected in told
    bars = view.findChildren(QProgressBar)
    assert [bar.value() for bar in bars] == [250, 250, 0, 0]


def test_a_second_reading_changes_the_rows_in_place(qtbot: QtBot, session: Session) -> None:
    view = DevicesView(session)
    qtbot.addWidget(view)
    session.devices_changed.emit([CPU, GPU])
    rows = view.findChildren(DeviceRow)
    session.devices_changed.emit([replace(CPU, utilisation=80.0), GPU])
    assert view.findChildren(DeviceRow) == rows
    assert "80 %" in words(view)
