"""One device: how busy it is, its memory, and what trains on it."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from runners.devices import Device
from widgets.icons import icon
from widgets.parts import ElidedLabel, Picture, label
from widgets.text import size

_FULL = 1000
_GLYPHS = {"cpu": "cpu-64-bit"}


class DeviceRow(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._picture = Picture(size=18)
        self._name = ElidedLabel("", "heading")
        self._runs = ElidedLabel("", "dim")
        self._use, self._memory = _Meter("Use"), _Meter("Memory")
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 10, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        grid.addWidget(self._picture, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._use, 1, 1)
        grid.addWidget(self._memory, 2, 1)
        grid.addWidget(self._runs, 3, 1)
        grid.setColumnStretch(1, 1)

    def show_device(self, device: Device, runs: list[str]) -> None:
        """``runs`` are the names of those that train on it."""
        kind = "CPU" if device.id == "cpu" else device.id
        self._picture.show_icon(icon(_GLYPHS.get(device.id, "expansion-card-variant"), "dim"))
        self._name.set_full(f"{kind} · {device.name}")
        self._runs.set_full(", ".join(runs) if runs else "free")
        self._use.show_value(_fraction(device.utilisation), _use_text(device))
        used = device.memory_used / device.memory_total if device.memory_total else None
        text = f"{size(device.memory_used)} / {size(device.memory_total)}"
        self._memory.show_value(used, text if device.memory_total else "not known")


class _Meter(QWidget):
    """A bar with its name before and its figure behind it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setRange(0, _FULL)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(30)
        self._bar.setAccessibleName(name)
        self._text = label("", scale=0.92)
        self._text.setMinimumWidth(self._text.fontMetrics().horizontalAdvance("8.88 GB / 888 GB "))
        title = label(name, "dim", scale=0.92)
        title.setFixedWidth(title.fontMetrics().horizontalAdvance("Memory") + 4)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self._bar, 0, 1)
        grid.addWidget(self._text, 0, 2)
        grid.setColumnStretch(1, 1)

    def show_value(self, fraction: float | None, text: str) -> None:
        self._bar.setValue(round((fraction or 0.0) * _FULL))
        self._text.setText(text)


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def _use_text(device: Device) -> str:
    parts = ["–" if device.utilisation is None else f"{device.utilisation:.0f} %"]
    if device.temperature is not None:
        parts.append(f"{device.temperature:.0f} °C")
    if device.power is not None:
        parts.append(f"{device.power:.0f} W")
    return ", ".join(parts)
