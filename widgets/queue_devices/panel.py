"""Queue and devices, side by side."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from runners.devices import Device
from runners.protocol import device_ids
from storage.records import RunRecord
from widgets.parts import column, label, scrolled
from widgets.plain import line
from widgets.queue_devices.device_row import DeviceRow
from widgets.queue_devices.queue_view import QueueView
from workbench.session import Session

_NARROWEST = 270
"""Pixels, with room for the figures of a device."""


class QueueDevicesPanel(QWidget):
    opened = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.devices = DevicesView(session)
        self.queue = QueueView(session)
        self.queue.opened.connect(self.opened)
        self.queue.menu_wanted.connect(self.menu_wanted)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.devices)
        split.addWidget(self.queue)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([1000, 1300])
        self.setLayout(column(split))


class DevicesView(QWidget):
    """A row per device, changed in place about once a second."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._rows: list[DeviceRow] = []
        page = QWidget()
        page.setProperty("page", True)
        self._list = QVBoxLayout(page)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        scroll = scrolled(page, "Devices")
        self.setMinimumWidth(_NARROWEST)
        title = label("Devices", "heading")
        title.setContentsMargins(8, 6, 8, 6)
        self.setLayout(column(title, scroll, space=0))
        session.devices_changed.connect(self._show)
        session.runs_changed.connect(self._runs_changed)
        self._show(session.devices)

    def _runs_changed(self, runs: list[RunRecord]) -> None:
        if any(run.assigned_device for run in runs):
            self._show(self._session.devices)

    def _show(self, devices: list[Device]) -> None:
        while len(self._rows) < len(devices):
            row = DeviceRow()
            self._list.insertWidget(len(self._rows), row)
            self._rows.append(row)
        while len(self._rows) > len(devices):
            row = self._rows.pop()
            self._list.removeWidget(row)
            row.deleteLater()
        training = [run for run in self._session.going.values() if run.state.active]
        for row, device in zip(self._rows, devices, strict=True):
            row.show_device(
                device,
                [
                    line(run.name)
                    for run in training
                    if device.id in device_ids(run.assigned_device)
                ],
            )
